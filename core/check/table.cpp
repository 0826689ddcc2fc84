#include "check/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::check {
namespace {

using config::Document;
using config::Entry;
using config::Node;
using config::Tree;

// `key=value` as a line of TOML.
std::expected<std::shared_ptr<const Document>, std::string> parse_word(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0)
    return std::unexpected(fmt::format("\"{}\" is no key=value", word));
  const auto key = word.substr(0, equals), value = word.substr(equals + 1);
  if (auto given = Document::parse(fmt::format("{} = {}\n", key, value), "command line")) return *given;
  std::string quoted;
  for (unsigned char c : value) {
    if (c == '"' || c == '\\')
      quoted += {'\\', static_cast<char>(c)};
    else if (c < 0x20 || c == 0x7f)
      quoted += fmt::format("\\u{:04x}", c);
    else
      quoted += static_cast<char>(c);
  }
  auto text = Document::parse(fmt::format("{} = \"{}\"\n", key, quoted), "command line");
  if (!text)
    return std::unexpected(
        fmt::format("\"{}\" is no key=value: {}", word, text.error().list().front().message));
  return *text;
}

}  // namespace

Table::Table() {
  auto tree = std::make_shared<Tree>("command line");
  node_ = tree->make(SLUICE_NODE_TABLE);
  trees_.push_back(std::move(tree));
}

// The entries of `over` go over those of the same name.
void Table::join(const Node& over) {
  auto tree = std::make_shared<Tree>(trees_.back());
  std::vector<Entry> joined;
  for (const auto& each : node_->entries)
    if (over.find(each.key) == nullptr) joined.push_back(each);
  joined.insert(joined.end(), over.entries.begin(), over.entries.end());
  auto* node = tree->make(SLUICE_NODE_TABLE, std::max(node_->line, 1u), std::max(node_->column, 1u));
  auto entries = tree->make_entries(joined.size());
  std::ranges::copy(joined, entries.begin());
  node->entries = entries;
  node_ = node;
  trees_.push_back(std::move(tree));
}

std::expected<Table, std::string> Table::read(const std::optional<std::filesystem::path>& file,
                                              const std::vector<std::string>& words) {
  Table table;
  if (file) {
    auto document = Document::load(*file);
    if (!document) return std::unexpected(document.error().text());
    table.trees_ = {*document};
    table.node_ = &(*document)->root();
  }
  for (const auto& word : words) {
    auto document = parse_word(word);
    if (!document) return std::unexpected(document.error());
    table.trees_.insert(table.trees_.begin(), *document);
    table.join((*document)->root());
  }
  return table;
}

Table Table::without_routes() const {
  const auto* entry = node_->find("route");
  if (entry == nullptr || !routes_.empty()) return *this;
  Table table = *this;
  if (entry->node->type == SLUICE_NODE_TABLE)
    table.routes_ = {entry->node};
  else
    for (const auto& each : entry->node->entries)
      if (each.node->type == SLUICE_NODE_TABLE) table.routes_.push_back(each.node);
  auto tree = std::make_shared<Tree>(trees_.back());
  table.node_ = tree->filtered(*node_, [](const Entry& each) { return each.key != "route"; });
  table.trees_.push_back(std::move(tree));
  return table;
}

const Node* Table::put(const Node* table, const std::vector<std::string>& path, std::size_t depth,
                       const Node& value, Tree& into) const {
  if (depth == path.size()) return &value;
  const auto& key = path[depth];
  const bool is_table = table != nullptr && table->type == SLUICE_NODE_TABLE;
  const auto* old = is_table ? table->find(key) : nullptr;
  auto* node = is_table ? into.filtered(*table, [&](const Entry& each) { return each.key != key; })
                        : into.make(SLUICE_NODE_TABLE, 1, 1);
  auto entries = into.make_entries(node->entries.size() + 1);
  std::ranges::copy(node->entries, entries.begin());
  entries.back() = {into.copy(key), put(old != nullptr ? old->node : nullptr, path, depth + 1, value, into),
                    1, 1};
  node->entries = entries;
  return node;
}

Table Table::with(const std::vector<std::string>& path, std::string_view value) const {
  auto document = Document::parse(fmt::format("v = {}\n", value), "a value of the check");
  Table table = *this;
  if (!document) return table;
  auto tree = std::make_shared<Tree>(trees_.back());
  table.node_ = put(node_, path, 0, *(*document)->root().find("v")->node, *tree);
  table.trees_.insert(table.trees_.begin(), *document);
  table.trees_.push_back(std::move(tree));
  return table;
}

std::shared_ptr<const config::Config> Table::configuration(const std::string& plugin, std::uint32_t workers,
                                                           std::size_t uses, bool with_route) const {
  // Everything that is pointed to lives as long as the configuration.
  struct Kept {
    Table table;
    config::Config config;
  };
  auto kept = std::make_shared<Kept>(Kept{*this, {}});
  auto& made = kept->config;
  auto tree = std::make_shared<Tree>(trees_.back());
  made.file = tree->file();
  made.workers = workers;
  auto& listener = made.listeners.emplace_back();
  listener.name = "check";
  auto add_upstream = [&made](const std::string& name) {
    for (std::size_t i = 0; i < made.upstreams.size(); ++i)
      if (made.upstreams[i].name == name) return i;
    made.upstreams.emplace_back().name = name;
    return made.upstreams.size() - 1;
  };
  add_upstream("origin");
  auto add_route = [&](const Node* table) {
    auto& route = made.routes.emplace_back();
    auto text = [table](std::string_view key) {
      const auto* entry = table->find(key);
      return entry != nullptr && entry->node->type == SLUICE_NODE_STRING ? std::string(entry->node->text)
                                                                         : std::string();
    };
    route.table = table;
    route.name = text("name").empty() ? fmt::format("route-{}", made.routes.size()) : text("name");
    route.upstream = text("upstream").empty() ? "origin" : text("upstream");
    route.upstream_index = add_upstream(route.upstream);
    route.position = table->position();
  };
  for (const auto* table : routes_)
    add_route(table);
  if (with_route && routes_.empty()) add_route(tree->make(SLUICE_NODE_TABLE));
  for (std::size_t i = 0; i < uses; ++i) {
    config::PluginUse use;
    use.use = plugin;
    use.name = plugin;
    use.table = node_;
    use.position = node_->position();
    use.use_position = use.position;
    made.plugins.push_back(std::move(use));
  }
  made.tree = std::move(tree);
  return {kept, &kept->config};
}

}  // namespace sluice::check
