#include "support/fake_abilities.h"

#include <sluice/ext/balance.h>
#include <sluice/ext/callout.h>
#include <sluice/ext/log.h>
#include <sluice/ext/routes.h>
#include <sluice/ext/sink.h>
#include <sluice/ext/timer.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "plugin/sinks.h"
#include "support/fake_host.h"

namespace sluice::test {
namespace {

FakeHost* current = nullptr;

}  // namespace

struct FakeAbilityCalls {
  static FakeHost& host() {
    if (!current) throw std::logic_error("no FakeHost lives");
    return *current;
  }

  // ---- sluice.routes/1 ----
  static std::size_t route_count(const sluice_create*) { return host().routes_.size(); }

  static const sluice_config* route_config(const sluice_create*, std::size_t index) {
    return index < host().routes_.size() ? to_abi(host().routes_[index].node) : nullptr;
  }

  static void route_name(const sluice_create*, std::size_t index, sluice_str* out) {
    const auto& name = host().routes_.at(index).name;
    *out = {name.data(), name.size()};
  }

  static sluice_status select(sluice_exchange* raw, std::size_t index) {
    auto& ex = from_abi(raw);
    if (ex.phase_ != SLUICE_ON_REQUEST && ex.phase_ != SLUICE_ON_ROUTE) return SLUICE_WRONG_PHASE;
    if (index >= ex.host_.routes_.size()) return SLUICE_NOT_FOUND;
    const auto& name = ex.host_.routes_[index].name;
    return fake_exchange_api().set(raw, SLUICE_ROUTE, name.data(), name.size());
  }

  static std::int64_t selected(sluice_exchange* raw) { return from_abi(raw).route_index_; }

  static std::int64_t upstream_find(const sluice_create*, const char* name, std::size_t size) {
    const auto* upstream = host().upstream({name, size});
    return upstream ? upstream - host().upstreams_.data() : -1;
  }

  static sluice_status upstream_select(sluice_exchange* raw, std::int64_t index) {
    const auto& upstreams = host().upstreams_;
    if (index < 0 || static_cast<std::size_t>(index) >= upstreams.size()) return SLUICE_NOT_FOUND;
    const auto& name = upstreams[static_cast<std::size_t>(index)].name;
    return fake_exchange_api().set(raw, SLUICE_UPSTREAM, name.data(), name.size());
  }

  static sluice_status upstream_override(sluice_exchange* raw, std::int64_t index) {
    auto& ex = from_abi(raw);
    if (ex.phase_ != SLUICE_ON_REQUEST && ex.phase_ != SLUICE_ON_ROUTE) return SLUICE_WRONG_PHASE;
    if (index < -1 || index >= static_cast<std::int64_t>(host().upstreams_.size())) return SLUICE_NOT_FOUND;
    ex.override_ = index;
    return SLUICE_OK;
  }

  static std::int64_t listener_find(const sluice_create*, const char* name, std::size_t size) {
    const auto& names = host().listeners_;
    const auto it = std::ranges::find(names, std::string_view(name, size));
    return it == names.end() ? -1 : it - names.begin();
  }

  // ---- sluice.balance/1 ----
  static std::vector<FakeEndpoint>* endpoints(FakeExchange& ex) {
    auto* upstream = ex.host_.upstream(ex.field(SLUICE_UPSTREAM));
    return upstream ? &upstream->endpoints : nullptr;
  }

  static std::size_t endpoint_count(sluice_exchange* raw) {
    const auto* list = endpoints(from_abi(raw));
    return list ? list->size() : 0;
  }

  // Only what the caller's struct has room for.
  static sluice_status view(sluice_exchange* raw, std::size_t index, sluice_endpoint_view* out) {
    const auto* list = endpoints(from_abi(raw));
    if (!list || index >= list->size()) return SLUICE_NOT_FOUND;
    const auto& each = (*list)[index];
    const bool is_full = each.max_in_flight != 0 && each.in_flight >= each.max_in_flight;
    sluice_endpoint_view all{};
    all.size = std::min(out->size, sizeof all);
    all.address = {each.address.data(), each.address.size()};
    all.weight = each.weight;
    all.in_flight = each.in_flight;
    all.usable = each.usable && each.blocks == 0 && !is_full && !each.tried;
    all.tried = each.tried;
    all.priority = each.priority;
    all.blocks = each.blocks;
    all.max_in_flight = each.max_in_flight;
    all.latency_us = each.latency_us;
    all.id = each.id;
    all.zone = {each.zone.data(), each.zone.size()};
    std::memcpy(out, &all, all.size);
    return SLUICE_OK;
  }

