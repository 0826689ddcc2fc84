#include "support/fake_host.h"

#include <dlfcn.h>
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <sluice/ext/balance.h>
#include <sluice/ext/routes.h>
#include <sluice/ext/timer.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>

#include "support/fake_abilities.h"
#include "support/fake_wait.h"

namespace sluice::test {
namespace {

// What the host itself takes in a [[route]] and a [[plugin]] table; plugins add to it.
const std::set<std::string> kRouteKeys = {"name", "upstream", "plugin", "timeouts", "limits", "forwarding"};
const std::set<std::string> kPluginKeys = {"use", "name", "on_failure"};
// What is never part of a plugin's own table.
const std::set<std::string> kSections = {"listener", "upstream", "route", "plugin", "server"};

// Never null; static lifetime.
const sluice_plugin* load_object(const std::string& path) {
  static std::map<std::string, const sluice_plugin*> loaded;
  auto& plugin = loaded[path];
  if (plugin) return plugin;
  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object) throw std::runtime_error(dlerror());
  auto entry = reinterpret_cast<sluice_plugin_entry_fn>(dlsym(object, "sluice_plugin_entry"));
  if (!entry) throw std::runtime_error(path + " has no sluice_plugin_entry");
  plugin = entry(&fake_sluice_host());
  if (!plugin) throw std::runtime_error(path + " refused to load");
  for (const auto& key : std::span(plugin->keys, plugin->key_count))
    if (kPluginKeys.contains(key.name))
      throw std::runtime_error(path + ": key \"" + key.name + "\" belongs to the gateway");
  if (plugin->abi_major != SLUICE_ABI_MAJOR) throw std::runtime_error(path + " is built for another ABI");
  return plugin;
}

std::string object_path(std::string_view name) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  return SLUICE_BINARY_DIR "/plugins/" + std::string(name) + ".so";
}

template <class Member>
bool reaches(const sluice_plugin& plugin, Member member) {
  const auto offset =
      reinterpret_cast<const char*>(&(plugin.*member)) - reinterpret_cast<const char*>(&plugin);
  return plugin.size >= static_cast<std::size_t>(offset) + sizeof(plugin.*member);
}

sluice_hook_fn hook_of(const sluice_hooks& hooks, sluice_phase phase) {
  switch (phase) {
    case SLUICE_ON_CONNECT: return hooks.on_connect;
    case SLUICE_ON_REQUEST: return hooks.on_request;
    case SLUICE_ON_ROUTE: return hooks.on_route;
    case SLUICE_ON_BALANCE: return hooks.on_balance;
    case SLUICE_ON_UPSTREAM_REQUEST: return hooks.on_upstream_request;
    case SLUICE_ON_RESPONSE: return hooks.on_response;
    case SLUICE_ON_ERROR: return hooks.on_error;
    case SLUICE_ON_LOG: return hooks.on_log;
    default: return nullptr;
  }
}

sluice_body_hook_fn body_hook_of(const sluice_hooks& hooks, sluice_phase phase) {
  if (phase == SLUICE_ON_REQUEST_BODY) return hooks.on_request_body;
  return phase == SLUICE_ON_RESPONSE_BODY ? hooks.on_response_body : nullptr;
}

bool is_reversed(int phase) {
  return phase == SLUICE_ON_RESPONSE || phase == SLUICE_ON_RESPONSE_BODY || phase == SLUICE_ON_ERROR;
}

// The same in every process (FNV-1a), as the contract of `sluice_endpoint_view.id` asks.
std::uint64_t endpoint_id(std::string_view upstream, std::string_view address) {
  std::uint64_t id = 0xcbf29ce484222325;
  for (const auto part : {upstream, std::string_view("\n"), address})
    for (const unsigned char c : part)
      id = (id ^ c) * 0x100000001b3;
  return id;
}

FakeUpstream read_upstream(const toml::table& table) {
  FakeUpstream upstream{table["name"].value_or(std::string()), {}};
  const auto* endpoints = table["endpoints"].as_array();
  for (std::size_t i = 0; endpoints && i < endpoints->size(); ++i) {
    const auto& each = *endpoints->get(i);
    FakeEndpoint endpoint;
    if (const auto* fields = each.as_table()) {
      endpoint.address = (*fields)["address"].value_or(std::string());
      endpoint.weight = static_cast<std::uint32_t>((*fields)["weight"].value_or(std::int64_t{1}));
    } else {
      endpoint.address = each.value_or(std::string());
    }
    endpoint.id = endpoint_id(upstream.name, endpoint.address);
    upstream.endpoints.push_back(std::move(endpoint));
  }
  return upstream;
}

}  // namespace

FakeHost::FakeHost() : folder_(SLUICE_SOURCE_DIR) { set_current_host(this); }

