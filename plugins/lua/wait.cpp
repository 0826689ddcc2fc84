// The one way in which a C function of the API makes its coroutine wait:
//
//   script calls it -> operation begun, token from the host -> yields the mark -> hook returns PAUSE
//   operation done -> complete() -> resume_with(resumed, gone) -> resumed() runs the coroutine on, whose verdict the host takes
//   exchange ends meanwhile -> cancel_wait(): before the operation was done all is given back at once; after, `gone` does it
//
// A task (task.cpp) needs no token: the hook that it belongs to waits, and complete() runs it at once.
#include "wait.h"

#include <string>
#include <string_view>

#include "api.h"
#include "hooks.h"
#include "host.h"
#include "sources.h"
#include "task.h"
#include "vm.h"

namespace sluice::lua {

namespace {

const char kWaitMark = 0;
const char kResumers = 0;  // registry: which coroutine resumed which

void take_from_waiting(Call& call) {
  Call** link = &call.visit->waiting;
  while (*link != &call)
    link = &(*link)->next;
  *link = call.next;
  call.next = nullptr;
}

sluice_verdict resumed(sluice_exchange*, void* user) {
  auto& call = *static_cast<Call*>(user);
  std::shared_ptr<Vm> vm = std::move(call.keep);
  take_from_waiting(call);
  call.wait = Wait::none;
  call.token = nullptr;
  if (call.doomed) {
    vm->end(call, true);
    return SLUICE_FAIL;
  }
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

// Can every coroutine from the running one up to the call's own yield? Each knows who resumed it by coroutines.lua. Only
// then may a wait begin: one that is not yielded up to the call's runner would be left armed.
bool can_wait(lua_State* state, const Call& call) {
  lua_State* at = state;
  lua_pushlightuserdata(state, const_cast<char*>(&kResumers));
  lua_rawget(state, LUA_REGISTRYINDEX);
  lua_pushthread(state);
  while (lua_isyieldable(at) != 0 && at != call.thread) {
    lua_rawget(state, -2);
    at = lua_tothread(state, -1);
    if (at == nullptr) break;
  }
  lua_pop(state, 2);
  return at == call.thread && lua_isyieldable(at) != 0;
}

// Raises at the line of the script: past the API's own files, which the VM calls "sluice/...".
int raise_at_caller(lua_State* state) {
  lua_Debug frame{};
  for (int level = 1; lua_getstack(state, level, &frame) != 0; ++level) {
    lua_getinfo(state, "S", &frame);
    if (frame.what[0] == 'C' || std::string_view(frame.short_src).starts_with("sluice/")) continue;
    luaL_where(state, level);
    lua_insert(state, -2);
    lua_concat(state, 2);
    break;
  }
  return lua_error(state);
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

// result(): what the operation that was waited for came to.
int result(lua_State* state) {
  Call* call = Vm::of(state).call;
  if (call == nullptr || call->op == nullptr) return luaL_error(state, "nothing was waited for");
  int count = call->op->push(state);
  call->op.reset();
  return count;
}

}  // namespace

Call& check_wait(lua_State* state, const char* function) {
  Vm& vm = Vm::of(state);
  if (vm.call == nullptr) {
    lua_pushfstring(state, "%s cannot wait while the script is being loaded; call it in a hook", function);
    raise_at_caller(state);
  }
  if (!can_wait(state, *vm.call)) {
    {
      std::string between = name_in_between(state);
      lua_pushfstring(state, "%s cannot wait inside the function given to %s; collect first, wait after it",
                      function, between.c_str());
    }
    raise_at_caller(state);
  }
  disarm(*vm.call);  // an earlier wait of this run, which an error kept from the call's runner
  return *vm.call;
}

int yield_wait(lua_State* state, Call& call) {
  if (call.parent == nullptr) {
    call.token = host.exchange->pause(call.visit->exchange);
    if (call.token == nullptr) {
      call.op.reset();
      lua_pushliteral(state, "the exchange cannot wait any more");
      return raise_at_caller(state);
    }
  }
  call.wait = Wait::pending;
  lua_settop(state, 0);
  lua_pushlightuserdata(state, const_cast<char*>(&kWaitMark));
  return lua_yield(state, 1);
}

void complete(Call& call) {
  if (call.parent != nullptr) {
    call.wait = Wait::none;
    run_task(call, 0);
    return;
  }
  call.wait = Wait::resuming;
  call.keep = call.visit->vm->shared_from_this();
  host.exchange->resume_with(call.token, resumed, gone, &call);
}

void disarm(Call& call) {
  call.op.reset();
  call.awaits_task = false;
  if (call.wait != Wait::pending) return;
  if (call.token != nullptr) host.exchange->drop(call.token);
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
  lua_pushlightuserdata(state, const_cast<char*>(&kResumers));
  lua_pushvalue(state, -2);
  lua_rawset(state, LUA_REGISTRYINDEX);
  lua_setfield(state, -2, "resumers");
  const luaL_Reg functions[] = {{"sleep", sleep}, {"fetch", fetch},   {"spawn", spawn},  {"await", await},
                                {"read", read},   {"result", result}, {nullptr, nullptr}};
  luaL_register(state, nullptr, functions);
  lua_pushlightuserdata(state, const_cast<char*>(&kWaitMark));
  lua_setfield(state, -2, "waiting");
}

void cancel_wait(Call& call) {
  Visit& visit = *call.visit;
  visit.waiting = call.next;
  call.next = nullptr;
  if (call.wait == Wait::resuming) {
    visit.vm->drop_tasks(call);
    call.op.reset();
    call.visit = nullptr;  // `gone` ends it
    return;
  }
  disarm(call);
  visit.vm->end(call, true);
}

bool fail_waiting(Call& call) {
  if (call.token == nullptr) return false;
  if (call.wait == Wait::resuming) {
    call.doomed = true;
    return true;
  }
  sluice_token* token = call.token;
  take_from_waiting(call);
  call.wait = Wait::none;
  call.token = nullptr;
  call.visit->vm->end(call, true);
  host.exchange->resume(token, SLUICE_FAIL);
  return true;
}

}  // namespace sluice::lua
