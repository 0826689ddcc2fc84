// Cookies as they stand in header fields: the pairs of a Cookie line (RFC 6265 4.2), the pair of a Set-Cookie line (5.2), and
// the route token behind an application's value ("abc~TOKEN", or within its quotes). Names count by case.
#pragma once

#include <sluice/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sticky_cookie {

// Behind the application's value and before the token.
inline constexpr char kJoint = '~';

std::string_view trim(std::string_view text);

// Calls `visit(value)` for each cookie of that name, over all Cookie lines in order, until it returns true.
template <class Visit>
void for_each_value(const sluice::Headers& headers, std::string_view name, Visit visit);

// A value taken apart; `token` is empty when there is none, and `value` then the whole.
struct Joined {
  std::string_view value;  // without the token, without quotes that were around both
  std::string_view token;
};
Joined take_apart(std::string_view value);

// The Cookie line without the cookies of that name; nothing when it has none.
std::optional<std::string> without_cookie(std::string_view line, std::string_view name);
// The Cookie line with that cookie's values as the application gave them; nothing when they are so already.
std::optional<std::string> without_tokens(std::string_view line, std::string_view name);
// The Set-Cookie line with `token` behind the value; nothing when it is of another name, has no value (as when it is deleted), or
// would be too long for browsers.
std::optional<std::string> with_token(std::string_view line, std::string_view name, std::string_view token);

// ---- implementation ----

// Calls `visit(piece, name, value)` for each piece between semicolons until it returns true; whether it did.
template <class Visit>
bool for_each_pair(std::string_view line, Visit visit) {
  while (!line.empty()) {
    const auto end = line.find(';');
    const auto piece = trim(line.substr(0, end));
    const auto equals = piece.find('=');
    const bool has_name = equals != std::string_view::npos;
    const auto name = has_name ? trim(piece.substr(0, equals)) : std::string_view();
    const auto value = has_name ? trim(piece.substr(equals + 1)) : piece;
    if (!piece.empty() && visit(piece, name, value)) return true;
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return false;
}

template <class Visit>
void for_each_value(const sluice::Headers& headers, std::string_view name, Visit visit) {
  for (std::size_t nth = 0;; ++nth) {
    const auto line = headers.get("cookie", nth);
    if (!line) return;
    // Most requests have other cookies only.
    if (line->find(name) == std::string_view::npos) continue;
    if (for_each_pair(*line, [&](auto, auto key, auto value) { return key == name && visit(value); })) return;
  }
}

}  // namespace sticky_cookie
