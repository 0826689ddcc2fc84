#include "plugin/instance.h"

#include <fmt/core.h>

namespace sluice {
namespace {

std::string label_of(const config::PluginUse& use, const Library& library, std::string_view place) {
  // A path is no good name: the plugin has one.
  auto is_path = use.name == use.use && use.use.find('/') != std::string::npos;
  return fmt::format("{}@{}", is_path ? std::string(library.name()) : use.name, place);
}

// Runs a function of the plugin that is not allowed to throw, and may all the same.
template <class Call>
bool guarded(CreateScope& scope, std::string_view function, Call call) {
  try {
    call();
    return true;
  } catch (const std::exception& fault) {
    scope.report(nullptr, fmt::format("{}() threw an exception: {}", function, fault.what()));
  } catch (...) {
    scope.report(nullptr, fmt::format("{}() threw an exception that is no std::exception", function));
  }
  return false;
}

}  // namespace

Instance::Instance(std::shared_ptr<const Library> library, const config::PluginUse& use,
                   std::string_view place)
    : library_(std::move(library)),
      label_(label_of(use, *library_, place)),
      place_(place),
      on_failure_(use.on_failure.value_or(library_->plugin().guards ? config::OnFailure::deny
                                                                    : config::OnFailure::allow)),
      position_(use.position) {}

std::unique_ptr<Instance> Instance::create(const Host& host, std::shared_ptr<const Library> library,
                                           const SnapshotBuild& build, const config::PluginUse& use,
                                           std::string_view place, const std::string& path,
                                           config::Problems& problems) {
  auto before = problems.size();
  config::Path root;
  auto table_path = root.child(path);
  const auto& table =
      *config::Completer(*build.tree, problems).complete(*use.table, library->keys().list(), table_path);
  if (problems.size() != before) return nullptr;

  std::unique_ptr<Instance> instance(new Instance(std::move(library), use, place));
  CreateScope scope(build, problems, path, use.position);
  Slots::Scope slots(instance->library_->slot_owner());
  if (!instance->make(host, build, table, scope) || !instance->make_workers(build.workers, scope))
    return nullptr;
  return instance;
}

bool Instance::make(const Host& host, const SnapshotBuild& build, const config::Node& table,
                    CreateScope& scope) {
  const auto& plugin = library_->plugin();
  if (!plugin.create) return choose_hooks(), true;
  sluice_create args{};
  args.size = sizeof args;
  args.host = host.abi();
  args.config = &table;
  args.snapshot = build.id;
  args.place = {place_.data(), place_.size()};
  args.workers = build.workers;
  if (!guarded(scope, "create", [&] { instance_ = plugin.create(&args); })) return false;
  is_made_ = instance_ != nullptr;
  if (!is_made_ && scope.reported() == 0)
    scope.report(nullptr, fmt::format("plugin \"{}\" could not be made and gave no reason", plugin.name));
  if (!is_made_ || scope.reported() != 0) return false;
  choose_hooks();
  return true;
}

bool Instance::make_workers(std::uint32_t workers, CreateScope& scope) {
  const auto& plugin = library_->plugin();
  selves_.reserve(workers);
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    void* state = instance_;
    if (plugin.create_worker) {
      if (!guarded(scope, "create_worker", [&] { state = plugin.create_worker(instance_, worker); }))
        return false;
      if (!state && scope.reported() == 0)
        scope.report(nullptr, fmt::format("plugin \"{}\" could not be made for worker {} and gave no reason",
                                          plugin.name, worker));
      if (!state) return false;
    }
    selves_.push_back(state);
    if (scope.reported() != 0) return false;
  }
  return true;
}

void Instance::choose_hooks() {
  const auto& plugin = library_->plugin();
  constexpr auto kAll = (1u << SLUICE_PHASES) - 1;
  auto wanted = plugin.wants && instance_ ? plugin.wants(instance_) & kAll : kAll;
  hooks_ = library_->hooks();
  auto choose = [&](sluice_phase phase, auto& hook) {
    if (!((wanted >> phase) & 1u)) hook = nullptr;
    if (hook) wanted_ |= 1u << phase;
  };
  choose(SLUICE_ON_CONNECT, hooks_.on_connect);
  choose(SLUICE_ON_REQUEST, hooks_.on_request);
  choose(SLUICE_ON_REQUEST_BODY, hooks_.on_request_body);
  choose(SLUICE_ON_ROUTE, hooks_.on_route);
  choose(SLUICE_ON_BALANCE, hooks_.on_balance);
  choose(SLUICE_ON_UPSTREAM_REQUEST, hooks_.on_upstream_request);
  choose(SLUICE_ON_RESPONSE, hooks_.on_response);
  choose(SLUICE_ON_RESPONSE_BODY, hooks_.on_response_body);
  choose(SLUICE_ON_ERROR, hooks_.on_error);
  choose(SLUICE_ON_LOG, hooks_.on_log);
}

Instance::~Instance() {
  const auto& plugin = library_->plugin();
  if (plugin.create_worker && plugin.destroy_worker)
    for (auto* state : selves_)
      plugin.destroy_worker(instance_, state);
  if (is_made_ && plugin.destroy) plugin.destroy(instance_);
}

}  // namespace sluice