  static sluice_status pick(sluice_exchange* raw, std::size_t index) {
    auto& ex = from_abi(raw);
    if (ex.phase_ != SLUICE_ON_BALANCE) return SLUICE_WRONG_PHASE;
    const auto* list = endpoints(ex);
    if (!list || index >= list->size()) return SLUICE_NOT_FOUND;
    if ((*list)[index].blocks & (SLUICE_BLOCK_DISABLED | SLUICE_BLOCK_GONE)) return SLUICE_INVALID;
    ex.picked_endpoint_ = static_cast<std::int64_t>(index);
    ex.fields_[SLUICE_ENDPOINT] = (*list)[index].address;
    return SLUICE_OK;
  }

  template <class Matches>
  static sluice_status index_of(sluice_exchange* raw, std::size_t* index, Matches matches) {
    const auto* list = endpoints(from_abi(raw));
    if (!list) return SLUICE_NOT_FOUND;
    const auto it = std::ranges::find_if(*list, matches);
    if (it == list->end()) return SLUICE_NOT_FOUND;
    *index = static_cast<std::size_t>(it - list->begin());
    return SLUICE_OK;
  }

  static sluice_status find(sluice_exchange* raw, std::uint64_t id, std::size_t* index) {
    return index_of(raw, index, [&](const FakeEndpoint& each) { return each.id == id; });
  }

  static sluice_status current_endpoint(sluice_exchange* raw, std::size_t* index) {
    const auto& ex = from_abi(raw);
    if (!ex.has(SLUICE_ENDPOINT)) return SLUICE_NOT_FOUND;
    return index_of(raw, index,
                    [&](const FakeEndpoint& each) { return each.address == ex.field(SLUICE_ENDPOINT); });
  }

  static sluice_status hash(sluice_exchange* raw, const char* key, std::size_t size) {
    auto& ex = from_abi(raw);
    if (!ex.in(SLUICE_ON_REQUEST, SLUICE_ON_BALANCE)) return SLUICE_WRONG_PHASE;
    ex.hash_key_ = std::string(key, size);
    return SLUICE_OK;
  }

  static sluice_status retry(sluice_exchange* raw) {
    auto& ex = from_abi(raw);
    if (ex.phase_ != SLUICE_ON_RESPONSE) return SLUICE_WRONG_PHASE;
    if (ex.attempts_left_ == 0) return SLUICE_INVALID;
    ex.wants_retry_ = true;
    return SLUICE_OK;
  }

  // One for the process, since a plugin may ask for it in its entry, which runs once.
  static sluice_balance_api& balance_table() {
    static sluice_balance_api table = {sizeof(sluice_balance_api), endpoint_count, view, pick, find,
                                       current_endpoint,           hash,           retry};
    return table;
  }

  // ---- sluice.log/1 ----
  static void write(sluice_log_level level, sluice_exchange*, const char* plugin, const char* text,
                    std::size_t size) {
    record(level, nullptr, plugin, text, size, nullptr, nullptr, 0);
  }

  static bool enabled(sluice_log_level) { return true; }

  static void record(sluice_log_level level, sluice_exchange*, const char* plugin, const char* text,
                     std::size_t size, const sluice_str* names, const sluice_str* values, std::size_t count) {
    FakeLogLine line{level, plugin ? plugin : "", std::string(text, size), {}};
    for (std::size_t i = 0; i < count; ++i)
      line.fields.emplace_back(std::string(names[i].data, names[i].size),
                               std::string(values[i].data, values[i].size));
    std::lock_guard lock(host().log_mutex_);
    host().log_.push_back(std::move(line));
  }

