#include "config/plugin_keys.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "config/value.h"

namespace sluice::config {
namespace {

constexpr std::size_t kDeepestKeys = 8;  // levels of `children`; a table that leads back to itself has no end

// Bytes of a key in ABI 1.0.
constexpr std::size_t kFirstKey = offsetof(sluice_key, child_count) + sizeof(std::size_t);

bool is_described(const Key& key) { return key.unset == "none" || key.unset.starts_with('('); }

// A copy of a node that stands in no file.
const Node* copy_placeless(const Node& from, Tree& into) {
  auto* node = into.make(from.type);
  if (from.type == SLUICE_NODE_BOOL)
    node->boolean = from.boolean;
  else if (from.type == SLUICE_NODE_FLOAT)
    node->floating = from.floating;
  else
    node->integer = from.integer;
  node->text = into.copy(from.text);
  auto entries = into.make_entries(from.entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i)
    entries[i] = {into.copy(from.entries[i].key), copy_placeless(*from.entries[i].node, into), 0, 0};
  node->entries = entries;
  return node;
}

// The value that `unset` writes in TOML, or null.
std::shared_ptr<const Document> parse_default(std::string_view unset) {
  auto document = Document::parse(fmt::format("v = {}\n", unset), "default");
  return document && (*document)->root().find("v") ? *document : nullptr;
}

bool is_default(const Key& key) {
  if (key.is_required() || is_described(key)) return true;
  switch (key.type) {
    case SLUICE_KEY_BOOL:
    case SLUICE_KEY_INT:
    case SLUICE_KEY_DURATION:
    case SLUICE_KEY_SIZE: return unset_value(key).has_value();
    case SLUICE_KEY_STRING: return true;
    default: return parse_default(key.unset) != nullptr;
  }
}

}  // namespace

PluginKeys::PluginKeys(const sluice_key* keys, std::size_t count, std::size_t size)
    : size_(size == 0 ? kFirstKey : size) {
  if (size_ >= kFirstKey)
    list_ = convert(keys, count, 0, {});
  else
    faults_.push_back(fmt::format("its `key_size` is {}; set it to sizeof(sluice_key)", size));
}

CommonNames compare_names(std::span<const Key> plugins, std::span<const Key> hosts, std::uint32_t abi_minor) {
  CommonNames common;
  for (const auto& each : plugins)
    if (const auto* own = find_key(hosts, each.name))
      (own->since > abi_minor ? common.yielding : common.refused).push_back(each.name);
  return common;
}

std::span<const Key> PluginKeys::convert(const sluice_key* keys, std::size_t count, std::size_t depth,
                                         const std::string& prefix) {
  if (!keys || count == 0) return {};
  if (depth == kDeepestKeys) {
    faults_.push_back(
        fmt::format("keys below \"{}\" are nested deeper than {} levels", prefix, kDeepestKeys));
    return {};
  }
  auto& list = lists_.emplace_back();
  list.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    sluice_key from{};
    std::memcpy(&from, reinterpret_cast<const char*>(keys) + i * size_, std::min(size_, sizeof from));
    if (!from.name || !*from.name) {
      faults_.push_back(fmt::format("key {} of its table \"{}\" has no name", i + 1, prefix));
      continue;
    }
    Key key{from.name, from.type, from.unset ? std::string_view(from.unset) : kRequired,
            from.meaning ? from.meaning : ""};
    if (find_key(list, key.name))
      faults_.push_back(fmt::format("key \"{}{}\" is there twice", prefix, key.name));
    if (from.type < SLUICE_KEY_ANY || from.type > SLUICE_KEY_TABLES) {
      faults_.push_back(fmt::format("key \"{}{}\" has an unknown type", prefix, key.name));
      key.type = SLUICE_KEY_ANY;
    }
    if (!is_default(key))
      faults_.push_back(
          fmt::format("key \"{}{}\" cannot have the default {}; write a value of its type, \"none\", or a "
                      "description in parentheses",
                      prefix, key.name, quote(key.unset)));
    key.children =
        convert(from.children, from.child_count, depth + 1, fmt::format("{}{}.", prefix, key.name));
    list.push_back(key);
  }
  return list;
}

const Node* Completer::complete_value(const Node& value, const Key& key, const Path& path) {
  if (!check_value(value, key, path, problems_)) return &value;
  if (key.type == SLUICE_KEY_TABLE && !key.children.empty()) return complete(value, key.children, path);
  if (key.type != SLUICE_KEY_TABLES) return &value;
  auto tables = tables_of(value, path, problems_);
  auto* node = into_.make(SLUICE_NODE_LIST, value.line, value.column);
  auto entries = into_.make_entries(tables.size());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const auto* table = tables[i];
    if (!key.children.empty()) table = complete(*table, key.children, Path{path.parent, path.key, i + 1});
    entries[i] = {{}, table, table->line, table->column};
  }
  node->entries = entries;
  return node;
}

void Completer::check_missing(const Node& table, std::span<const Key> keys, const Path& path) {
  for (const auto& key : keys)
    if (key.is_required() && !table.find(key.name)) missing_key(key, table, path, problems_);
}

std::span<const Entry> Completer::defaults_of(std::span<const Key> keys) {
  if (keys.empty()) return {};
  if (auto found = defaults_.find(keys.data()); found != defaults_.end()) return found->second;
  std::vector<Entry> made;
  for (const auto& key : keys)
    if (const auto* node = default_node(key)) made.push_back({key.name, node, 0, 0});
  auto entries = into_.make_entries(made.size());
  std::copy(made.begin(), made.end(), entries.begin());
  defaults_.emplace(keys.data(), entries);
  return entries;
}

const Node* Completer::default_node(const Key& key) {
  if (key.is_required() || is_described(key)) return nullptr;
  auto value = unset_value(key);
  switch (key.type) {
    case SLUICE_KEY_BOOL:
    case SLUICE_KEY_INT: {
      if (!value) return nullptr;
      auto* node = into_.make(key.type == SLUICE_KEY_BOOL ? SLUICE_NODE_BOOL : SLUICE_NODE_INT);
      if (key.type == SLUICE_KEY_BOOL)
        node->boolean = value->boolean;
      else
        node->integer = value->integer;
      return node;
    }
    case SLUICE_KEY_DURATION:
    case SLUICE_KEY_SIZE:
    case SLUICE_KEY_STRING: {
      if (!value) return nullptr;
      auto* node = into_.make(SLUICE_NODE_STRING);
      node->text = key.unset;
      return node;
    }
    default: break;
  }
  auto document = parse_default(key.unset);
  if (!document) return nullptr;
  const auto& parsed = *document->root().find("v")->node;
  // Defaults of the keys inside show through a table that is not given, too.
  if (parsed.type == SLUICE_NODE_TABLE && key.type == SLUICE_KEY_TABLE) {
    auto* node = into_.make(SLUICE_NODE_TABLE);
    node->entries = copy_placeless(parsed, into_)->entries;
    node->defaults = defaults_of(key.children);
    return node;
  }
  return copy_placeless(parsed, into_);
}

}  // namespace sluice::config
