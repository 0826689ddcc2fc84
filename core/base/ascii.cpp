#include "base/ascii.h"

#include <charconv>
#include <cstring>

namespace sluice::ascii {

namespace {

template <class Word>
std::uint64_t load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  // Whole words, then the last word again from the end: it overlaps what has been compared.
  const auto differ = [&]<class Word>(Word, std::size_t at) {
    const std::uint64_t x = load<Word>(a.data() + at);
    const std::uint64_t y = load<Word>(b.data() + at);
    return x != y && lower8(x) != lower8(y);
  };
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      if (differ(std::uint64_t{}, at)) return false;
    }
    return !differ(std::uint64_t{}, size - 8);
  }
  if (size >= 4) return !differ(std::uint32_t{}, 0) && !differ(std::uint32_t{}, size - 4);
  for (std::size_t i = 0; i < size; ++i) {
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

std::optional<std::uint64_t> to_number(std::string_view text) {
  // from_chars would take no sign for an unsigned type, but it stops at the first odd byte: ask that it used all.
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  auto [at, fault] = std::from_chars(text.data(), end, value, 10);
  if (text.empty() || fault != std::errc() || at != end) return std::nullopt;
  return value;
}

}  // namespace sluice::ascii
