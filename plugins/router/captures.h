// What a path pattern found in a path: named pieces and the rest behind a prefix. Lives on the stack during one on_route;
// views into the path and the pattern.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace sluice::router {

struct Captures {
  static constexpr std::size_t kMost = 32;  // a pattern with more is refused when it is read

  struct Piece {
    std::string_view name;
    std::string_view value;
  };

  std::array<Piece, kMost> pieces;
  std::size_t count = 0;
  // Behind a prefix: "" or begins with "/".
  std::string_view rest;

  void add(std::string_view name, std::string_view value) { pieces[count++] = {name, value}; }
  std::optional<std::string_view> find(std::string_view name) const {
    for (std::size_t i = 0; i < count; ++i)
      if (pieces[i].name == name) return pieces[i].value;
    return std::nullopt;
  }
};

}  // namespace sluice::router
