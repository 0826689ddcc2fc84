#include "config/cross_check.h"

#include <fmt/core.h>

#include <unordered_map>

namespace sluice::config {
namespace {

// The i-th [[kind]] table, or null.
const Node* table_of(const Node& root, std::string_view kind, std::size_t index) {
  const auto* entry = root.find(kind);
  if (!entry || entry->node->type == SLUICE_NODE_TABLE) return entry ? entry->node : nullptr;
  return index < entry->node->entries.size() ? entry->node->entries[index].node : nullptr;
}

// The place of its `key`, or of the table.
Position place_of(const Node& root, std::string_view kind, std::size_t index, std::string_view key) {
  const auto* table = table_of(root, kind, index);
  if (!table) return root.position();
  const auto* entry = table->find(key);
  return entry ? entry->node->position() : table->position();
}

bool has_key(const Node& root, std::string_view kind, std::size_t index, std::string_view key) {
  const auto* table = table_of(root, kind, index);
  return table && table->find(key);
}

class Check {
 public:
  Check(const Node& root, Problems& problems) : root_(root), problems_(problems) {}

  // Reports each item whose text an earlier one has. An empty text is no text.
  template <class Item, class Text>
  void unique(const std::vector<Item>& items, std::string_view kind, std::string_view key, Text text) {
    std::unordered_map<std::string, std::size_t> seen;
    seen.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::string value = text(items[i]);
      if (value.empty()) continue;
      auto [first, is_new] = seen.emplace(value, i);
      if (is_new) continue;
      auto before = place_of(root_, kind, first->second, key);
      add(kind, i, key,
          fmt::format("{} is taken by {}[{}] on line {}", quote(value), kind, first->second + 1,
                      before.line));
    }
  }

  void add(std::string_view kind, std::size_t index, std::string_view key, std::string message) {
    problems_.add(place_of(root_, kind, index, key), fmt::format("{}[{}].{}", kind, index + 1, key),
                  std::move(message));
  }

 private:
  const Node& root_;
  Problems& problems_;
};

// Port 0 is another port each time; an address that did not parse was reported already.
std::string listening_at(const Listener& listener) {
  const auto& address = listener.address;
  auto is_set = address.kind == Address::Kind::unix_path ? !address.path.empty() : address.port != 0;
  return is_set ? address.text() : std::string();
}

void link_routes(Config& config, Check& check) {
  std::unordered_map<std::string_view, std::size_t> upstreams;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    upstreams.emplace(config.upstreams[i].name, i);
    names.push_back(config.upstreams[i].name);
  }
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    auto& route = config.routes[i];
    if (route.upstream.empty()) continue;
    if (auto found = upstreams.find(route.upstream); found != upstreams.end()) {
      route.upstream_index = found->second;
      continue;
    }
    auto message = fmt::format("no [[upstream]] is named {}", quote(route.upstream));
    if (auto near = nearest(route.upstream, names); !near.empty())
      message += fmt::format("; did you mean {}?", quote(near));
    check.add("route", i, "upstream", std::move(message));
  }
}

}  // namespace

void cross_check(Config& config, const Node& root, Problems& problems) {
  Check check(root, problems);
  check.unique(config.listeners, "listener", "address", listening_at);
  // Only names that were given: addresses that stand in for one are compared as addresses.
  check.unique(config.listeners, "listener", "name", [&](const Listener& each) {
    auto index = static_cast<std::size_t>(&each - config.listeners.data());
    return has_key(root, "listener", index, "name") ? each.name : std::string();
  });
  check.unique(config.upstreams, "upstream", "name", [](const Upstream& each) { return each.name; });
  check.unique(config.routes, "route", "name", [](const Route& each) { return each.name; });
  for (std::size_t i = 0; i < config.upstreams.size(); ++i)
    if (config.upstreams[i].name.empty() && has_key(root, "upstream", i, "name"))
      check.add("upstream", i, "name", "is empty; give it a name");
  if (root.find("listener") && config.listeners.empty() && problems.empty())
    problems.add(root.find("listener")->node->position(), "listener",
                 "is empty; add [[listener]] with an address");
  link_routes(config, check);
}

}  // namespace sluice::config
