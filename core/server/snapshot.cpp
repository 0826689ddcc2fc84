#include "server/snapshot.h"

#include <algorithm>

#include "upstream/directory.h"

namespace sluice {
namespace {

Policy make_policy(const config::Timeouts& timeouts, const config::Limits& limits,
                   const config::Forwarding& forwarding) {
  Policy policy;
  policy.request_body = timeouts.request_body;
  policy.first_byte = timeouts.first_byte;
  policy.response_body = timeouts.response_body;
  policy.send = timeouts.send;
  policy.total = timeouts.total;
  policy.half_close = timeouts.half_close;
  policy.tunnel = timeouts.tunnel;
  policy.body_bytes = limits.body_bytes;
  policy.x_forwarded = static_cast<Policy::ForwardedFor>(forwarding.x_forwarded);
  policy.forwarded = forwarding.forwarded;
  policy.via = forwarding.via;
  policy.preserve_host = forwarding.preserve_host;
  policy.request_id_header = forwarding.request_id;
  return policy;
}

Chain bind_chain(const Uses::List& list, std::uint32_t worker, WorkerPlan& into) {
  if (list.empty()) return {};
  auto& bound = into.uses.emplace_back();
  for (auto& instance : list) {
    std::uint32_t wants = 0;
    for (int phase = 0; phase < SLUICE_PHASES; ++phase)
      if (instance->wants(static_cast<sluice_phase>(phase))) wants |= 1u << phase;
    bound.push_back({&instance->hooks(), instance->self(worker), instance->label(),
                     instance->on_failure() == config::OnFailure::deny, wants,
                     instance->library().plugin().observes});
  }
  return Chain(bound);
}

std::unique_ptr<WorkerPlan> bind_worker(const Uses& uses, std::shared_ptr<const Plan> plan,
                                        std::uint32_t worker) {
  auto view = std::make_unique<WorkerPlan>();
  view->views.resize(plan->groups.size());
  view->plan = std::move(plan);
  view->global = bind_chain(uses.global, worker, *view);
  for (auto& list : uses.listeners)
    view->listeners.push_back(bind_chain(list, worker, *view));
  for (auto& list : uses.routes)
    view->routes.push_back(bind_chain(list, worker, *view));
  for (auto& list : uses.upstreams)
    view->groups.push_back(bind_chain(list, worker, *view));
  return view;
}

}  // namespace

std::shared_ptr<Plan> SnapshotBuilder::make_plan(const config::Config& config, std::uint64_t id) {
  auto plan = std::make_shared<Plan>();
  plan->id = id;
  plan->trusted_proxies = config.trusted_proxies;
  for (auto& listener : config.listeners)
    plan->listeners.push_back(
        {listener.name, make_policy(listener.timeouts, listener.limits, config.forwarding)});
  for (auto& upstream : config.upstreams) {
    plan->group_by_name[upstream.name] = static_cast<int>(plan->groups.size());
    plan->groups.push_back(Directory::make_group(upstream, endpoints_));
  }
  endpoints_.sweep();
  for (auto& route : config.routes) {
    RoutePlan made;
    made.name = route.name;
    made.retry = route.retry;
    if (route.upstream_index) made.group = static_cast<int>(*route.upstream_index);
    for (auto& listener : config.listeners) {
      made.policy.push_back(make_policy(route.timeouts.over(listener.timeouts),
                                        route.limits.over(listener.limits),
                                        route.forwarding.over(config.forwarding)));
    }
    plan->route_by_name[made.name] = static_cast<int>(plan->routes.size());
    plan->routes.push_back(std::move(made));
  }
  return plan;
}

std::expected<std::shared_ptr<Snapshot>, config::Problems> SnapshotBuilder::build(config::Checked checked) {
  auto& [config, problems] = checked;
  if (config == nullptr) return std::unexpected(std::move(problems));
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->id = next_id_++;
  snapshot->config = config;
  snapshot->uses = make_uses(host_, registry_, config, snapshot->id, problems);
  if (snapshot->uses == nullptr) {
    problems.sort();
    return std::unexpected(std::move(problems));
  }
  snapshot->plan = make_plan(*config, snapshot->id);
  for (std::uint32_t worker = 0; worker < config->workers; ++worker)
    snapshot->workers.push_back(bind_worker(*snapshot->uses, snapshot->plan, worker));
  return snapshot;
}

}  // namespace sluice
