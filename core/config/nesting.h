// How deep a TOML text nests, found without recursion, before anything that recurses reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::config {

// Levels of tables and lists in one value or key. The deepest key of Sluice's own needs five.
inline constexpr std::size_t kDeepest = 64;

struct TextPlace {
  std::uint32_t line;
  std::uint32_t column;
};

// Where the text first goes deeper than kDeepest, if it does. Counts open brackets and the dots of dotted keys; strings and
// comments are skipped. Wrong only for texts that are not TOML, which the parser then refuses.
std::optional<TextPlace> too_deep(std::string_view text);

}  // namespace sluice::config
