#include "config/reader.h"

#include <fmt/core.h>

namespace sluice::config {

void Reader::check_names(const Node& table, std::span<const Key> keys, const Path& path, std::uint8_t level,
                         bool unknown_is_problem) {
  for (const auto& entry : table.entries) {
    const auto* key = find_key(keys, entry.key);
    if (!key && unknown_is_problem) unknown_key(entry, table, names_of(keys), path, problems_);
    if (key && !(key->levels & level)) misplaced_key(entry, *key, table, path, problems_);
  }
}

void Reader::write(const Key& key, const Value& value) {
  canonical_ += key.name;
  switch (key.type) {
    case SLUICE_KEY_BOOL: canonical_ += value.boolean ? "=t" : "=f"; return;
    case SLUICE_KEY_FLOAT: canonical_ += fmt::format("=d{};", value.floating); return;
    case SLUICE_KEY_STRING: canonical_ += fmt::format("=s{}:{}", value.text.size(), value.text); return;
    case SLUICE_KEY_LIST:
      canonical_ += "=[";
      for (auto each : value.texts)
        canonical_ += fmt::format("s{}:{}", each.size(), each);
      canonical_ += ']';
      return;
    default: canonical_ += fmt::format("=i{};", value.integer);
  }
}

std::uint64_t Reader::read(void* object, const Node* table, std::span<const Key> keys, const Path& path,
                           std::uint8_t level, bool with_defaults, bool unknown_is_problem) {
  if (table && table->type != SLUICE_NODE_TABLE) {
    problems_.add(table->position(), path.text(),
                  fmt::format("{} is {}; needs a table", shown(*table), type_name(table->type)));
    table = nullptr;
  }
  if (table) check_names(*table, keys, path, level, unknown_is_problem);
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& key = keys[i];
    const auto* entry = table ? table->find(key.name) : nullptr;
    std::optional<Value> value;
    if (entry && (key.levels & level)) {
      value = check_value(*entry->node, key, path.child(key.name), problems_);
      given |= std::uint64_t{1} << i;
    } else if (with_defaults && !entry) {
      if (key.is_required() && table) missing_key(key, *table, path, problems_);
      value = unset_value(key);
    }
    if (!value || !key.set) continue;
    key.set(object, *value);
    write(key, *value);
  }
  return given;
}

}  // namespace sluice::config