FakeHost::~FakeHost() {
  for (auto& callout : callouts_)
    if (!callout.over) fail(callout, "draining");
  for (auto it = plugins_.rbegin(); it != plugins_.rend(); ++it) {
    auto& use = **it;
    if (!use.instance) continue;
    if (use.plugin->create_worker && use.plugin->destroy_worker)
      for (void* worker : use.workers)
        use.plugin->destroy_worker(use.instance, worker);
    if (use.plugin->destroy) use.plugin->destroy(use.instance);
  }
  run_gone();
  set_current_host(nullptr);
}

void FakeHost::with_older_balance() { set_older_balance(); }

FakeNode* FakeHost::own_table(FakeDocument& document, const sluice_plugin& plugin) {
  const std::span keys(plugin.keys, plugin.key_count);
  for (const auto* table : document.tables("plugin")) {
    if ((*table)["use"].value_or(std::string_view()) != plugin.name) continue;
    document.check(*table, keys, kPluginKeys);
    auto* node = document.node(*table, keys);
    node->hidden = kPluginKeys;
    return node;
  }
  document.check(document.root(), keys, kSections);
  auto* node = document.node(document.root(), keys);
  node->hidden = kSections;
  return node;
}

void FakeHost::read_routes(FakeDocument& document, std::string_view loading) {
  routes_.clear();
  upstreams_.clear();
  listeners_ = {"main"};
  for (const auto* table : document.tables("listener"))
    if (auto listener = (*table)["name"].value<std::string>()) listeners_.push_back(std::move(*listener));
  for (const auto* table : document.tables("upstream"))
    upstreams_.push_back(read_upstream(*table));

  std::set<std::string> used = {std::string(loading)};
  for (const auto* table : document.tables("plugin"))
    used.insert((*table)["use"].value_or(std::string(loading)));
  auto& keys = *key_lists_.emplace_back(std::make_unique<std::vector<sluice_key>>());
  for (const auto& name : used) {
    const auto* plugin = load_object(object_path(name));
    keys.insert(keys.end(), plugin->route_keys, plugin->route_keys + plugin->route_key_count);
  }
  for (const auto* table : document.tables("route")) {
    document.check(*table, keys, kRouteKeys);
    Route route;
    route.name = (*table)["name"].value_or("route-" + std::to_string(routes_.size() + 1));
    route.upstream = (*table)["upstream"].value_or(std::string());
    route.node = document.node(*table, keys);
    if (!route.upstream.empty() && !upstream(route.upstream))
      document.problem(table->get("upstream")->source().begin,
                       "upstream \"" + route.upstream + "\" is not configured");
    routes_.push_back(std::move(route));
  }
}

FakePlugin* FakeHost::load(std::string_view name, std::string_view toml) {
  const auto& plugin = *load_object(object_path(name));
  const auto before = problems_.size();
  auto& document =
      *documents_.emplace_back(std::make_unique<FakeDocument>(toml, folder_ + "/test.toml", problems_));
  if (!toml.empty()) {
    if (!share_snapshot_ || snapshot_ == 0) ++snapshot_;
    read_routes(document, name);
  }
  const auto* table = own_table(document, plugin);
  if (problems_.size() > before) return nullptr;

  auto use = std::make_unique<FakePlugin>();
  use->plugin = &plugin;
  const sluice_create args = {sizeof(sluice_create),
                              &fake_sluice_host(),
                              to_abi(table),
                              snapshot_,
                              {place_.data(), place_.size()},
                              workers_};
  use->instance = plugin.create ? plugin.create(&args) : nullptr;
  auto& kept = *plugins_.emplace_back(std::move(use));
  for (std::uint32_t i = 0; kept.instance && i < workers_; ++i)
    kept.workers.push_back(plugin.create_worker ? plugin.create_worker(kept.instance, i) : kept.instance);
  if (kept.instance && reaches(plugin, &sluice_plugin::wants) && plugin.wants)
    kept.wanted = plugin.wants(kept.instance);
  const bool ok =
      kept.instance && problems_.size() == before && std::ranges::count(kept.workers, nullptr) == 0;
  return ok ? &kept : nullptr;
}

sluice_verdict FakeHost::run(sluice_phase phase, FakeExchange& ex) {
  ex.phase_ = phase;
  ex.next_plugin_ = 0;
  ex.numbers_[SLUICE_PHASE] = phase;
  if (phase == SLUICE_ON_UPSTREAM_REQUEST)
    ex.maps_[SLUICE_UPSTREAM_HEADERS] = ex.maps_[SLUICE_REQUEST_HEADERS];
  return go_on(ex);
}

sluice_verdict FakeHost::run(sluice_phase phase, FakeExchange& ex, std::string_view piece, bool last) {
  ex.chunk_ = {sizeof(sluice_chunk), piece.data(), piece.size(), last};
  ex.passed_on_ = piece;
  const auto verdict = run(phase, ex);
  // As in the gateway, the bytes of a piece that waits are moved.
  if (verdict == SLUICE_PAUSE) {
    ex.held_piece_ = piece;
    ex.chunk_.data = ex.held_piece_.data();
  }
  return verdict;
}

