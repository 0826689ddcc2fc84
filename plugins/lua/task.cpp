#include "task.h"

#include <memory>

#include "api.h"
#include "failure.h"
#include "hooks.h"
#include "host.h"
#include "vm.h"
#include "wait.h"

namespace sluice::lua {

namespace {

// Tasks of one hook at once, those of its tasks included.
constexpr std::uint32_t kMostTasks = 1000;

// The end of any task of this call.
class AnyTask final : public Op {};

// It has ended well: its parent, if it waits for that, goes on.
void end_task(Vm& vm, Call& task) {
  Call& parent = *task.parent;
  vm.take_task(task);
  vm.end(task, false);
  if (parent.wait == Wait::pending && parent.awaits_task) {
    parent.awaits_task = false;
    complete(parent);
  }
}

}  // namespace

bool run_task(Call& task, int arguments) {
  // The VM outlives this: a hook that fails may be the last to hold it.
  std::shared_ptr<Vm> vm = task.visit->vm->shared_from_this();
  Visit* outer_visit = running;
  Call* outer_call = vm->call;
  running = task.visit;
  vm->call = &task;
  // Inside its parent's run it counts to that one's budget.
  if (outer_call == nullptr) vm->budget().enter(task.use->cpu_budget);
  int status = lua_resume(task.thread, arguments);
  bool over_budget = outer_call == nullptr && vm->budget().leave();
  vm->call = outer_call;
  running = outer_visit;
  if (status == LUA_YIELD && task.wait == Wait::pending && is_wait_mark(task.thread, -1)) {
    lua_settop(task.thread, 0);
    return true;
  }
  disarm(task);
  if (status == LUA_OK) {
    end_task(*vm, task);
    return true;
  }
  if (outer_call != nullptr) return false;
  Call& hook = task.root();
  report_error(task, status, over_budget);
  fail_waiting(hook);
  if (status == LUA_ERRMEM) vm->relieve();
  return true;
}

// spawn(f, ...): begin a task; few arguments (task.lua), so that its stack need not grow. It has run up to its first wait when this returns.
int spawn(lua_State* state) {
  luaL_checktype(state, 1, LUA_TFUNCTION);
  Vm& vm = Vm::of(state);
  Call* parent = vm.call;
  if (parent == nullptr) return luaL_error(state, "sluice.spawn is possible inside a hook");
  Call& hook = parent->root();
  if (hook.task_count >= kMostTasks)
    return luaL_error(state, "sluice.spawn: this hook has 1000 tasks already");
  int count = lua_gettop(state);
  Call& task = vm.begin_task(state, *parent);
  lua_xmove(state, task.thread, count);
  if (run_task(task, count - 1)) return 0;
  lua_xmove(task.thread, state, 1);
  vm.take_task(task);
  vm.end(task, true);
  return lua_error(state);
}

// await(): wait until one of the caller's tasks has ended. False: it has none.
int await(lua_State* state) {
  Vm& vm = Vm::of(state);
  if (vm.call == nullptr || vm.call->tasks == nullptr) {
    lua_pushboolean(state, 0);
    return 1;
  }
  Call& call = check_wait(state, "wait");
  call.op = std::make_unique<AnyTask>();
  call.awaits_task = true;
  return yield_wait(state, call);
}

}  // namespace sluice::lua
