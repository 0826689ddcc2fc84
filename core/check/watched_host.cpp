#include "check/watched_host.h"

#include <fmt/format.h>
#include <sluice/ext/log.h>
#include <sluice/ext/sink.h>

#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>

#include "check/clockwork.h"
#include "check/place.h"
#include "hook/chain.h"
#include "plugin/host_exchange.h"
#include "plugin/log_ability.h"
#include "plugin/routes_ability.h"
#include "plugin/sinks.h"

namespace sluice::check {
namespace {

Witness& witness() { return Witness::process(); }

// ---- functions that take an exchange: looked at, then passed on ----

// A name as a template argument.
template <std::size_t size>
struct Name {
  char text[size];
  constexpr Name(const char (&from)[size]) { std::copy_n(from, size, text); }
};

template <class R>
R refused() {
  if constexpr (std::is_same_v<R, sluice_status>)
    return SLUICE_ENDED;
  else if constexpr (std::is_same_v<R, std::int64_t>)
    return -1;
  else
    return R();
}

template <auto table, auto member, Name name, class Function>
struct Watched;
template <auto table, auto member, Name name, class R, class... Args>
struct Watched<table, member, name, R (*)(sluice_exchange*, Args...)> {
  static R call(sluice_exchange* ex, Args... args) {
    if (!witness().may_use(ex, name.text)) return refused<R>();
    return (table().*member)(ex, args...);
  }
};

template <auto table, auto member, Name name>
constexpr auto watched() {
  using Table = std::remove_cvref_t<decltype(table())>;
  using Function = std::remove_cvref_t<decltype(std::declval<Table>().*member)>;
  return &Watched<table, member, name, Function>::call;
}

const sluice_exchange_api& real() {
  static const sluice_exchange_api api = make_exchange_api();
  return api;
}

// ---- slots ----

int32_t slot(const sluice_host* host, const char* name, sluice_slot_free_fn free_value) {
  if (!witness().slots_allowed())
    witness().fault(fmt::format("reserved the slot \"{}\" while exchanges run", name ? name : ""),
                    "reserve slots in the entry or in create() and keep the number");
  return reserve_slot(host, name, free_value);
}

bool is_slot(std::int32_t slot, std::string_view what) {
  if (watched_host().slots().is_reserved(slot)) return true;
  witness().fault(fmt::format("called {} for slot {}, which nobody reserved", what, slot),
                  "keep the number that exchange->slot() returned, and refuse to load when it is -1");
  return false;
}

void slot_set(sluice_exchange* ex, std::int32_t slot, void* value) {
  if (!witness().may_use(ex, "slot_set()") || !is_slot(slot, "slot_set()")) return;
  witness().set_slot(ex, slot, value);
  real().slot_set(ex, slot, value);
}

void* slot_get(sluice_exchange* ex, std::int32_t slot) {
  if (!witness().may_use(ex, "slot_get()") || !is_slot(slot, "slot_get()")) return nullptr;
  return real().slot_get(ex, slot);
}

sluice_status fail_reason(sluice_exchange* ex, const char* text, std::size_t size) {
  if (!witness().may_use(ex, "fail_reason()")) return SLUICE_ENDED;
  if (auto* call = witness().current(); call != nullptr && size > 0) call->said_why = true;
  return real().fail_reason(ex, text, size);
}

// ---- waiting ----

sluice_token* pause(sluice_exchange* ex) {
  if (!witness().may_use(ex, "pause()")) return nullptr;
  return witness().take_token(ex, real().pause(ex));
}

// What is no verdict counts as FAIL.
sluice_verdict verdict_of(int number) {
  return number >= SLUICE_CONTINUE && number <= SLUICE_FAIL ? static_cast<sluice_verdict>(number)
                                                            : SLUICE_FAIL;
}

// The plugin's resume_with() function, on the worker's thread.
sluice_verdict on_resumed(sluice_exchange* ex, void* user) {
  auto& token = *static_cast<WatchedToken*>(user);
  HookCall call{ex, token.phase};
  call.is_resume = true;
  Place place(fmt::format("the resume_with() function of {}", sluice::name(token.phase)));
  witness().enter(call);
  int verdict = SLUICE_FAIL;
  try {
    verdict = number_of(token.fn(ex, token.user));
  } catch (...) {
    call.said_why = true;
    witness().fault(
        fmt::format("the resume_with() function of {} threw an exception", sluice::name(token.phase)),
        "catch it there and answer SLUICE_FAIL; an exception that leaves a plugin's function ends the process");
  }
  witness().leave(call, verdict);
  return verdict_of(verdict);
}

void on_gone(void* user) {
  auto& token = *static_cast<WatchedToken*>(user);
  if (token.gone == nullptr) return;
  Place place(fmt::format("the `gone` function of resume_with() of {}", sluice::name(token.phase)));
  token.gone(token.user);
}

bool pass_on(WatchedToken& token) {
  witness().end_wait(token);
  switch (token.way) {
    case WatchedToken::Way::resume: return real().resume(token.real, token.verdict);
    case WatchedToken::Way::resume_with: return real().resume_with(token.real, on_resumed, on_gone, &token);
    case WatchedToken::Way::drop: real().drop(token.real);
  }
  return true;
}

bool deliver(WatchedToken& token) {
  switch (witness().delivery) {
    case Delivery::direct: break;
    case Delivery::held: witness().hold(token); return true;
    case Delivery::other_thread: {
      bool alive = false;
      std::thread([&] { alive = pass_on(token); }).join();
      return alive;
    }
  }
  return pass_on(token);
}

bool resume(sluice_token* handle, sluice_verdict verdict) {
  auto* token = witness().give_back(handle, "resume()");
  if (token == nullptr) return false;
  const int number = number_of(verdict);
  if (number == SLUICE_PAUSE)
    witness().fault("called resume() with PAUSE",
                    "a wait ends with another verdict; to wait again, use resume_with()");
  else
    witness().is_verdict(number, "resume()");
  token->way = WatchedToken::Way::resume;
  token->verdict = verdict_of(number);
  return deliver(*token);
}

bool resume_with(sluice_token* handle, sluice_resume_fn fn, void (*gone)(void*), void* user) {
  auto* token = witness().give_back(handle, "resume_with()");
  if (token == nullptr) return false;
  if (fn == nullptr) {
    witness().fault("called resume_with() without a function", "use resume() to end a wait with a verdict");
    token->way = WatchedToken::Way::drop;
    return deliver(*token);
  }
  token->way = WatchedToken::Way::resume_with;
  token->fn = fn;
  token->gone = gone;
  token->user = user;
  return deliver(*token);
}

void drop(sluice_token* handle) {
  auto* token = witness().give_back(handle, "drop()");
  if (token == nullptr) return;
  token->way = WatchedToken::Way::drop;
  deliver(*token);
}

sluice_exchange_api watched_exchange_api() {
  sluice_exchange_api api = real();
  using Api = sluice_exchange_api;
  api.get = watched<real, &Api::get, "get()">();
  api.set = watched<real, &Api::set, "set()">();
  api.number = watched<real, &Api::number, "number()">();
  api.set_number = watched<real, &Api::set_number, "set_number()">();
  api.header_count = watched<real, &Api::header_count, "header_count()">();
  api.header_at = watched<real, &Api::header_at, "header_at()">();
  api.header_get = watched<real, &Api::header_get, "header_get()">();
  api.header_set = watched<real, &Api::header_set, "header_set()">();
  api.header_add = watched<real, &Api::header_add, "header_add()">();
  api.header_remove = watched<real, &Api::header_remove, "header_remove()">();
  api.respond = watched<real, &Api::respond, "respond()">();
  api.fail_reason = fail_reason;
  api.body_whole = watched<real, &Api::body_whole, "body_whole()">();
  api.body_replace = watched<real, &Api::body_replace, "body_replace()">();
  api.body = watched<real, &Api::body, "body()">();
  api.slot = slot;
  api.slot_set = slot_set;
  api.slot_get = slot_get;
  api.pause = pause;
  api.resume = resume;
  api.resume_with = resume_with;
  api.drop = drop;
  api.note = watched<real, &Api::note, "note()">();
  api.note_at = watched<real, &Api::note_at, "note_at()">();
  api.note_get = watched<real, &Api::note_get, "note_get()">();
  return api;
}

// ---- abilities ----

const sluice_balance_api& watched_balance_api() {
  using Api = sluice_balance_api;
  static const Api api{sizeof(Api),
                       watched<balance_api, &Api::count, "balance->count()">(),
                       watched<balance_api, &Api::view, "balance->view()">(),
                       watched<balance_api, &Api::pick, "balance->pick()">(),
                       watched<balance_api, &Api::find, "balance->find()">(),
                       watched<balance_api, &Api::current, "balance->current()">(),
                       watched<balance_api, &Api::hash, "balance->hash()">(),
                       watched<balance_api, &Api::retry, "balance->retry()">()};
  return api;
}

// start() and cancel() carry no exchange to look at.
const sluice_callout_api& watched_callout_api() {
  using Api = sluice_callout_api;
  static const Api api{sizeof(Api), watched<callout_api, &Api::worker, "callout->worker()">(),
                       callout_api().start, callout_api().cancel};
  return api;
}

const sluice_routes_api& real_routes() {
  static const sluice_routes_api api = [] {
    auto routes = routes_at_create();
    routes.select = routes_select;
    routes.selected = routes_selected;
    routes.upstream_select = upstream_select;
    return routes;
  }();
  return api;
}

const sluice_routes_api& watched_routes() {
  using Api = sluice_routes_api;
  static const Api api = [] {
    auto routes = real_routes();
    routes.select = watched<real_routes, &Api::select, "routes->select()">();
    routes.selected = watched<real_routes, &Api::selected, "routes->selected()">();
    routes.upstream_select = watched<real_routes, &Api::upstream_select, "routes->upstream_select()">();
    return routes;
  }();
  return api;
}

std::mutex log_lock;
std::string log_error;

void log_record(sluice_log_level level, sluice_exchange* ex, const char* plugin, const char* text,
                std::size_t size, const sluice_str* names, const sluice_str* values, std::size_t count) {
  if (ex != nullptr && !witness().may_use(ex, "log->write()")) ex = nullptr;
  if (level == SLUICE_ERROR) {
    std::lock_guard hold(log_lock);
    log_error.assign(text, size);
  }
  log_ability(real()).record(level, ex, plugin, text, size, names, values, count);
}
void log_write(sluice_log_level level, sluice_exchange* ex, const char* plugin, const char* text,
               std::size_t size) {
  log_record(level, ex, plugin, text, size, nullptr, nullptr, 0);
}

const sluice_log_api& watched_log() {
  static const sluice_log_api api{sizeof(sluice_log_api), log_write, log_ability(real()).enabled, log_record};
  return api;
}

}  // namespace

Host& watched_host() {
  // Never destroyed: the plugin's code and threads may look at it until the very end.
  static auto* host = [] {
    static const auto api = watched_exchange_api();
    auto* made = new Host(api);
    made->add_ability(SLUICE_TIMER, &Clockwork::ability());
    made->add_ability(SLUICE_CALLOUT, &watched_callout_api());
    made->add_ability(SLUICE_BALANCE, &watched_balance_api());
    made->add_ability(SLUICE_ROUTES, &watched_routes());
    made->add_ability(SLUICE_LOG, &watched_log());
    made->add_ability(SLUICE_SINK, &Sinks::ability());
    return made;
  }();
  return *host;
}

std::string last_log_error() {
  std::lock_guard hold(log_lock);
  return log_error;
}

void release_held() {
  for (auto* token : witness().take_held())
    pass_on(*token);
}

}  // namespace sluice::check
