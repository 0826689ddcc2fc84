// Moments in a configuration, and as HTTP writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace api_version {

// Unix seconds of "2026-01-31" (its first moment in UTC) or of an RFC 3339 time with an offset, "2026-01-31T12:00:00Z";
// fractions of a second are dropped. Nothing for other texts and for days that do not exist.
std::optional<std::int64_t> parse_date(std::string_view text);

// "Sat, 31 Jan 2026 12:00:00 GMT" (IMF-fixdate, RFC 9110 5.6.7).
std::string http_date(std::int64_t unix_seconds);

}  // namespace api_version
