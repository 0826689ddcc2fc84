// The reference of every key, written from the tables that parse them: conf/README.md, and `sluice reference`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/key.h"

namespace sluice::config {

// The whole page about the gateway's own keys, as Markdown. Ends with a newline; the same bytes every time.
std::string reference();

// A Markdown table of `keys`, nested ones as "outer.inner". Empty when there are none.
std::string reference_table(std::span<const Key> keys);

}  // namespace sluice::config
