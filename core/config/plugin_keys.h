// Plugins' own key tables (`sluice_key`), turned into Keys so that one piece of code checks both, and the completion of a
// plugin's table: checked, with the defaults of what is not given behind it.
//
//   sluice_key[] -> PluginKeys -> Completer(table) -> the sluice_config that create() sees
#pragma once

#include <sluice/abi.h>

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/check.h"
#include "config/key.h"

namespace sluice::config {

// Keys made from a plugin's table. Texts are the shared object's, which is never unloaded.
class PluginKeys {
 public:
  PluginKeys() = default;
  // `size`: bytes of one key in the plugin's arrays; 0: as many as in ABI 1.0.
  PluginKeys(const sluice_key* keys, std::size_t count, std::size_t size = sizeof(sluice_key));
  PluginKeys(const PluginKeys&) = delete;
  PluginKeys& operator=(const PluginKeys&) = delete;
  PluginKeys(PluginKeys&&) = default;
  PluginKeys& operator=(PluginKeys&&) = default;

  std::span<const Key> list() const { return list_; }
  // What is wrong with the table itself (no name, same name twice, nested without end, a default that is none), one
  // sentence each.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  std::span<const Key> convert(const sluice_key* keys, std::size_t count, std::size_t depth,
                               const std::string& prefix);

  std::size_t size_ = sizeof(sluice_key);
  std::deque<std::vector<Key>> lists_;  // a deque: spans point into its elements
  std::span<const Key> list_;
  std::vector<std::string> faults_;
};

// Names that a plugin's keys have in common with the gateway's own in the same table: which the plugin may not have, and which
// of the gateway's are newer than the plugin (built for `abi_minor`) and so give way.
struct CommonNames {
  std::vector<std::string_view> refused;
  std::vector<std::string_view> yielding;
};
CommonNames compare_names(std::span<const Key> plugins, std::span<const Key> hosts, std::uint32_t abi_minor);

// Checks tables and gives copies of them in which get() also finds defaults. One thread.
class Completer {
 public:
  // New nodes and the defaults live in `into`; both outlive the completer.
  Completer(Tree& into, Problems& problems) : into_(into), problems_(problems) {}

  // `table` by `keys`, at all levels. Keys for which `owned(name)` holds are somebody else's: kept, not checked. A single
  // table where an array of tables may stand becomes a list of one. Never null, also after a problem.
  template <class Owned>
  const Node* complete(const Node& table, std::span<const Key> keys, const Path& path, Owned owned);
  const Node* complete(const Node& table, std::span<const Key> keys, const Path& path) {
    return complete(table, keys, path, [](std::string_view) { return false; });
  }

 private:
  const Node* complete_value(const Node& value, const Key& key, const Path& path);
  void check_missing(const Node& table, std::span<const Key> keys, const Path& path);
  std::span<const Entry> defaults_of(std::span<const Key> keys);
  const Node* default_node(const Key& key);

  Tree& into_;
  Problems& problems_;
  // By table of keys: the same for all tables that it describes.
  std::unordered_map<const Key*, std::span<const Entry>> defaults_;
};

template <class Owned>
const Node* Completer::complete(const Node& table, std::span<const Key> keys, const Path& path, Owned owned) {
  auto* node = into_.make(SLUICE_NODE_TABLE, table.line, table.column);
  auto entries = into_.make_entries(table.entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i] = table.entries[i];
    if (owned(entries[i].key)) continue;
    if (const auto* key = find_key(keys, entries[i].key))
      entries[i].node = complete_value(*entries[i].node, *key, path.child(key->name));
    else
      unknown_key(entries[i], table, names_of(keys), path, problems_);
  }
  node->entries = entries;
  node->defaults = defaults_of(keys);
  check_missing(table, keys, path);
  return node;
}

}  // namespace sluice::config
