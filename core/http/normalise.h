// One normal form of a request path, computed once and used by matching, rules, scripts and the upstream alike.
//
// RFC 3986 6.2.2: percent-encoded unreserved characters are decoded, other escapes keep their byte with upper-case hex;
// dot segments are removed (also when written as %2e); repeated slashes are merged. Encoded slashes (%2F) and backslashes
// (%5C) stay encoded, so that no "/a%2F.." turns into another path. Visible bytes that no path holds as they are (a
// backslash, quotes, braces ...) become escapes. What cannot be one path is refused: a bad escape ("%", "%4", "%zz"), %00,
// control bytes, spaces and bytes outside ASCII, more ".." than segments. The normal form of a normal form is itself.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "base/arena.h"

namespace sluice {

enum class PathFault : std::uint8_t { bad_escape, null_byte, control_byte, above_root, not_absolute };
// For logs: "bad escape".
std::string_view explain(PathFault fault);

// `raw` is the path of a target ("/a/./b%41"), without query. The result lives in `arena`; it *is* `raw` when nothing had to
// change (the usual case: no copy). "*" gives "*".
std::expected<std::string_view, PathFault> normalise_path(Arena& arena, std::string_view raw);

}  // namespace sluice
