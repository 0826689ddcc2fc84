#include "check/generation.h"

#include "check/place.h"
#include "check/watched_host.h"
#include "check/witness.h"

namespace sluice::check {
namespace {

std::uint64_t next_snapshot = 1;

// A listener without limits of time: what takes long is for the check to find.
Policy no_limits() {
  Policy policy;
  policy.request_body = policy.first_byte = policy.response_body = policy.send = policy.half_close =
      Policy::Millis(0);
  // A client that closes its side after a whole request still reads.
  policy.half_close = std::chrono::minutes(10);
  return policy;
}

}  // namespace

std::expected<std::unique_ptr<Generation>, config::Problems> Generation::make(Registry& registry,
                                                                              const std::string& file,
                                                                              const Library& library,
                                                                              const Table& table,
                                                                              Options options) {
  auto& witness = Witness::process();
  config::Problems problems;
  const auto own = library.plugin().route_key_count > 0 ? table.without_routes() : table;
  std::unique_ptr<Generation> made(new Generation);
  made->config_ = own.configuration(file, options.workers, options.uses, library.plugin().routes);
  witness.allow_slots(true);
  {
    Place place("create() or create_worker()");
    made->uses_ = make_uses(watched_host(), registry, made->config_, next_snapshot++, problems);
  }
  witness.allow_slots(false);
  if (made->uses_ == nullptr) return std::unexpected(std::move(problems));
  return made;
}

Generation::~Generation() {
  Place place("destroy_worker() or destroy()");
  plans_.clear();
  watched_.clear();
  uses_.reset();
}

void Generation::after_call(std::function<void()> call) {
  after_call_ = std::move(call);
  for (auto& use : watched_)
    use->after_call = after_call_;
}

WorkerPlan& Generation::plan(Stand& stand) {
  auto plan = std::make_shared<Plan>();
  plan->id = uses_->build->id;
  plan->listeners.push_back({"check", no_limits()});
  for (const auto& upstream : config_->upstreams) {
    plan->group_by_name[upstream.name] = static_cast<int>(plan->groups.size());
    plan->groups.push_back(upstream.name == "origin"
                               ? stand.group()
                               : std::make_shared<Group>(upstream.name, GroupSettings{},
                                                         Members(*stand.group()->set()->members_pointer())));
  }
  for (const auto& route : config_->routes) {
    plan->route_by_name[route.name] = static_cast<int>(plan->routes.size());
    plan->routes.push_back({route.name, {}, static_cast<int>(*route.upstream_index), {no_limits()}});
  }

  auto& made = *plans_.emplace_back(std::make_unique<WorkerPlan>());
  made.views.resize(plan->groups.size());
  made.plan = std::move(plan);
  auto& bound = made.uses.emplace_back();
  bound.push_back(stand.before.bound());
  for (auto& instance : uses_->global) {
    auto& use = *watched_.emplace_back(std::make_unique<WatchedUse>());
    bound.push_back(watch(*instance, stand.worker(), use));
    use.after_call = after_call_;
  }
  bound.push_back(stand.after.bound());
  made.global = Chain(bound);
  made.listeners.resize(1);
  made.routes.resize(config_->routes.size());
  made.groups.resize(config_->upstreams.size());
  return made;
}

}  // namespace sluice::check
