#include "config/node.h"

#include <fmt/core.h>

#include <cstring>
#include <fstream>

namespace sluice::config {
namespace {

// First block of a tree's memory; most plugin tables fit in it.
constexpr std::size_t kFirstBlock = 1024;

std::filesystem::path folder_of(const std::string& file) {
  std::error_code fault;
  auto absolute = std::filesystem::absolute(file, fault);
  return fault ? std::filesystem::path("/") : absolute.parent_path();
}

}  // namespace

Tree::Tree(std::string file) : file_(std::move(file)), folder_(folder_of(file_)), memory_(kFirstBlock) {}

Tree::Tree(std::shared_ptr<const Tree> base)
    : file_(base->file_), folder_(base->folder_), base_(std::move(base)), memory_(kFirstBlock) {}

Node* Tree::make(sluice_node_type type, std::uint32_t line, std::uint32_t column) {
  auto* node = new (memory_.allocate(sizeof(Node), alignof(Node))) Node;
  node->type = type;
  node->line = line;
  node->column = column;
  node->tree = this;
  return node;
}

std::string_view Tree::copy(std::string_view text) {
  auto* to = static_cast<char*>(memory_.allocate(text.size() + 1, 1));
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  to[text.size()] = '\0';
  return {to, text.size()};
}

std::span<Entry> Tree::make_entries(std::size_t count) {
  if (count == 0) return {};
  auto* first = static_cast<Entry*>(memory_.allocate(count * sizeof(Entry), alignof(Entry)));
  std::uninitialized_default_construct_n(first, count);
  return {first, count};
}

std::string_view Tree::resolve(std::string_view name) const {
  auto path = (folder_ / std::filesystem::path(name)).lexically_normal().string();
  std::lock_guard hold(lock_);
  return *paths_.insert(std::move(path)).first;
}

std::string_view type_name(sluice_node_type type) {
  switch (type) {
    case SLUICE_NODE_BOOL: return "a bool";
    case SLUICE_NODE_INT: return "a whole number";
    case SLUICE_NODE_FLOAT: return "a number";
    case SLUICE_NODE_STRING: return "a string";
    case SLUICE_NODE_LIST: return "a list";
    case SLUICE_NODE_TABLE: return "a table";
  }
  return "a value";
}

std::string shown(const Node& node) {
  switch (node.type) {
    case SLUICE_NODE_BOOL: return node.boolean ? "true" : "false";
    case SLUICE_NODE_INT: return fmt::format("{}", node.integer);
    case SLUICE_NODE_FLOAT: return fmt::format("{}", node.floating);
    case SLUICE_NODE_STRING: return quote(node.text);
    case SLUICE_NODE_LIST: return node.entries.empty() ? "[]" : "[...]";
    case SLUICE_NODE_TABLE: return node.entries.empty() ? "{}" : "{...}";
  }
  return {};
}

void canonical(const Node& node, std::string& out) {
  auto is_table = node.type == SLUICE_NODE_TABLE;
  switch (node.type) {
    case SLUICE_NODE_BOOL: out += node.boolean ? 't' : 'f'; return;
    case SLUICE_NODE_INT: out += fmt::format("i{};", node.integer); return;
    case SLUICE_NODE_FLOAT: out += fmt::format("d{};", node.floating); return;
    // With its length, so that no text can pass for structure.
    case SLUICE_NODE_STRING: out += fmt::format("s{}:{}", node.text.size(), node.text); return;
    case SLUICE_NODE_LIST:
    case SLUICE_NODE_TABLE:
      out += is_table ? '{' : '[';
      for (const auto& each : node.entries) {
        if (is_table) out += fmt::format("{}:{}", each.key.size(), each.key);
        canonical(*each.node, out);
      }
      out += is_table ? '}' : ']';
  }
}

void Tree::add_read(std::string_view path, std::optional<std::string_view> bytes) const {
  if (base_) return base_->add_read(path, bytes);
  std::lock_guard hold(lock_);
  if (reads_.contains(path)) return;
  reads_.emplace(path, bytes ? std::optional(fingerprint(*bytes)) : std::nullopt);
}

std::vector<FileRead> Tree::reads() const {
  if (base_) return base_->reads();
  std::lock_guard hold(lock_);
  std::vector<FileRead> all;
  for (const auto& [path, content] : reads_)
    all.push_back({path, content});
  return all;
}

bool FileRead::is_unchanged() const {
  std::error_code fault;
  std::ifstream stream(path, std::ios::binary);
  if (!stream || !std::filesystem::is_regular_file(path, fault)) return !content;
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) return !content;
  return content && fingerprint(bytes) == *content;
}

}  // namespace sluice::config

const sluice::config::Entry* sluice_config::find(std::string_view key) const {
  if (type != SLUICE_NODE_TABLE) return nullptr;
  for (const auto& each : entries)
    if (each.key == key) return &each;
  return nullptr;
}

const sluice_config* sluice_config::get(std::string_view key) const {
  if (const auto* entry = find(key)) return entry->node;
  for (const auto& each : defaults)
    if (each.key == key) return each.node;
  return nullptr;
}

sluice::config::Position sluice_config::position() const {
  return {tree ? std::string_view(tree->file()) : std::string_view{}, line, column};
}
