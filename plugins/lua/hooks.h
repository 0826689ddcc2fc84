// The hooks of the plugin, as the host calls them; `self` is a WorkerUse.
#pragma once

#include <sluice/hooks.h>

#include <chrono>
#include <memory>

namespace sluice::lua {

class Vm;
struct Script;
struct Call;

// One use of the plugin on one worker: a script in that worker's VM.
struct WorkerUse {
  std::shared_ptr<Vm> vm;
  const Script* script = nullptr;
  std::chrono::milliseconds cpu_budget{0};  // per uninterrupted run of a hook; 0: none
};

extern const sluice_hooks kHooks;

// Run or go on with a call's coroutine, which has its function (at the start) and `arguments` values on its stack.
sluice_verdict run(Call& call, int arguments);

// The slot's free function.
void dismiss_visit(void* visit);

}  // namespace sluice::lua
