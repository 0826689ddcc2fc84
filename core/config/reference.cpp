#include "config/reference.h"

#include <fmt/core.h>

#include <algorithm>

#include "config/keys.h"
#include "config/value.h"

namespace sluice::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration reference

<!-- Written by `sluice reference` from core/config/keys.cpp; a test fails when the two differ. Do not edit. -->

One TOML file. `sluice check -c FILE` reports every mistake in it at once; unknown keys are mistakes. The smallest useful
file has nine lines:

```toml
[[listener]]
address = "127.0.0.1:8080"

[[upstream]]
name = "app"
endpoints = ["127.0.0.1:9000"]

[[route]]
upstream = "app"
```

Durations are a whole number and a unit: `"250ms"`, `"5s"`, `"2m"`, `"1h"`, `"1d"`. Sizes are bytes as a number, or a
whole number and a unit: `512`, `"64KiB"`, `"10MiB"`, `"1GiB"`. A default in parentheses is described rather than
written. Keys of the built-in plugins: PLUGINS.md; of any: `sluice reference NAME`.
)";

std::string_view type_word(const Key& key) {
  switch (key.type) {
    case SLUICE_KEY_ANY: return "any";
    case SLUICE_KEY_BOOL: return "bool";
    case SLUICE_KEY_INT: return "integer";
    case SLUICE_KEY_FLOAT: return "number";
    case SLUICE_KEY_STRING: return "string";
    case SLUICE_KEY_DURATION: return "duration";
    case SLUICE_KEY_SIZE: return "size";
    case SLUICE_KEY_LIST: return key.of_strings ? "list of strings" : "list";
    case SLUICE_KEY_TABLE: return "table";
    case SLUICE_KEY_TABLES: return "array of tables";
  }
  return "any";
}

std::string unset_word(const Key& key) {
  if (key.is_required()) return "required";
  if (key.unset == "none" || key.unset.starts_with('(')) return std::string(key.unset);
  auto is_text = key.type == SLUICE_KEY_STRING || key.type == SLUICE_KEY_DURATION;
  auto has_unit = key.type == SLUICE_KEY_SIZE && !parse_int(key.unset);
  return is_text || has_unit ? fmt::format("`\"{}\"`", key.unset) : fmt::format("`{}`", key.unset);
}

std::string bound(std::int64_t number, sluice_key_type type) {
  if (type == SLUICE_KEY_DURATION) return format_duration(std::chrono::milliseconds{number});
  if (type == SLUICE_KEY_SIZE) return format_size(static_cast<std::uint64_t>(number));
  return fmt::format("{}", number);
}

std::string range_word(const Key& key) {
  std::string out;
  for (auto each : key.choices)
    out += fmt::format("{}`\"{}\"`", out.empty() ? "" : ", ", each);
  if (!key.choices.empty() || key.least == std::numeric_limits<std::int64_t>::min()) return out;
  if (key.most == std::numeric_limits<std::int64_t>::max())
    return key.least == 0 ? "" : "from " + bound(key.least, key.type);
  return fmt::format("{} to {}", bound(key.least, key.type), bound(key.most, key.type));
}

std::string levels_word(const Key& key) {
  std::string out;
  auto add = [&](Level level, std::string_view name) {
    if (key.levels & level) out += fmt::format("{}{}", out.empty() ? "" : ", ", name);
  };
  add(kProcess, "process");
  add(kListener, "listener");
  add(kUpstream, "upstream");
  add(kRoute, "route");
  return out;
}

// '|' would end a cell.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

void add_rows(std::string& out, std::span<const Key> keys, const std::string& prefix, bool with_levels,
              bool nested) {
  for (const auto& key : keys) {
    auto name = prefix + std::string(key.name);
    out += fmt::format("| `{}` | {} | {} | {} |", name, type_word(key), cell(unset_word(key)),
                       cell(range_word(key)));
    if (with_levels) out += fmt::format(" {} |", levels_word(key));
    out += fmt::format(" {} |\n", cell(key.meaning));
    if (nested) add_rows(out, key.children, name + ".", with_levels, nested);
  }
}

std::string table(std::span<const Key> keys, bool nested) {
  if (keys.empty()) return {};
  auto with_levels =
      std::any_of(keys.begin(), keys.end(), [](const Key& each) { return each.levels != kAnywhere; });
  std::string out = with_levels
                        ? "| key | type | default | range | where | meaning |\n|---|---|---|---|---|---|\n"
                        : "| key | type | default | range | meaning |\n|---|---|---|---|---|\n";
  add_rows(out, keys, {}, with_levels, nested);
  return out;
}

}  // namespace

std::string reference_table(std::span<const Key> keys) { return table(keys, true); }

std::string reference() {
  std::string out(kIntroduction);
  for (const auto& section : sections()) {
    out += section.header.empty() ? "\n## Top of the file\n" : fmt::format("\n## `{}`\n", section.header);
    out += fmt::format("\n{}\n\n{}", section.meaning, table(section.keys, false));
  }
  return out;
}

}  // namespace sluice::config
