#include "number.h"

namespace api_version {

std::optional<Number> Number::parse(std::string_view text) {
  constexpr std::size_t kDigits = 9;  // fit into 32 bits
  Number out;
  for (std::size_t at = 0;;) {
    if (out.count == kParts) return std::nullopt;
    const auto begin = at;
    std::uint32_t value = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      if (at - begin == kDigits) return std::nullopt;
      value = value * 10 + static_cast<std::uint32_t>(text[at] - '0');
    }
    if (at == begin) return std::nullopt;
    const bool is_padded = at - begin > 1 && text[begin] == '0';
    out.parts[out.count++] = value;
    if (at == text.size()) return is_padded && out.separator != '-' ? std::nullopt : std::optional(out);
    const char mark = text[at++];
    if ((mark != '.' && mark != '-') || (out.separator != 0 && mark != out.separator)) return std::nullopt;
    out.separator = mark;
    if (is_padded && mark != '-') return std::nullopt;
  }
}

}  // namespace api_version
