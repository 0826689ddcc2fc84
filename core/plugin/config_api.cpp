#include "plugin/config_api.h"

#include "base/log.h"
#include "config/node.h"
#include "config/value.h"
#include "plugin/create_scope.h"

namespace sluice {
namespace {

// Null nodes are taken for absent everywhere: get() gives null, and its result goes straight into the typed reads.
bool is(const sluice_config* node, sluice_node_type type) { return node && node->type == type; }

sluice_str to_str(std::string_view text) { return {text.data() ? text.data() : "", text.size()}; }

sluice_node_type type(const sluice_config* node) {
  return node ? node->type : static_cast<sluice_node_type>(0);
}

const sluice_config* get(const sluice_config* node, const char* key, size_t key_size) {
  return is(node, SLUICE_NODE_TABLE) ? node->get({key, key_size}) : nullptr;
}

size_t count(const sluice_config* node) { return node ? node->entries.size() : 0; }

const sluice_config* at(const sluice_config* node, size_t index, sluice_str* key) {
  if (!node || index >= node->entries.size()) return nullptr;
  const auto& entry = node->entries[index];
  if (key) *key = node->type == SLUICE_NODE_TABLE ? to_str(entry.key) : sluice_str{nullptr, 0};
  return entry.node;
}

bool as_bool(const sluice_config* node, bool* out) {
  if (!is(node, SLUICE_NODE_BOOL)) return false;
  *out = node->boolean;
  return true;
}

bool as_int(const sluice_config* node, int64_t* out) {
  if (!is(node, SLUICE_NODE_INT)) return false;
  *out = node->integer;
  return true;
}

bool as_float(const sluice_config* node, double* out) {
  if (!is(node, SLUICE_NODE_FLOAT) && !is(node, SLUICE_NODE_INT)) return false;
  *out = node->type == SLUICE_NODE_INT ? static_cast<double>(node->integer) : node->floating;
  return true;
}

bool as_str(const sluice_config* node, sluice_str* out) {
  if (!is(node, SLUICE_NODE_STRING)) return false;
  *out = to_str(node->text);
  return true;
}

bool as_duration(const sluice_config* node, int64_t* milliseconds) {
  if (!is(node, SLUICE_NODE_STRING)) return false;
  auto duration = config::parse_duration(node->text);
  if (duration) *milliseconds = duration->count();
  return duration.has_value();
}

bool as_size(const sluice_config* node, uint64_t* bytes) {
  if (is(node, SLUICE_NODE_INT) && node->integer >= 0) {
    *bytes = static_cast<uint64_t>(node->integer);
    return true;
  }
  if (!is(node, SLUICE_NODE_STRING)) return false;
  auto size = config::parse_size(node->text);
  if (size) *bytes = *size;
  return size.has_value();
}

void where(const sluice_config* node, sluice_str* file, uint32_t* line, uint32_t* column) {
  auto position = node ? node->position() : config::Position{};
  if (file) *file = to_str(position.file);
  if (line) *line = position.line;
  if (column) *column = position.column;
}

void problem(const sluice_config* node, const char* text, size_t text_size) {
  if (auto* scope = CreateScope::current()) return scope->report(node, {text, text_size});
  log::error("a plugin reported a configuration problem outside create(): {}",
             std::string_view(text, text_size));
}

void path(const sluice_config* node, sluice_str* out) {
  *out = {nullptr, 0};
  if (is(node, SLUICE_NODE_STRING) && node->tree) *out = to_str(node->tree->resolve(node->text));
}

void reads(const sluice_config* node, const char* path, size_t path_size, const char* bytes, size_t size) {
  if (!node || !node->tree) return;
  std::optional<std::string_view> content;
  if (bytes) content.emplace(bytes, size);
  node->tree->add_read({path, path_size}, content);
}

}  // namespace

const sluice_config_api& config_api() {
  static const sluice_config_api table{sizeof(sluice_config_api),
                                       type,
                                       get,
                                       count,
                                       at,
                                       as_bool,
                                       as_int,
                                       as_float,
                                       as_str,
                                       as_duration,
                                       as_size,
                                       where,
                                       problem,
                                       path,
                                       reads};
  return table;
}

}  // namespace sluice
