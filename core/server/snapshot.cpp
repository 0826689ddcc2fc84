#include "server/snapshot.h"

#include <algorithm>

namespace sluice {
namespace {

Policy make_policy(const config::Timeouts& timeouts, const config::Limits& limits, const config::Forwarding& forwarding) {
  Policy policy;
  policy.request_body = timeouts.request_body;
  policy.first_byte = timeouts.first_byte;
  policy.response_body = timeouts.response_body;
  policy.send = timeouts.send;
  policy.total = timeouts.total;
  policy.half_close = timeouts.half_close;
  policy.body_bytes = limits.body_bytes;
  policy.x_forwarded = static_cast<Policy::ForwardedFor>(forwarding.x_forwarded);
  policy.forwarded = forwarding.forwarded;
  policy.via = forwarding.via;
  policy.preserve_host = forwarding.preserve_host;
  policy.request_id_header = forwarding.request_id;
  return policy;
}

}  // namespace

std::shared_ptr<Group> SnapshotBuilder::make_group(const config::Upstream& upstream) {
  GroupSettings settings;
  settings.max_idle = upstream.pool.max_idle;
  settings.idle_timeout = upstream.pool.idle_timeout;
  settings.max_requests = upstream.pool.max_requests;
  settings.connect_timeout = upstream.timeouts.connect;
  settings.dns_refresh = upstream.dns_refresh;
  settings.limits.header_bytes = 64 * 1024;
  settings.limits.header_count = 256;
  std::vector<Member> members;
  for (auto& from : upstream.endpoints) {
    auto text = from.address.text();
    auto& known = endpoints_[upstream.name + '\0' + text];
    auto endpoint = known.lock();
    if (endpoint == nullptr) known = endpoint = std::make_shared<Endpoint>(upstream.name, text);
    members.push_back({std::move(endpoint), from.weight});
  }
  return std::make_shared<Group>(upstream.name, settings, std::move(members));
}

std::expected<std::shared_ptr<Snapshot>, config::Problems> SnapshotBuilder::build(std::shared_ptr<const config::Config> config, std::uint32_t workers) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->id = next_id_++;
  snapshot->config = config;
  auto plan = std::make_shared<Plan>();
  plan->id = snapshot->id;
  for (auto& cidr : config->trusted_proxies) plan->trusted_proxies.push_back({{cidr.address}, cidr.bits});
  for (auto& listener : config->listeners)
    plan->listeners.push_back({listener.name, make_policy(listener.timeouts, listener.limits, config->forwarding)});
  for (auto& upstream : config->upstreams) {
    plan->group_by_name[upstream.name] = static_cast<int>(plan->groups.size());
    plan->groups.push_back(make_group(upstream));
  }
  for (auto& route : config->routes) {
    RoutePlan made;
    made.name = route.name;
    if (route.upstream_index) made.group = static_cast<int>(*route.upstream_index);
    for (auto& listener : config->listeners)
      made.policy.push_back(make_policy(route.timeouts.over(listener.timeouts), route.limits.over(listener.limits),
                                        route.forwarding.over(config->forwarding)));
    plan->route_by_name[made.name] = static_cast<int>(plan->routes.size());
    plan->routes.push_back(std::move(made));
  }
  snapshot->plan = plan;
  std::erase_if(endpoints_, [](auto& entry) { return entry.second.expired(); });
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    auto view = std::make_unique<WorkerPlan>();
    view->plan = plan;
    view->listeners.resize(plan->listeners.size());
    view->routes.resize(plan->routes.size());
    view->groups.resize(plan->groups.size());
    static const sluice_hooks proto = [] {
      sluice_hooks h{};
      h.size = sizeof h;
      h.on_route = [](sluice_exchange* ex, void*) {
        extern sluice_status proto_select(sluice_exchange*);
        proto_select(ex);
        return SLUICE_CONTINUE;
      };
      return h;
    }();
    view->uses.push_back({BoundUse{&proto, nullptr, "proto", true, ~0u}});
    view->global = Chain(view->uses.back());
    snapshot->workers.push_back(std::move(view));
  }
  return snapshot;
}

}  // namespace sluice
