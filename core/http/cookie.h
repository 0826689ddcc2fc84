// Cookie and Set-Cookie, by RFC 6265bis: lenient reading, strict writing.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace sluice {

// Calls `each(name, value)` for the pairs of one Cookie field value, in order; surrounding white space trimmed, quotes kept,
// pairs without '=' have an empty name. Empty pairs are skipped. `each` returns false to stop.
template <class Fn>
void for_each_cookie(std::string_view field, Fn each) {
  while (!field.empty()) {
    const auto end = field.find(';');
    const auto pair = ascii::trim(field.substr(0, end));
    field = end == field.npos ? std::string_view{} : field.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const bool goes_on =
        equals == pair.npos ? each(std::string_view{}, pair)
                            : each(ascii::trim(pair.substr(0, equals)), ascii::trim(pair.substr(equals + 1)));
    if (!goes_on) return;
  }
}

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

// The field value. An error says what browsers would refuse or read otherwise: a name that is no token; a value with control
// bytes, spaces, quotes, commas, semicolons, backslashes or bytes outside ASCII; name and value over 4096 bytes together; a
// path that does not begin with '/', or with control bytes or semicolons; a domain with other bytes than letters, digits,
// '-' and '.'; path or domain over 1024 bytes; `__Host-` (any case) without Secure, without Path=/ or with Domain;
// `__Secure-` without Secure; SameSite=None or Partitioned without Secure.
std::expected<std::string, std::string> write_set_cookie(const SetCookie& cookie);

}  // namespace sluice
