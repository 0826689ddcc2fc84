// Checks nodes against keys, and says what is wrong with them: the one place where the messages about types, ranges,
// unknown and missing keys are made, for the gateway's own keys and for plugins'.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/key.h"
#include "config/node.h"
#include "config/problem.h"

namespace sluice::config {

// Where the reader is, as a chain on the stack: costs nothing until a problem needs its text.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;
  std::size_t index = 0;  // from 1 in a list; 0: no element

  Path child(std::string_view name, std::size_t element = 0) const { return {this, name, element}; }
  std::string text() const;  // "route[2].timeouts"
};

// The value of `node` as `key` wants it, or a problem. The texts in it live as long as the node.
std::optional<Value> check_value(const Node& node, const Key& key, const Path& path, Problems& problems);

// The value that the key's `unset` text stands for; nothing for none, and for tables and any.
std::optional<Value> unset_value(const Key& key);

// Reports a key that is not in `known`.
void unknown_key(const Entry& entry, const Node& table, std::span<const std::string_view> known,
                 const Path& path, Problems& problems);

// Reports that `key`, required, is missing in `table`.
void missing_key(const Key& key, const Node& table, const Path& path, Problems& problems);

// The tables of a TABLES value: its elements, or the one table itself. Others are reported.
std::vector<const Node*> tables_of(const Node& node, const Path& path, Problems& problems);

// "keep_alive" at the wrong level: says where it belongs.
void misplaced_key(const Entry& entry, const Key& key, const Node& table, const Path& path,
                   Problems& problems);

// A sub-table, or null. One of another type is reported by whoever checks the key.
const Node* sub_table(const Node& table, std::string_view key);

const Key* find_key(std::span<const Key> keys, std::string_view name);
std::vector<std::string_view> names_of(std::span<const Key> keys);

}  // namespace sluice::config
