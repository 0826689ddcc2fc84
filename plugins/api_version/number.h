// A version's number, whole ("2.1.0", "2024-06-01") or in part ("2", "2024-06"), and what lies within it.
//
// Up to four numbers, separated by "." or by "-". What is not written counts as 0 in a version's name, and as "any" in what a
// client asks for. A value; [any-thread]
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace api_version {

struct Number {
  static constexpr std::size_t kParts = 4;

  std::array<std::uint32_t, kParts> parts{};
  std::uint8_t count = 0;  // parts that were written; 0: any version
  char separator = 0;      // '.' or '-'; 0 with fewer than two parts

  // Nothing when the text is no number: at most nine digits a part, no leading zeros but with "-".
  static std::optional<Number> parse(std::string_view text);

  // Whether whatever `other` asks for is asked for by this one too: "2" includes "2.1".
  bool includes(const Number& other) const {
    if (count > other.count) return false;
    for (std::size_t i = 0; i < count; ++i)
      if (parts[i] != other.parts[i]) return false;
    return true;
  }
  // The same with all parts written: this version and no other.
  Number whole() const {
    auto out = *this;
    out.count = kParts;
    return out;
  }
  std::strong_ordering operator<=>(const Number& other) const { return parts <=> other.parts; }
  bool operator==(const Number& other) const { return parts == other.parts; }
};

}  // namespace api_version
