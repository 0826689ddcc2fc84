// The header map against a plain list of lines: any calls give the same content.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "http/header_map.h"

namespace {

using namespace sluice;
using Line = std::pair<std::string, std::string>;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr const char* kNames[] = {"Host", "host", "Via", "X-A", "x-a", "Content-Length", "TE", "Connection"};

struct Model {
  std::vector<Line> lines;

  static bool is(const Line& line, const std::string& name) {
    return ascii::lower(line.first) == ascii::lower(name);
  }
  void set(const std::string& name, const std::string& value) {
    bool is_placed = false;
    std::vector<Line> kept;
    for (const Line& line : lines) {
      if (!is(line, name)) {
        kept.push_back(line);
      } else if (!std::exchange(is_placed, true)) {
        kept.emplace_back(name, value);
      }
    }
    if (!is_placed) kept.emplace_back(name, value);
    lines = kept;
  }
  std::size_t remove(const std::string& name) {
    return std::erase_if(lines, [&](const Line& line) { return is(line, name); });
  }
  std::optional<std::string> get(const std::string& name, std::size_t nth) const {
    for (const Line& line : lines) {
      if (is(line, name) && nth-- == 0) return line.second;
    }
    return std::nullopt;
  }
};

bool is_value(std::string_view value) {
  for (char c : value) {
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 127) return false;
  }
  return true;
}

void compare(const HeaderMap& map, const Model& model) {
  require(map.size() == model.lines.size());
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Field& field = map.fields()[i];
    require(field.name == model.lines[i].first && field.value == model.lines[i].second);
    require(field.id == header_id(field.name));
    bytes += field.name.size() + field.value.size() + 32;
  }
  require(map.bytes() == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  Arena arena;
  HeaderMap map(arena);
  Model model;
  while (input.remaining_bytes()) {
    const auto call = input.ConsumeIntegralInRange<int>(0, 5);
    const std::string name =
        input.ConsumeBool() ? input.PickValueInArray(kNames) : input.ConsumeRandomLengthString(40);
    const std::string value = input.ConsumeRandomLengthString(60);
    const bool is_good = ascii::is_token(name) && is_value(value);
    if (call == 0) {
      require((map.add(name, value) == FieldFault::none) == is_good);
      if (is_good) model.lines.emplace_back(name, ascii::trim(value));
    } else if (call == 1) {
      require((map.set(name, value) == FieldFault::none) == is_good);
      if (is_good) model.set(name, std::string(ascii::trim(value)));
    } else if (call == 2) {
      require(map.remove(name) == model.remove(name));
    } else if (call == 3 && header_id(name) != HeaderId::other) {
      require(map.remove(header_id(name)) == model.remove(name));
    } else if (call == 4) {
      const std::size_t nth = value.size() % 3;
      const auto expected = model.get(name, nth);
      require(map.get(name, nth) == expected);
      if (header_id(name) != HeaderId::other) require(map.get(header_id(name), nth) == expected);
    } else if (call == 5) {
      map.lists(header_id(name), value);
      HeaderMap copy(arena);
      copy.assign(map);
      compare(copy, model);
    }
    compare(map, model);
  }
  return 0;
}
