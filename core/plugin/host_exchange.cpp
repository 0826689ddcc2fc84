#include "plugin/host_exchange.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/ascii.h"
#include "exchange/callout.h"
#include "exchange/exchange.h"
#include "net/timer.h"

namespace sluice {
namespace {

Exchange& of(sluice_exchange* ex) { return static_cast<Exchange&>(*ex); }

std::string_view view(const char* data, std::size_t size) { return {data != nullptr ? data : "", size}; }

sluice_status give(std::string_view text, bool present, sluice_str* out) {
  if (!present) return SLUICE_NOT_FOUND;
  *out = {text.data() != nullptr ? text.data() : "", text.size()};
  return SLUICE_OK;
}
sluice_status give(std::string_view text, sluice_str* out) { return give(text, !text.empty(), out); }

// A number from a plugin as an index; -1, which nothing has, for one that no index can be.
template <class Number>
int to_index(Number number) {
  return std::in_range<int>(number) && number >= Number{0} ? static_cast<int>(number) : -1;
}

// As much of `record` as the plugin that made *out knew of.
template <class Record>
void fill(Record* out, const Record& record) {
  std::memcpy(out, &record, std::min(out->size, sizeof record));
}

std::string_view protocol(Version version) {
  switch (version) {
    case Version::http10: return "HTTP/1.0";
    case Version::http11: return "HTTP/1.1";
    case Version::http2: break;
  }
  return "HTTP/2";
}

// ---- texts and numbers ----

sluice_status get(sluice_exchange* ex, sluice_field field, sluice_str* out) {
  Exchange& exchange = of(ex);
  const RequestHead& request = exchange.request();
  switch (field) {
    case SLUICE_METHOD: return give(request.method, out);
    case SLUICE_TARGET: return give(request.target, out);
    case SLUICE_PATH: return give(exchange.path(), out);
    case SLUICE_RAW_PATH: return give(request.raw_path, out);
    case SLUICE_QUERY: return give(request.query, request.has_query, out);
    case SLUICE_SCHEME: return give(exchange.scheme(), out);
    case SLUICE_AUTHORITY: return give(exchange.authority(), out);
    case SLUICE_HOST: return give(exchange.host(), out);
    case SLUICE_PROTOCOL: return give(protocol(request.version), out);
    case SLUICE_CLIENT: return give(exchange.client_address(), out);
    case SLUICE_REMOTE: return give(exchange.remote_text(), out);
    case SLUICE_LISTENER: return give(exchange.listener().name, out);
    case SLUICE_ROUTE:
      return exchange.route() < 0
                 ? SLUICE_NOT_FOUND
                 : give(exchange.plan().routes[static_cast<std::size_t>(exchange.route())].name, out);
    case SLUICE_UPSTREAM:
      return exchange.group_object() == nullptr ? SLUICE_NOT_FOUND
                                                : give(exchange.group_object()->name(), out);
    case SLUICE_ENDPOINT:
      return exchange.member() == nullptr ? SLUICE_NOT_FOUND : give(exchange.member()->endpoint->text(), out);
    case SLUICE_REQUEST_ID: return give(exchange.request_id(), out);
    case SLUICE_ORIGIN: return give(name(exchange.origin()), out);
    case SLUICE_REASON: return exchange.error() ? give(reason(exchange.error().code), out) : SLUICE_NOT_FOUND;
    case SLUICE_PLUGIN:
      return exchange.blamed() == nullptr ? SLUICE_NOT_FOUND : give(exchange.blamed()->label, out);
  }
  return SLUICE_NOT_FOUND;
}

sluice_status set(sluice_exchange* ex, sluice_field field, const char* data, std::size_t size) {
  Exchange& exchange = of(ex);
  const auto text = view(data, size);
  auto index_in = [&text](const std::unordered_map<std::string, int>& names) {
    auto found = names.find(std::string(text));
    return found == names.end() ? -1 : found->second;
  };
  switch (field) {
    case SLUICE_METHOD: return exchange.set_method(text);
    case SLUICE_PATH: return exchange.set_path(text);
    case SLUICE_QUERY: return exchange.set_query(text, data != nullptr);
    case SLUICE_AUTHORITY: return exchange.set_authority(text);
    case SLUICE_ROUTE: return exchange.select_route(index_in(exchange.plan().route_by_name));
    case SLUICE_UPSTREAM: return exchange.select_group(index_in(exchange.plan().group_by_name));
    case SLUICE_ENDPOINT: {
      const EndpointSet* endpoints = exchange.set();
      return endpoints == nullptr ? SLUICE_NOT_FOUND : exchange.select_endpoint(endpoints->find(text));
    }
    default: return SLUICE_WRONG_PHASE;
  }
}

std::int64_t number(sluice_exchange* ex, sluice_number which) { return of(ex).number(which); }

sluice_status set_number(sluice_exchange* ex, sluice_number which, std::int64_t value) {
  if (which != SLUICE_STATUS) return SLUICE_WRONG_PHASE;
  if (value < 0 || value > 999) return SLUICE_INVALID;
  return of(ex).set_status(static_cast<int>(value));
}

// ---- headers ----

// Fields that frame the message or manage the connection: the writer's own.
bool is_reserved(std::string_view name) {
  switch (header_id(name)) {
    case HeaderId::content_length:
    case HeaderId::transfer_encoding:
    case HeaderId::connection:
    case HeaderId::keep_alive:
    case HeaderId::upgrade:
    case HeaderId::te:
    case HeaderId::trailer:
    case HeaderId::proxy_connection: return true;
    default: return false;
  }
}

std::size_t header_count(sluice_exchange* ex, sluice_map map) {
  const HeaderMap* headers = of(ex).header_map(map, false);
  return headers == nullptr ? 0 : headers->size();
}

sluice_status header_at(sluice_exchange* ex, sluice_map map, std::size_t index, sluice_str* name,
                        sluice_str* value) {
  const HeaderMap* headers = of(ex).header_map(map, false);
  if (headers == nullptr || index >= headers->size()) return SLUICE_NOT_FOUND;
  const Field& field = headers->fields()[index];
  give(field.name, true, name);
  return give(field.value, true, value);
}

sluice_status header_get(sluice_exchange* ex, sluice_map map, const char* name, std::size_t name_size,
                         std::size_t nth, sluice_str* value) {
  const HeaderMap* headers = of(ex).header_map(map, false);
  if (headers == nullptr) return SLUICE_NOT_FOUND;
  const auto found = headers->get(view(name, name_size), nth);
  return found ? give(*found, true, value) : SLUICE_NOT_FOUND;
}

template <class Change>
sluice_status change(sluice_exchange* ex, sluice_map map, std::string_view name, Change apply) {
  HeaderMap* headers = of(ex).header_map(map, true);
  if (headers == nullptr) return SLUICE_WRONG_PHASE;
  if (is_reserved(name)) return SLUICE_INVALID;
  return apply(*headers);
}

sluice_status header_set(sluice_exchange* ex, sluice_map map, const char* name, std::size_t name_size,
                         const char* value, std::size_t value_size) {
  return change(ex, map, view(name, name_size), [&](HeaderMap& headers) {
    return headers.set(view(name, name_size), view(value, value_size)) == FieldFault::none ? SLUICE_OK
                                                                                           : SLUICE_INVALID;
  });
}

sluice_status header_add(sluice_exchange* ex, sluice_map map, const char* name, std::size_t name_size,
                         const char* value, std::size_t value_size) {
  return change(ex, map, view(name, name_size), [&](HeaderMap& headers) {
    return headers.add(view(name, name_size), view(value, value_size)) == FieldFault::none ? SLUICE_OK
                                                                                           : SLUICE_INVALID;
  });
}

sluice_status header_remove(sluice_exchange* ex, sluice_map map, const char* name, std::size_t name_size) {
  return change(ex, map, view(name, name_size), [&](HeaderMap& headers) {
    return headers.remove(view(name, name_size)) > 0 ? SLUICE_OK : SLUICE_NOT_FOUND;
  });
}

// ---- answers, bodies, slots, waiting, notes ----

sluice_status respond(sluice_exchange* ex, std::int32_t status, const char* type, std::size_t type_size,
                      const char* body, std::size_t body_size) {
  return of(ex).respond(status, view(type, type_size), view(body, body_size));
}

sluice_status fail_reason(sluice_exchange* ex, const char* text, std::size_t size) {
  of(ex).fail_reason(view(text, size));
  return SLUICE_OK;
}

sluice_status body_whole(sluice_exchange* ex, bool response, std::uint64_t limit) {
  return of(ex).want_whole_body(response, limit);
}
sluice_status body_replace(sluice_exchange* ex, const char* data, std::size_t size) {
  return of(ex).replace_chunk(view(data, size));
}

sluice_status body(sluice_exchange* ex, sluice_str* out) {
  const auto whole = of(ex).whole_request_body();
  return whole ? give(*whole, true, out) : SLUICE_NOT_FOUND;
}

void slot_set(sluice_exchange* ex, std::int32_t slot, void* value) {
  if (slot >= 0 && static_cast<std::size_t>(slot) < Exchange::kSlots)
    of(ex).set_slot(static_cast<std::size_t>(slot), value);
}

void* slot_get(sluice_exchange* ex, std::int32_t slot) {
  return slot >= 0 && static_cast<std::size_t>(slot) < Exchange::kSlots
             ? of(ex).slot(static_cast<std::size_t>(slot))
             : nullptr;
}

sluice_token* pause(sluice_exchange* ex) { return of(ex).pause(); }
bool resume(sluice_token* token, sluice_verdict verdict) { return token_resume(token, verdict); }
bool resume_with(sluice_token* token, sluice_resume_fn fn, void (*gone)(void*), void* user) {
  return token_resume_with(token, fn, gone, user);
}
void drop(sluice_token* token) { token_resume(token, SLUICE_FAIL); }

sluice_status note(sluice_exchange* ex, const char* name, std::size_t name_size, const char* value,
                   std::size_t value_size) {
  return of(ex).note(view(name, name_size), view(value, value_size));
}

sluice_status note_at(sluice_exchange* ex, std::size_t index, sluice_str* name, sluice_str* value) {
  const auto notes = of(ex).notes();
  if (index >= notes.size()) return SLUICE_NOT_FOUND;
  give(notes[index].name, true, name);
  return give(notes[index].value, true, value);
}

sluice_status note_get(sluice_exchange* ex, const char* name, std::size_t name_size, sluice_str* value) {
  for (auto& note : of(ex).notes())
    if (note.name == view(name, name_size)) return give(note.value, true, value);
  return SLUICE_NOT_FOUND;
}

// ---- timer ----

sluice_timer* timer_after(sluice_exchange* ex, std::uint64_t milliseconds, void (*fn)(void*), void* user) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 31;
  return reinterpret_cast<sluice_timer*>(Timer::start(of(ex).home().loop(), std::min(milliseconds, kMost), fn,
                                                      user, &of(ex).worker_plan().timers));
}
void timer_cancel(sluice_timer* timer) { reinterpret_cast<Timer*>(timer)->cancel(); }
std::uint64_t monotonic_us() { return uv_hrtime() / 1000; }
std::uint64_t unix_us() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

// ---- callout ----

sluice_worker* callout_worker(sluice_exchange* ex) {
  auto& plan = of(ex).worker_plan();
  plan.callouts.bind(of(ex).home(), plan);
  return &plan.callouts;
}
sluice_status callout_start(sluice_worker* worker, const sluice_callout_request* request,
                            sluice_callout_fn on_done, void* user, sluice_callout** out) {
  return Callout::start(static_cast<CalloutList&>(*worker), *request, on_done, user, out);
}
void callout_cancel(sluice_callout* callout) { static_cast<Callout*>(callout)->cancel(); }

// ---- balance ----

std::size_t balance_count(sluice_exchange* ex) {
  const EndpointSet* endpoints = of(ex).set();
  return endpoints == nullptr ? 0 : endpoints->members().size();
}

sluice_status balance_view(sluice_exchange* ex, std::size_t index, sluice_endpoint_view* out) {
  const EndpointSet* endpoints = of(ex).set();
  if (endpoints == nullptr || index >= endpoints->members().size()) return SLUICE_NOT_FOUND;
  const Member& member = endpoints->members()[index];
  const Endpoint& endpoint = *member.endpoint;
  const bool tried = std::ranges::find(of(ex).tried(), static_cast<int>(index)) != of(ex).tried().end();
  sluice_endpoint_view view{};
  view.size = out->size;
  give(endpoint.text(), true, &view.address);
  view.weight = member.weight;
  view.in_flight = endpoint.in_flight();
  view.usable = endpoint.is_available() && !endpoint.is_full(member.max_in_flight) && !tried;
  view.tried = tried;
  view.priority = member.priority;
  static_assert(SLUICE_BLOCK_FAILING == block_failing && SLUICE_BLOCK_WARMING == block_warming &&
                SLUICE_BLOCK_EJECTED == block_ejected && SLUICE_BLOCK_DRAINING == block_draining &&
                SLUICE_BLOCK_DISABLED == block_disabled && SLUICE_BLOCK_GONE == block_gone);
  view.blocks = endpoint.blocks();
  view.max_in_flight = member.max_in_flight;
  view.latency_us = static_cast<std::uint32_t>(endpoint.latency_ns(of(ex).home().loop().now_ns()) / 1000);
  view.id = endpoint.id();
  give(endpoint.zone(), true, &view.zone);
  fill(out, view);
  return SLUICE_OK;
}

sluice_status balance_pick(sluice_exchange* ex, std::size_t index) {
  return of(ex).select_endpoint(to_index(index));
}

sluice_status balance_find(sluice_exchange* ex, std::uint64_t id, std::size_t* index) {
  const EndpointSet* endpoints = of(ex).set();
  const int found = endpoints == nullptr ? -1 : endpoints->find(id);
  if (found < 0) return SLUICE_NOT_FOUND;
  *index = static_cast<std::size_t>(found);
  return SLUICE_OK;
}

sluice_status balance_current(sluice_exchange* ex, std::size_t* index) {
  const Member* member = of(ex).member();
  if (member == nullptr) return SLUICE_NOT_FOUND;
  *index = static_cast<std::size_t>(member - of(ex).set()->members().data());
  return SLUICE_OK;
}

sluice_status balance_hash(sluice_exchange* ex, const char* key, std::size_t size) {
  return of(ex).set_hash(view(key, size));
}

sluice_status balance_retry(sluice_exchange* ex) { return of(ex).retry_response(); }

}  // namespace

