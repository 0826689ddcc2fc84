// Cookie and Set-Cookie, by RFC 6265bis: lenient reading, strict writing.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// Calls `each(name, value)` for the pairs of one Cookie field value, in order; surrounding white space trimmed, quotes kept,
// pairs without '=' have an empty name. `each` returns false to stop.
template <class Fn>
void for_each_cookie(std::string_view field, Fn each);

// First cookie of that name (case-sensitive) in one Cookie field value.
std::optional<std::string_view> cookie_value(std::string_view field, std::string_view name);

enum class SameSite { unset, lax, strict, none };

// What goes into a Set-Cookie.
struct SetCookie {
  std::string name;
  std::string value;
  std::string path;    // empty: attribute left out
  std::string domain;  // empty: left out
  std::optional<long> max_age_seconds;
  SameSite same_site = SameSite::unset;
  bool secure = false;
  bool http_only = false;
  bool partitioned = false;
};

// The field value. An error says what browsers would refuse: a name that is no token, a value with control bytes, spaces, quotes,
// commas, semicolons or backslashes, `__Host-` without Secure, Path=/ or with Domain, `__Secure-` without Secure,
// SameSite=None or Partitioned without Secure.
std::expected<std::string, std::string> write_set_cookie(const SetCookie& cookie);

}  // namespace sluice
