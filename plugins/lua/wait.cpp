// sluice.sleep, and the one way in which a C function of the API makes its hook wait:
//
//   script calls it -> token from the host, timer started -> yields the mark -> hook returns PAUSE
//   timer fires -> resume_with(resumed, gone) -> resumed() runs the coroutine on, whose verdict the host takes
//   exchange ends meanwhile -> cancel_wait(): before the timer fired all is given back at once; after, `gone` does it
#include <cmath>
#include <cstdint>
#include <string>

#include "api.h"
#include "hooks.h"
#include "host.h"
#include "sources.h"
#include "vm.h"

namespace sluice::lua {

namespace {

const char kWaitMark = 0;

// Longest sleep: what the timer ability takes (2^31 ms), about 24 days.
constexpr double kLongestSleep = 2147483.0;

sluice_verdict resumed(sluice_exchange*, void* user) {
  auto& call = *static_cast<Call*>(user);
  std::shared_ptr<Vm> vm = std::move(call.keep);
  Call** link = &call.visit->waiting;
  while (*link != &call) {
    link = &(*link)->next;
  }
  *link = call.next;
  call.next = nullptr;
  call.wait = Wait::none;
  call.token = nullptr;
  return run(call, 0);
}

void gone(void* user) {
  auto& call = *static_cast<Call*>(user);
  std::shared_ptr<Vm> vm = std::move(call.keep);
  // Only after cancel_wait() took it from its visit; a host that says `gone` first is met by the slot's free function.
  if (call.visit != nullptr) {
    call.wait = Wait::none;
    call.token = nullptr;
    return;
  }
  vm->end(call, true);
}

void fired(void* user) {
  auto& call = *static_cast<Call*>(user);
  call.timer = nullptr;
  call.wait = Wait::resuming;
  call.keep = call.visit->vm->shared_from_this();
  host.exchange->resume_with(call.token, resumed, gone, &call);
}

bool is_sort(lua_State* state, lua_Debug& frame) {
  lua_getinfo(state, "f", &frame);
  lua_getglobal(state, "table");
  lua_getfield(state, -1, "sort");
  bool same = lua_rawequal(state, -1, -3) != 0;
  lua_pop(state, 3);
  return same;
}

// The C function that stands between the hook and the call that wants to wait, such as table.sort.
std::string name_in_between(lua_State* state) {
  lua_Debug frame{};
  for (int level = 1; lua_getstack(state, level, &frame) != 0; ++level) {
    lua_getinfo(state, "Sn", &frame);
    if (frame.what[0] != 'C') continue;
    // A tail call, as bounded.lua's to table.sort, leaves no name.
    if (frame.name == nullptr && is_sort(state, frame)) return "sort";
    if (frame.name != nullptr && std::string_view(frame.name) != "pcall" &&
        std::string_view(frame.name) != "xpcall") {
      return frame.name;
    }
  }
  return "a C function";
}

// Can every coroutine from the running one up to the hook's own yield? Each knows who resumed it by coroutines.lua. Only
// then may a wait begin: one that is not yielded up to the hook's runner would be left armed.
bool can_wait(lua_State* state, const Call& call) {
  lua_State* at = state;
  lua_pushthread(state);
  while (lua_isyieldable(at) != 0 && at != call.thread) {
    lua_rawget(state, lua_upvalueindex(1));
    at = lua_tothread(state, -1);
    if (at == nullptr) break;
  }
  lua_pop(state, 1);
  return at == call.thread && lua_isyieldable(at) != 0;
}

int refuse_here(lua_State* state) {
  Vm& vm = Vm::of(state);
  if (vm.call == nullptr) {
    return luaL_error(state, "sluice.sleep cannot wait while the script is being loaded; call it in a hook");
  }
  {
    std::string between = name_in_between(state);
    lua_pushfstring(state,
                    "sluice.sleep cannot wait inside the function given to %s; collect first, wait after it",
                    between.c_str());
  }
  luaL_where(state, 1);
  lua_insert(state, -2);
  lua_concat(state, 2);
  return lua_error(state);
}

int sleep(lua_State* state) {
  double seconds = luaL_checknumber(state, 1);
  if (!(seconds >= 0) || seconds > kLongestSleep) {
    return luaL_argerror(state, 1, "seconds from 0 to 2147483 are possible");
  }
  Vm& vm = Vm::of(state);
  if (vm.call == nullptr || !can_wait(state, *vm.call)) return refuse_here(state);
  Call& call = *vm.call;
  disarm(call);  // of an earlier wait of this run, which an error kept from the hook's runner
  if (host.timer == nullptr) return luaL_error(state, "this host has no timers (sluice.timer/1)");
  sluice_exchange* exchange = call.visit->exchange;
  call.token = host.exchange->pause(exchange);
  if (call.token == nullptr) return luaL_error(state, "the exchange cannot wait any more");
  call.timer =
      host.timer->after(exchange, static_cast<std::uint64_t>(std::llround(seconds * 1000)), fired, &call);
  if (call.timer == nullptr) {
    host.exchange->drop(call.token);
    call.token = nullptr;
    return luaL_error(state, "no memory for a timer");
  }
  call.wait = Wait::timer;
  lua_settop(state, 0);
  lua_pushlightuserdata(state, const_cast<char*>(&kWaitMark));
  return lua_yield(state, 1);
}

// read(path): the text of a script file, or nil and why not.
int read(lua_State* state) {
  const char* path = luaL_checkstring(state, 1);
  const Sources::Text& text = Vm::of(state).sources().read(path);
  if (text.error.empty()) {
    lua_pushlstring(state, text.bytes.data(), text.bytes.size());
    return 1;
  }
  lua_pushnil(state);
  lua_pushlstring(state, text.error.data(), text.error.size());
  return 2;
}

}  // namespace

void disarm(Call& call) {
  if (call.wait != Wait::timer) return;
  host.timer->cancel(call.timer);
  host.exchange->drop(call.token);
  call.timer = nullptr;
  call.token = nullptr;
  call.wait = Wait::none;
}

bool is_wait_mark(lua_State* state, int index) { return lua_touserdata(state, index) == &kWaitMark; }

void push_api(lua_State* state) {
  // Which coroutine resumed which; weak, so that neither lives longer for it.
  lua_newtable(state);
  lua_newtable(state);
  lua_pushliteral(state, "kv");
  lua_setfield(state, -2, "__mode");
  lua_setmetatable(state, -2);
  lua_pushvalue(state, -1);
  lua_setfield(state, -3, "resumers");
  lua_pushcclosure(state, sleep, 1);
  lua_setfield(state, -2, "sleep");
  lua_pushcfunction(state, read);
  lua_setfield(state, -2, "read");
  lua_pushlightuserdata(state, const_cast<char*>(&kWaitMark));
  lua_setfield(state, -2, "waiting");
}

void cancel_wait(Call& call) {
  Visit& visit = *call.visit;
  visit.waiting = call.next;
  call.next = nullptr;
  if (call.wait == Wait::resuming) {
    call.visit = nullptr;  // `gone` ends it
    return;
  }
  disarm(call);
  visit.vm->end(call, true);
}

}  // namespace sluice::lua
