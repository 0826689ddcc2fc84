// The configuration as an immutable tree whose every node knows its place in the file: what the key tables check, and what
// plugins read through <sluice/config.h> (`sluice_config` is this node).
//
//   TOML text --toml++--> Document (a Tree that owns nodes and text) --schema--> structs, and sub-tables for plugins
//
// Nodes live in their Tree and only there; whoever keeps a node keeps the Tree. Immutable once built, so [any-thread].
#pragma once

#include <sluice/config.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/fingerprint.h"
#include "config/problem.h"

namespace sluice::config {

class Tree;
struct Entry;

}  // namespace sluice::config

struct sluice_config {
  sluice_node_type type = SLUICE_NODE_TABLE;
  std::uint32_t line = 0;  // from 1; 0: a default, which stands in no file
  std::uint32_t column = 0;
  union {
    bool boolean;
    std::int64_t integer = 0;
    double floating;
  };
  std::string_view text;                           // STRING; dates and times in their RFC 3339 form
  std::span<const sluice::config::Entry> entries;  // LIST (keys empty) and TABLE, in the order of the file
  // TABLE: what holds for keys that are not given, looked up by get() but not listed by at().
  std::span<const sluice::config::Entry> defaults;
  const sluice::config::Tree* tree = nullptr;

  // The value of `key`, or its default, or null.
  const sluice_config* get(std::string_view key) const;
  // The entry as written, or null.
  const sluice::config::Entry* find(std::string_view key) const;
  sluice::config::Position position() const;
};

namespace sluice::config {

using Node = ::sluice_config;

struct Entry {
  std::string_view key;
  const Node* node = nullptr;
  std::uint32_t line = 0;  // of the key
  std::uint32_t column = 0;
};

// "table", "string", ... for messages.
std::string_view type_name(sluice_node_type type);
// The node as one line of TOML-like text, cut for messages: 8080, "text", [...], {...}.
std::string shown(const Node& node);
// The same bytes for every way to write the same tree: no spaces, comments or positions. Appends to `out`.
void canonical(const Node& node, std::string& out);

// A file that somebody has read because of a configuration, as it was.
struct FileRead {
  std::string path;
  std::optional<Fingerprint> content;  // nothing: there was none to be read

  bool is_unchanged() const;  // reads it again
};

// Owner of nodes and their bytes. Built by one thread, then read by any.
class Tree {
 public:
  // `file` as it is to be shown in messages; relative names in the tree are taken from its folder.
  explicit Tree(std::string file);
  // Nodes made here may point to nodes of `base`, which is kept alive.
  explicit Tree(std::shared_ptr<const Tree> base);
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Node* make(sluice_node_type type, std::uint32_t line = 0, std::uint32_t column = 0);
  std::string_view copy(std::string_view text);
  std::span<Entry> make_entries(std::size_t count);
  // A table of the entries of `table` that `keep` accepts, with the same position. Children are shared, not copied.
  template <class Keep>
  Node* filtered(const Node& table, Keep keep);

  const std::string& file() const { return file_; }
  // The absolute path that `name` means in this file. Lives as long as the tree. [any-thread]
  std::string_view resolve(std::string_view name) const;
  // Remember what was read, here and for all trees over this one; the first content of a path counts. [any-thread]
  void add_read(std::string_view path, std::optional<std::string_view> bytes) const;
  std::vector<FileRead> reads() const;

 private:
  std::string file_;
  std::filesystem::path folder_;
  std::shared_ptr<const Tree> base_;
  std::pmr::monotonic_buffer_resource memory_;
  mutable std::mutex lock_;
  mutable std::unordered_set<std::string> paths_;  // node-based: the texts stay where they are
  mutable std::map<std::string, std::optional<Fingerprint>, std::less<>> reads_;
};

class Document : public Tree {
 public:
  // Reads TOML; all syntax that toml++ accepts, at most 64 tables deep. On failure the one problem that stopped it.
  static std::expected<std::shared_ptr<const Document>, Problems> parse(std::string_view text,
                                                                        std::string file);
  // Reads the file first. At most 256 MiB.
  static std::expected<std::shared_ptr<const Document>, Problems> load(const std::filesystem::path& file);

  explicit Document(std::string file) : Tree(std::move(file)) {}
  const Node& root() const { return *root_; }

 private:
  const Node* root_ = nullptr;
};

template <class Keep>
Node* Tree::filtered(const Node& table, Keep keep) {
  auto* node = make(SLUICE_NODE_TABLE, table.line, table.column);
  std::size_t count = 0;
  for (const auto& each : table.entries)
    count += keep(each) ? 1 : 0;
  auto entries = make_entries(count);
  std::size_t next = 0;
  for (const auto& each : table.entries)
    if (keep(each)) entries[next++] = each;
  node->entries = entries;
  return node;
}

}  // namespace sluice::config
