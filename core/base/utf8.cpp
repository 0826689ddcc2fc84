#include "base/utf8.h"

#include <cstdint>

namespace sluice::utf8 {
namespace {

void append_hex(std::string& out, std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  for (char c : bytes) {
    auto byte = static_cast<std::uint8_t>(c);
    out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  }
}

// U+0080 to U+009F: terminals obey them as they do escape sequences (ECMA-48 5.3).
bool is_c1(std::string_view character) {
  return character.size() == 2 && character[0] == '\xc2' && static_cast<std::uint8_t>(character[1]) < 0xa0;
}

}  // namespace

std::size_t character(std::string_view text) {
  auto byte = [&](std::size_t i) {
    return static_cast<std::uint8_t>(text[i]);
  };
  auto follows = [&](std::size_t i, std::uint8_t least = 0x80, std::uint8_t most = 0xbf) {
    return i < text.size() && byte(i) >= least && byte(i) <= most;
  };
  auto first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    // No overlong forms, no surrogates.
    std::uint8_t least = first == 0xe0 ? 0xa0 : 0x80;
    std::uint8_t most = first == 0xed ? 0x9f : 0xbf;
    return follows(1, least, most) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    std::uint8_t least = first == 0xf0 ? 0x90 : 0x80;
    std::uint8_t most = first == 0xf4 ? 0x8f : 0xbf;
    return follows(1, least, most) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  out.reserve(out.size() + text.size());
  while (!text.empty()) {
    auto size = character(text);
    auto one = text.substr(0, size == 0 ? 1 : size);
    auto c = static_cast<std::uint8_t>(one[0]);
    if (c == '\n')
      out += "\\n";
    else if (c == '\\' || (quotes && c == '"'))
      out += {'\\', one[0]};
    else if (size == 0 || c < 0x20 || c == 0x7f || is_c1(one))
      append_hex(out, one);
    else
      out += one;
    text.remove_prefix(one.size());
  }
}

}  // namespace sluice::utf8
