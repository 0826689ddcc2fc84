// The texts of `key`, `keys` or `key_file`, checked. At create time only.
#pragma once

#include <sluice/cpp/problems.hpp>
#include <sluice/plugin.hpp>

#include <string>
#include <vector>

namespace sticky_cookie {

using sluice::Problems;

// The newest first; empty when none is configured, or after adding what is wrong. Texts never stand in messages.
std::vector<std::string> read_key_texts(const sluice::Config& config, Problems& problems);

}  // namespace sticky_cookie
