// From a hook of the host to a function of a script, and back to a verdict.
//
// The way in is short on purpose, for it is what every request pays: a Visit from the slot, an idle coroutine, the function
// and its objects from the registry's array, lua_resume. A finished coroutine is resumed again with the next function.
#include "hooks.h"

#include "api.h"
#include "failure.h"
#include "host.h"
#include "vm.h"

namespace sluice::lua {

namespace {

// What a hook may return: nothing, true, or (nil, message) of something the world refused, which is then its failure.
// Null when it is in order.
const char* fault_of(lua_State* thread, int results) {
  if (results == 0 || (lua_isboolean(thread, 1) && lua_toboolean(thread, 1) != 0)) return nullptr;
  if (lua_isnil(thread, 1))
    return results > 1 && lua_type(thread, 2) == LUA_TSTRING ? lua_tostring(thread, 2) : nullptr;
  return "a hook returns nothing, or what req:respond() returned";
}

sluice_verdict finish(Call& call) {
  Vm& vm = *call.visit->vm;
  int results = lua_gettop(call.thread);
  const char* fault = results == 0 ? nullptr : fault_of(call.thread, results);
  sluice_verdict verdict = call.answered ? SLUICE_RESPOND : SLUICE_CONTINUE;
  if (fault != nullptr) {
    report_text(call, fault);
    verdict = SLUICE_FAIL;
  }
  vm.end(call, false);
  return verdict;
}

sluice_verdict pause(Call& call) {
  lua_settop(call.thread, 0);  // the mark
  call.next = call.visit->waiting;
  call.visit->waiting = &call;
  return SLUICE_PAUSE;
}

sluice_verdict fail(Call& call, int status, bool over_budget) {
  Vm& vm = *call.visit->vm;
  report_error(call, status, over_budget);
  vm.end(call, true);
  if (status == LUA_ERRMEM) vm.relieve();
  return SLUICE_FAIL;
}

template <sluice_phase kPhase>
sluice_verdict enter(sluice_exchange* exchange, void* self, const sluice_chunk* piece) {
  auto& use = *static_cast<WorkerUse*>(self);
  const Hook& hook = use.script->hooks[kPhase];
  if (hook.function == LUA_NOREF) return SLUICE_CONTINUE;
  Vm& vm = *use.vm;
  constexpr PhaseInfo info = kPhases[kPhase];
  Visit* visit = vm.admit(exchange);
  if (visit == nullptr || ((visit->stale & info.kinds()) != 0 && !vm.provide(*visit, info.arguments()))) {
    report_no_memory(exchange, *use.script, kPhase);
    vm.relieve();
    return SLUICE_FAIL;
  }
  Call* call = vm.begin(*visit, use, kPhase);
  if (call == nullptr) {
    report_no_memory(exchange, *use.script, kPhase);
    vm.relieve();
    return SLUICE_FAIL;
  }
  visit->escaped |= hook.escapes;
  visit->ctx_used |= hook.uses_ctx;
  call->piece = piece;
  lua_rawgeti(call->thread, LUA_REGISTRYINDEX, hook.function);
  for (Kind kind : info.arguments()) {
    lua_rawgeti(call->thread, LUA_REGISTRYINDEX, visit->objects[static_cast<std::size_t>(kind)]);
  }
  return run(*call, info.count);
}

template <sluice_phase kPhase>
sluice_verdict head_hook(sluice_exchange* exchange, void* self) {
  return enter<kPhase>(exchange, self, nullptr);
}

}  // namespace

sluice_verdict run(Call& call, int arguments) {
  Vm& vm = *call.visit->vm;
  Visit* outer_visit = running;
  Call* outer_call = vm.call;
  running = call.visit;
  vm.call = &call;
  vm.budget().enter(call.use->cpu_budget);
  int status = lua_resume(call.thread, arguments);
  bool over_budget = vm.budget().leave();
  vm.call = outer_call;
  running = outer_visit;
  if (status == LUA_YIELD && call.wait == Wait::pending && is_wait_mark(call.thread, -1)) return pause(call);
  // An error between the start of a wait and here (out of memory, over the budget), caught by the script or not.
  disarm(call);
  if (status == LUA_OK) return finish(call);
  return fail(call, status, over_budget);
}

void dismiss_visit(void* visit) {
  for (auto* held = static_cast<Visit*>(visit); held != nullptr;) {
    Visit* next = held->also;
    held->vm->dismiss(*held);
    held = next;
  }
}

const sluice_hooks kHooks{
    .size = sizeof(sluice_hooks),
    .on_connect = head_hook<SLUICE_ON_CONNECT>,
    .on_request = head_hook<SLUICE_ON_REQUEST>,
    .on_request_body = enter<SLUICE_ON_REQUEST_BODY>,
    .on_route = head_hook<SLUICE_ON_ROUTE>,
    .on_balance = head_hook<SLUICE_ON_BALANCE>,
    .on_upstream_request = head_hook<SLUICE_ON_UPSTREAM_REQUEST>,
    .on_response = head_hook<SLUICE_ON_RESPONSE>,
    .on_response_body = enter<SLUICE_ON_RESPONSE_BODY>,
    .on_error = head_hook<SLUICE_ON_ERROR>,
    .on_log = head_hook<SLUICE_ON_LOG>,
};

}  // namespace sluice::lua