sluice_verdict FakeHost::call(FakeExchange& ex, FakePlugin& use) {
  const auto phase = static_cast<sluice_phase>(ex.phase_);
  if (!use.instance || !use.plugin->hooks || !(use.wanted & (1U << phase))) return SLUICE_CONTINUE;
  void* self = use.workers.at(static_cast<std::size_t>(ex.numbers_[SLUICE_WORKER]));
  if (auto hook = hook_of(*use.plugin->hooks, phase)) return hook(to_abi(ex), self);
  if (auto hook = body_hook_of(*use.plugin->hooks, phase); hook && ex.chunk_.size != 0)
    return hook(to_abi(ex), self, &ex.chunk_);
  return SLUICE_CONTINUE;
}

sluice_verdict FakeHost::go_on(FakeExchange& ex) {
  auto verdict = SLUICE_CONTINUE;
  while (verdict == SLUICE_CONTINUE && ex.next_plugin_ < plugins_.size()) {
    const auto index = ex.next_plugin_++;
    verdict = call(ex, *plugins_[is_reversed(ex.phase_) ? plugins_.size() - 1 - index : index]);
  }
  finish(ex, verdict);
  return verdict;
}

void FakeHost::finish(FakeExchange& ex, sluice_verdict verdict) {
  if (verdict == SLUICE_PAUSE) {
    if (!ex.wait_) throw std::logic_error("a hook returned PAUSE without a token");
    return;
  }
  if (verdict == SLUICE_CONTINUE && ex.phase_ == SLUICE_ON_ROUTE && ex.override_ >= 0 &&
      (ex.route_index_ >= 0 || ex.has(SLUICE_UPSTREAM) || routes_.empty()))
    ex.fields_[SLUICE_UPSTREAM] = upstreams_[static_cast<std::size_t>(ex.override_)].name;
  if (verdict == SLUICE_RESPOND && !ex.responded_)
    fake_exchange_api().respond(to_abi(ex), 204, nullptr, 0, nullptr, 0);
  ex.phase_ = -1;
}

sluice_verdict FakeHost::step(FakeExchange& ex) {
  if (!ex.wait_) throw std::logic_error("the exchange is not paused");
  const auto answer = ex.wait_->take();
  if (!answer) throw std::runtime_error("the plugin did not resume the exchange");
  ex.wait_.reset();
  auto verdict = answer->fn ? answer->fn(to_abi(ex), answer->user) : answer->verdict;
  if (verdict == SLUICE_CONTINUE) verdict = go_on(ex);
  if (verdict != SLUICE_PAUSE) finish(ex, verdict);
  return verdict;
}

bool FakeHost::is_resumed(FakeExchange& ex) { return ex.wait_ && ex.wait_->is_answered(); }

sluice_verdict FakeHost::settle(FakeExchange& ex) {
  auto verdict = step(ex);
  while (verdict == SLUICE_PAUSE) {
    verdict = step(ex);
  }
  return verdict;
}

std::string FakeHost::problem_text() const {
  std::string out;
  for (const auto& problem : problems_)
    out += problem.shown() + "\n";
  return out;
}

std::string FakeHost::log_text(sluice_log_level least) const {
  std::string out;
  for (const auto& line : log_)
    if (line.level >= least) out += line.plugin + ": " + line.text + "\n";
  return out;
}

void FakeHost::advance(std::uint64_t milliseconds) {
  monotonic_us_ += milliseconds * 1000;
  unix_us_ += milliseconds * 1000;
  for (;;) {
    const auto due = std::ranges::min_element(
        timers_, {}, [](const auto& each) { return std::pair(each.second.due_us, each.first); });
    if (due == timers_.end() || due->second.due_us > monotonic_us_) break;
    const auto timer = due->second;
    timers_.erase(due);
    timer.fn(timer.user);
  }
  run_gone();
}

void FakeHost::answer(FakeCallout& callout, int status, const FakeHeaders& headers, std::string_view body) {
  if (std::exchange(callout.over, true)) throw std::logic_error("the callout is over");
  const auto str = [](std::string_view text) {
    return sluice_str{text.data(), text.size()};
  };
  std::vector<sluice_str> names, values;
  for (const auto& [name, value] : headers) {
    names.push_back(str(name));
    values.push_back(str(value));
  }
  sluice_callout_result result{};
  result.size = sizeof result;
  result.status = status;
  result.names = names.data();
  result.values = values.data();
  result.header_count = names.size();
  result.body = str(body.substr(0, callout.body_limit));
  result.body_bytes = body.size();
  callout.on_done(&result, callout.user);
}

void FakeHost::fail(FakeCallout& callout, std::string_view reason) {
  if (std::exchange(callout.over, true)) throw std::logic_error("the callout is over");
  sluice_callout_result result{};
  result.size = sizeof result;
  result.reason = {reason.data(), reason.size()};
  callout.on_done(&result, callout.user);
}

FakeUpstream* FakeHost::upstream(std::string_view name) {
  const auto it = std::ranges::find(upstreams_, name, &FakeUpstream::name);
  return it == upstreams_.end() ? nullptr : &*it;
}

}  // namespace sluice::test
