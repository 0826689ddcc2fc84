#include "http/cookie.h"

#include <algorithm>

namespace sluice {
namespace {

// RFC 6265bis 5.6: what browsers drop.
constexpr std::size_t kPairMost = 4096;
constexpr std::size_t kAttributeMost = 1024;

// cookie-octet (RFC 6265bis 4.1.1).
bool is_cookie_octet(char c) { return c > ' ' && c < 127 && c != '"' && c != ',' && c != ';' && c != '\\'; }
bool is_path_byte(char c) { return c >= ' ' && c < 127 && c != ';'; }
bool is_domain_byte(char c) { return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.'; }

bool has_prefix(std::string_view name, std::string_view prefix) {
  return name.size() >= prefix.size() && ascii::iequals(name.substr(0, prefix.size()), prefix);
}

// What is wrong with the pair and each attribute alone; empty when nothing is.
std::string_view fault_in_text(const SetCookie& cookie) {
  if (!ascii::is_token(cookie.name)) return "a cookie's name must be a token";
  if (!std::all_of(cookie.value.begin(), cookie.value.end(), is_cookie_octet)) {
    return "a cookie's value must be visible ASCII without quotes, commas, semicolons and backslashes";
  }
  if (cookie.name.size() + cookie.value.size() > kPairMost)
    return "a cookie's name and value are over 4096 bytes";
  if (!cookie.path.empty() && (cookie.path.front() != '/' || cookie.path.size() > kAttributeMost ||
                               !std::all_of(cookie.path.begin(), cookie.path.end(), is_path_byte))) {
    return "a cookie's path must begin with '/', without control bytes and semicolons, up to 1024 bytes";
  }
  if (cookie.domain.size() > kAttributeMost ||
      !std::all_of(cookie.domain.begin(), cookie.domain.end(), is_domain_byte)) {
    return "a cookie's domain must be letters, digits, '-' and '.', up to 1024 bytes";
  }
  return {};
}

// What is wrong with how they go together.
std::string_view fault_in_whole(const SetCookie& cookie) {
  if (has_prefix(cookie.name, "__Host-") &&
      (!cookie.secure || cookie.path != "/" || !cookie.domain.empty())) {
    return "a __Host- cookie needs Secure and Path=/, and no Domain";
  }
  if (cookie.secure) return {};
  if (has_prefix(cookie.name, "__Secure-")) return "a __Secure- cookie needs Secure";
  if (cookie.same_site == SameSite::none) return "SameSite=None needs Secure";
  if (cookie.partitioned) return "Partitioned needs Secure";
  return {};
}

}  // namespace

std::optional<std::string_view> cookie_value(std::string_view field, std::string_view name) {
  std::optional<std::string_view> found;
  for_each_cookie(field, [&](std::string_view each, std::string_view value) {
    if (each == name) found = value;
    return !found;
  });
  return found;
}

std::expected<std::string, std::string> write_set_cookie(const SetCookie& cookie) {
  if (auto fault = fault_in_text(cookie); !fault.empty()) return std::unexpected(std::string(fault));
  if (auto fault = fault_in_whole(cookie); !fault.empty()) return std::unexpected(std::string(fault));
  std::string text = cookie.name + "=" + cookie.value;
  if (!cookie.path.empty()) text += "; Path=" + cookie.path;
  if (!cookie.domain.empty()) text += "; Domain=" + cookie.domain;
  if (cookie.max_age_seconds) text += "; Max-Age=" + std::to_string(*cookie.max_age_seconds);
  switch (cookie.same_site) {
    case SameSite::unset: break;
    case SameSite::lax: text += "; SameSite=Lax"; break;
    case SameSite::strict: text += "; SameSite=Strict"; break;
    case SameSite::none: text += "; SameSite=None"; break;
  }
  if (cookie.secure) text += "; Secure";
  if (cookie.http_only) text += "; HttpOnly";
  if (cookie.partitioned) text += "; Partitioned";
  return text;
}

}  // namespace sluice