sluice_exchange_api make_exchange_api() {
  sluice_exchange_api api{};
  api.size = sizeof api;
  api.get = get;
  api.set = set;
  api.number = number;
  api.set_number = set_number;
  api.header_count = header_count;
  api.header_at = header_at;
  api.header_get = header_get;
  api.header_set = header_set;
  api.header_add = header_add;
  api.header_remove = header_remove;
  api.respond = respond;
  api.fail_reason = fail_reason;
  api.body_whole = body_whole;
  api.body_replace = body_replace;
  api.body = body;
  api.slot_set = slot_set;
  api.slot_get = slot_get;
  api.pause = pause;
  api.resume = resume;
  api.resume_with = resume_with;
  api.drop = drop;
  api.note = note;
  api.note_at = note_at;
  api.note_get = note_get;
  return api;
}

const sluice_timer_api& timer_api() {
  static const sluice_timer_api api{sizeof(sluice_timer_api), timer_after, timer_cancel, monotonic_us,
                                    unix_us};
  return api;
}

const sluice_callout_api& callout_api() {
  static const sluice_callout_api api{sizeof(sluice_callout_api), callout_worker, callout_start,
                                      callout_cancel};
  return api;
}

const sluice_balance_api& balance_api() {
  static const sluice_balance_api api{sizeof(sluice_balance_api),
                                      balance_count,
                                      balance_view,
                                      balance_pick,
                                      balance_find,
                                      balance_current,
                                      balance_hash,
                                      balance_retry};
  return api;
}

sluice_status routes_select(sluice_exchange* ex, std::size_t index) {
  return of(ex).select_route(to_index(index));
}
std::int64_t routes_selected(sluice_exchange* ex) { return of(ex).route(); }
sluice_status upstream_select(sluice_exchange* ex, std::int64_t upstream) {
  return of(ex).select_group(to_index(upstream));
}
sluice_status upstream_override(sluice_exchange* ex, std::int64_t upstream) {
  return of(ex).override_group(static_cast<int>(upstream));
}

}  // namespace sluice
