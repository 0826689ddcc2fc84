#include "config/nesting.h"

namespace sluice::config {
namespace {

// The index behind the string that begins at `at` (on its quote), or the end of the text.
std::size_t skip_string(std::string_view text, std::size_t at) {
  char quote = text[at];
  auto multi = text.substr(at, 3) == std::string_view(quote == '"' ? "\"\"\"" : "'''");
  for (auto i = at + (multi ? 3 : 1); i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (!multi && text[i] == '\n') {
      return i;
    } else if (text[i] == quote) {
      if (!multi) return i + 1;
      if (text.substr(i, 3) != text.substr(at, 3)) continue;
      // Up to two quotes may stand right before the closing three (TOML 1.0, "String").
      auto end = i + 3;
      while (end < text.size() && end < i + 5 && text[end] == quote)
        ++end;
      return end;
    }
  }
  return text.size();
}

TextPlace place_of(std::string_view text, std::size_t at) {
  TextPlace place{1, 1};
  for (std::size_t i = 0; i < at; ++i) {
    if (text[i] == '\n')
      place = {place.line + 1, 1};
    else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
      ++place.column;
  }
  return place;
}

}  // namespace

std::optional<TextPlace> too_deep(std::string_view text) {
  std::size_t brackets = 0;
  std::size_t dots = 0;  // of the key or number being read
  for (std::size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == '"' || c == '\'') {
      i = skip_string(text, i);
      continue;
    }
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (c == '[' || c == '{') ++brackets;
    if ((c == ']' || c == '}') && brackets > 0) --brackets;
    if (c == '.') ++dots;
    if (c == '=' || c == ',' || c == '\n') dots = 0;
    if (brackets + dots > kDeepest) return place_of(text, i);
    ++i;
  }
  return std::nullopt;
}

}  // namespace sluice::config
