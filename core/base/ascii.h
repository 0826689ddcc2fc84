// Byte classes and case for protocol text, without locale. Constant time per byte, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::ascii {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Eight bytes at once: the upper-case letters among them in lower case, all else as it is.
constexpr std::uint64_t lower8(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const std::uint64_t low = bytes & (kEach * 0x7f);
  const std::uint64_t from_a = low + kEach * (0x80 - 'A');  // top bit: at or after 'A'
  const std::uint64_t past_z = low + kEach * (0x7f - 'Z');  // top bit: after 'Z'
  const std::uint64_t upper = (from_a ^ past_z) & ~bytes & (kEach * 0x80);
  return bytes | (upper >> 2);
}

// A set of bytes with constant-time membership.
class ByteSet {
 public:
  // Digits and letters when `alnum`, and the bytes of `others`.
  constexpr ByteSet(bool alnum, std::string_view others) {
    for (int c = 0; alnum && c < 128; ++c) {
      if (is_digit(static_cast<char>(c)) || is_alpha(static_cast<char>(c)))
        in_[static_cast<std::size_t>(c)] = true;
    }
    for (char c : others)
      in_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool has(char c) const { return in_[static_cast<unsigned char>(c)]; }
  constexpr bool has_all(std::string_view text) const {
    for (char c : text) {
      if (!has(c)) return false;
    }
    return true;
  }

 private:
  std::array<bool, 256> in_{};
};

// token characters (RFC 9110 5.6.2).
inline constexpr ByteSet kTchar(true, "!#$%&'*+-.^_`|~");
constexpr bool is_tchar(char c) { return kTchar.has(c); }

// Value of a hex digit, -1 for any other byte.
constexpr int hex(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Equal without regard to ASCII case.
bool iequals(std::string_view a, std::string_view b);
std::string lower(std::string_view text);
bool is_token(std::string_view text);  // one or more tchar
// Without leading and trailing SP and HTAB (OWS, RFC 9110 5.6.3).
constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}
// Decimal digits only, no sign, no overflow; nothing otherwise.
std::optional<std::uint64_t> to_number(std::string_view text);

// Calls `each(element)` for every non-empty element of a comma-separated list (RFC 9110 5.6.1), trimmed. Quoted strings
// are not split apart; inside one a backslash takes the next byte literally (RFC 9110 5.6.4).
template <class Fn>
void for_each_element(std::string_view list, Fn each) {
  if (list.find(',') == list.npos) {
    if (auto element = trim(list); !element.empty()) each(element);
    return;
  }
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '"') quoted = !quoted;
    if (quoted && i + 1 < list.size() && list[i] == '\\') {
      ++i;
      continue;
    }
    if (i == list.size() || (list[i] == ',' && !quoted)) {
      if (auto element = trim(list.substr(begin, i - begin)); !element.empty()) each(element);
      begin = i + 1;
    }
  }
}

}  // namespace sluice::ascii
