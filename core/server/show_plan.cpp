#include "server/show_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "config/value.h"

namespace sluice {
namespace {

void add(std::vector<const Instance*>& order, const Uses::List& list) {
  for (auto& instance : list)
    order.push_back(instance.get());
}

// A step of an exchange's walk (exchange/exchange.h): the hooks of a phase, of which uses.
struct Step {
  sluice_phase phase;
  enum {
    all,
    first,
    chosen
  } whose;  // `first`: global and the listener's; `chosen`: the route's and its upstream's
};
constexpr Step kSteps[] = {{SLUICE_ON_CONNECT, Step::first},
                           {SLUICE_ON_REQUEST, Step::first},
                           {SLUICE_ON_ROUTE, Step::first},
                           {SLUICE_ON_REQUEST, Step::chosen},
                           {SLUICE_ON_ROUTE, Step::chosen},
                           {SLUICE_ON_BALANCE, Step::all},
                           {SLUICE_ON_UPSTREAM_REQUEST, Step::all},
                           {SLUICE_ON_REQUEST_BODY, Step::all},
                           {SLUICE_ON_RESPONSE, Step::all},
                           {SLUICE_ON_RESPONSE_BODY, Step::all},
                           {SLUICE_ON_ERROR, Step::all},
                           {SLUICE_ON_LOG, Step::all}};

// "on_request   waf@global, lua@route api". `first`: how many of `order` are global or the listener's.
std::string hooks_of_route(const std::vector<const Instance*>& order, std::size_t first) {
  std::string out;
  for (auto [phase, whose] : kSteps) {
    std::string line;
    std::vector<const Instance*> walk(
        order.begin() + static_cast<std::ptrdiff_t>(whose == Step::chosen ? first : 0),
        whose == Step::first ? order.begin() + static_cast<std::ptrdiff_t>(first) : order.end());
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

// "power_of_two; http check every 2s; 3 attempts".
std::string upkeep_of(const config::Upstream& upstream) {
  std::string out(config::name_of(upstream.balance.algorithm));
  const auto& check = upstream.check;
  if (check.kind != config::CheckSettings::Kind::none)
    out += fmt::format("; {} check every {}", config::name_of(check.kind),
                       config::format_duration(check.interval));
  if (upstream.ejection.consecutive_failures != 0)
    out += fmt::format("; ejection after {} failures", upstream.ejection.consecutive_failures);
  out += fmt::format("; {} attempt{}", upstream.retry.attempts, upstream.retry.attempts == 1 ? "" : "s");
  if (upstream.queue.max != 0) out += fmt::format("; queue of {}", upstream.queue.max);
  if (upstream.hedge.delay.count() != 0 || upstream.hedge.percentile != 0) out += "; hedged";
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
    out += fmt::format("  {:<24} {}\n", upstream.name, upkeep_of(upstream));
    for (auto& endpoint : upstream.endpoints)
      out += fmt::format("    {:<22} weight {}{}\n",
                         endpoint.service ? "srv " + endpoint.address.host : endpoint.address.text(),
                         endpoint.weight,
                         endpoint.priority == 0 ? "" : fmt::format(", priority {}", endpoint.priority));
    if (!upstream.endpoints_file.empty()) out += fmt::format("    file {}\n", upstream.endpoints_file);
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
    out += hooks_of_route(order, order.size());
    for (std::size_t r = 0; r < config.routes.size(); ++r) {
      const auto& route = config.routes[r];
      auto whole = order;
      add(whole, uses.routes[r]);
      if (route.upstream_index) add(whole, uses.upstreams[*route.upstream_index]);
      out += fmt::format("  route {} -> {}\n", route.name,
                         route.upstream.empty() ? "(no upstream of its own)" : route.upstream);
      out += hooks_of_route(whole, order.size());
    }
  }
  return out;
}

}  // namespace sluice
