// Small texts inside the values of upstreams' keys. Pure functions; errors are sentences for people. [any-thread]
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/upstream_settings.h"

namespace sluice::config {

// "source", "path", "header:NAME", "cookie:NAME", "query:NAME"; "": none.
std::expected<HashOn, std::string> parse_hash_on(std::string_view text);
// "503", "5xx", "500-504"; 100 to 599.
std::expected<StatusRanges::value_type, std::string> parse_statuses(std::string_view text);

}  // namespace sluice::config
