#include "escape.h"

#include <array>
#include <cstdint>

namespace access_log {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// Bytes that stand for themselves in both forms: printable ASCII but for '"' and '\'.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c)
    plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

// Bytes of the UTF-8 character that `text` begins with; 0 for none (RFC 3629 4).
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

// U+0080 to U+009F, which terminals obey as they do escape sequences (ECMA-48 5.3).
bool is_c1(std::string_view character) {
  return character.size() == 2 && character[0] == '\xc2' && static_cast<std::uint8_t>(character[1]) < 0xa0;
}

void append_hex(std::string& out, std::string_view bytes) {
  for (char c : bytes) {
    auto byte = static_cast<std::uint8_t>(c);
    const char escape[] = {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    out.append(escape, sizeof escape);
  }
}

void append_control(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  auto byte = static_cast<std::uint8_t>(c);
  const char escape[] = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
  out.append(escape, sizeof escape);
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    auto begin = i;
    while (i < text.size() && is_plain(text[i]))
      ++i;
    out.append(text, begin, i - begin);
    if (i == text.size()) break;
    auto size = character(text.substr(i));
    if (size == 0) {
      out += "\xef\xbf\xbd";
      ++i;
    } else if (size == 1) {
      append_control(out, text[i++]);
    } else if (is_c1(text.substr(i, size))) {
      append_control(out, text[i + 1]);  // U+0080 to U+009F are 0xc2 and their number
      i += size;
    } else {
      out.append(text, i, size);
      i += size;
    }
  }
  out += '"';
}

void append_text(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto begin = i;
    while (i < text.size() && is_plain(text[i]))
      ++i;
    out.append(text, begin, i - begin);
    if (i == text.size()) break;
    auto size = character(text.substr(i));
    auto one = text.substr(i, size == 0 ? 1 : size);
    i += one.size();
    if (size > 1 && !is_c1(one))
      out += one;
    else
      append_hex(out, one);
  }
}

}  // namespace access_log
