// ASCII texts as HTTP compares them.
#pragma once

#include <string>
#include <string_view>

namespace api_version {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

// Without spaces and tabs at both ends (OWS, RFC 9110 5.6.3).
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

constexpr bool is_alnum(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

// What precedes the next `mark` outside quoted strings (RFC 9110 5.6.4), trimmed; taken off `rest` with the mark.
constexpr std::string_view take_until(std::string_view& rest, char mark) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size() && (quoted || rest[at] != mark); ++at) {
    if (rest[at] == '"')
      quoted = !quoted;
    else if (quoted && rest[at] == '\\')
      ++at;
  }
  at = at < rest.size() ? at : rest.size();
  const auto out = trim(rest.substr(0, at));
  rest.remove_prefix(at < rest.size() ? at + 1 : at);
  return out;
}

inline std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace api_version
