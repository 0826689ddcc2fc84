#include "plugin/create_scope.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice {
namespace {

thread_local CreateScope* open_scope = nullptr;

// ".match.path" for a node that is in `table`; nothing for one that is not.
std::optional<std::string> path_below(const config::Node& table, const config::Node* node) {
  if (&table == node) return "";
  for (std::size_t i = 0; i < table.entries.size(); ++i) {
    const auto& entry = table.entries[i];
    auto rest = path_below(*entry.node, node);
    if (!rest) continue;
    return (entry.key.empty() ? fmt::format("[{}]", i + 1) : fmt::format(".{}", entry.key)) + *rest;
  }
  return std::nullopt;
}

// "route[2].match.path" for a node of a [[route]]. Tables stand in the order of the file, and what is in one stands before the
// next one begins.
std::optional<std::string> path_in_routes(const std::vector<RouteView>& routes, const config::Node& node) {
  auto place = [](const config::Node& of) {
    return std::pair(of.line, of.column);
  };
  auto after = std::ranges::upper_bound(routes, place(node), {},
                                        [&](const RouteView& route) { return place(*route.table); });
  if (after == routes.begin()) return std::nullopt;
  const auto& route = *std::prev(after);
  auto rest = path_below(*route.table, &node);
  return rest ? std::optional(fmt::format("route[{}]{}", route.number, *rest)) : std::nullopt;
}

}  // namespace

CreateScope::CreateScope(const SnapshotBuild& build, config::Problems& problems, std::string path,
                         config::Position position)
    : build_(build), problems_(problems), path_(std::move(path)), position_(position) {
  open_scope = this;
}

CreateScope::~CreateScope() { open_scope = nullptr; }

CreateScope* CreateScope::current() { return open_scope; }

void CreateScope::report(const config::Node* node, std::string_view text) {
  ++reported_;
  // A default stands in no file: the table that lacks the key is the next best place.
  auto at = node && node->line != 0 ? node->position() : position_;
  auto in_routes = node ? path_in_routes(build_.routes, *node) : std::nullopt;
  problems_.add(at, in_routes ? *in_routes : path_, std::string(text));
}

}  // namespace sluice
