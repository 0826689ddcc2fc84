#include "server/show_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sluice {
namespace {

void add(std::vector<const Instance*>& order, const Uses::List& list) {
  for (auto& instance : list)
    order.push_back(instance.get());
}

// "on_request   waf@global, lua@route api"
std::string hooks_of_route(std::vector<const Instance*> order) {
  std::string out;
  for (int i = 0; i < SLUICE_PHASES; ++i) {
    const auto phase = static_cast<sluice_phase>(i);
    std::string line;
    auto walk = order;
    if (is_reversed(phase)) std::ranges::reverse(walk);
    for (auto* instance : walk) {
      if (!instance->wants(phase)) continue;
      if (!line.empty()) line += ", ";
      line += instance->label();
      if (instance->on_failure() == config::OnFailure::allow) line += " (allow)";
    }
    if (!line.empty()) out += fmt::format("    {:<20} {}\n", name(phase), line);
  }
  return out;
}

}  // namespace

std::string show_plan(const Snapshot& snapshot) {
  const auto& config = *snapshot.config;
  const auto& uses = *snapshot.uses;
  std::string out = fmt::format("{}: {} worker{}\n\nlisteners\n", config.file, config.workers,
                                config.workers == 1 ? "" : "s");
  for (auto& listener : config.listeners)
    out += fmt::format("  {:<24} {}\n", listener.address.text(),
                       listener.name == listener.address.text() ? "" : listener.name);
  out += "\nupstreams\n";
  for (auto& upstream : config.upstreams) {
    out += fmt::format("  {}\n", upstream.name);
    for (auto& endpoint : upstream.endpoints)
      out += fmt::format("    {:<22} weight {}\n", endpoint.address.text(), endpoint.weight);
  }
  out += "\nplugins\n";
  std::vector<const Library*> seen;
  auto list = [&](const Uses::List& instances) {
    for (auto& instance : instances) {
      if (std::ranges::find(seen, &instance->library()) != seen.end()) continue;
      seen.push_back(&instance->library());
      out += fmt::format("  {:<22} {:<10} {}\n", instance->library().name(), instance->library().version(),
                         instance->library().file());
    }
  };
  list(uses.global);
  for (auto* places : {&uses.listeners, &uses.routes, &uses.upstreams})
    for (auto& instances : *places)
      list(instances);
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    out += fmt::format("\nlistener {}: hooks before and without a route\n", config.listeners[i].name);
    std::vector<const Instance*> order;
    add(order, uses.global);
    add(order, uses.listeners[i]);
    out += hooks_of_route(order);
    for (std::size_t r = 0; r < config.routes.size(); ++r) {
      const auto& route = config.routes[r];
      auto whole = order;
      add(whole, uses.routes[r]);
      if (route.upstream_index) add(whole, uses.upstreams[*route.upstream_index]);
      out += fmt::format("  route {} -> {}\n", route.name,
                         route.upstream.empty() ? "(no upstream of its own)" : route.upstream);
      out += hooks_of_route(whole);
    }
  }
  return out;
}

}  // namespace sluice
