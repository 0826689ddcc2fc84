#include "base/ascii.h"

#include <charconv>
#include <cstring>

namespace sluice::ascii {

bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8) {
    std::uint64_t x, y;
    std::memcpy(&x, a.data() + i, 8);
    std::memcpy(&y, b.data() + i, 8);
    if (x != y && lower8(x) != lower8(y)) return false;
  }
  for (; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = to_lower(c);
  return out;
}

bool is_token(std::string_view text) { return !text.empty() && kTchar.has_all(text); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  // from_chars would take no sign for an unsigned type, but it stops at the first odd byte: ask that it used all.
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  auto [at, fault] = std::from_chars(text.data(), end, value, 10);
  if (text.empty() || fault != std::errc() || at != end) return std::nullopt;
  return value;
}

}  // namespace sluice::ascii