  // ---- sluice.timer/1 ----
  static sluice_timer* after(sluice_exchange* ex, std::uint64_t milliseconds, void (*fn)(void* user),
                             void* user) {
    auto& host = from_abi(ex).host_;
    const auto id = host.next_timer_++;
    host.timers_[id] = {host.monotonic_us_ + milliseconds * 1000, fn, user};
    return reinterpret_cast<sluice_timer*>(id);
  }

  static void cancel(sluice_timer* timer) { host().timers_.erase(reinterpret_cast<std::uint64_t>(timer)); }
  static std::uint64_t monotonic_us() { return host().monotonic_us_; }
  static std::uint64_t unix_us() { return host().unix_us_; }

  // ---- sluice.callout/1 ----
  static sluice_worker* worker(sluice_exchange* ex) {
    return reinterpret_cast<sluice_worker*>(&from_abi(ex).host_);
  }

  static sluice_status start(sluice_worker* worker, const sluice_callout_request* request,
                             sluice_callout_fn on_done, void* user, sluice_callout** out) {
    auto& host = *reinterpret_cast<FakeHost*>(worker);
    if (host.callout_status_ != SLUICE_OK) return host.callout_status_;
    const auto text = [](const sluice_str& from) {
      return from.data ? std::string(from.data, from.size) : "";
    };
    if (!host.upstream(text(request->upstream))) return SLUICE_NOT_FOUND;
    auto& callout = host.callouts_.emplace_back();
    callout.upstream = text(request->upstream);
    callout.method = text(request->method);
    callout.target = text(request->target);
    callout.host = text(request->host);
    callout.body = text(request->body);
    for (std::size_t i = 0; i < request->header_count; ++i)
      callout.headers.emplace_back(text(request->names[i]), text(request->values[i]));
    callout.timeout_ms = request->timeout_ms;
    callout.body_limit = request->body_limit;
    callout.cut_body = request->cut_body;
    callout.on_done = on_done;
    callout.user = user;
    if (out) *out = reinterpret_cast<sluice_callout*>(&callout);
    return SLUICE_OK;
  }

  static void cancel_callout(sluice_callout* callout) {
    reinterpret_cast<FakeCallout*>(callout)->over = true;
  }

  static const void* ability(const sluice_host*, const char* id) {
    static const sluice_routes_api routes = {sizeof(sluice_routes_api),
                                             route_count,
                                             route_config,
                                             route_name,
                                             select,
                                             selected,
                                             upstream_find,
                                             upstream_select,
                                             listener_find,
                                             upstream_override};
    static const auto& balance = balance_table();
    static const sluice_log_api log = {sizeof(sluice_log_api), write, enabled, record};
    static const sluice_timer_api timer = {sizeof(sluice_timer_api), after, cancel, monotonic_us, unix_us};
    static const sluice_callout_api callout = {sizeof(sluice_callout_api), worker, start, cancel_callout};
    static const std::map<std::string, const void*, std::less<>> all = {
        {SLUICE_ROUTES, &routes}, {SLUICE_BALANCE, &balance}, {SLUICE_LOG, &log},
        {SLUICE_TIMER, &timer},   {SLUICE_CALLOUT, &callout}, {SLUICE_SINK, &Sinks::ability()}};
    if (current && current->denied_.contains(id)) return nullptr;
    const auto it = all.find(std::string_view(id));
    return it == all.end() ? nullptr : it->second;
  }
};

const sluice_host& fake_sluice_host() {
  static const sluice_host host = {sizeof(sluice_host),      SLUICE_ABI_MAJOR,     SLUICE_ABI_MINOR,
                                   SLUICE_VERSION,           &fake_exchange_api(), &fake_config_api(),
                                   FakeAbilityCalls::ability};
  return host;
}

void set_older_balance() { FakeAbilityCalls::balance_table().size = offsetof(sluice_balance_api, find); }

void set_current_host(FakeHost* host) {
  if (host && current) throw std::logic_error("another FakeHost lives");
  current = host;
  FakeAbilityCalls::balance_table().size = sizeof(sluice_balance_api);
}

}  // namespace sluice::test
