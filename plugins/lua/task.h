// Tasks: coroutines that a hook has started beside itself (sluice.spawn), so that several operations are under way at once.
//
//   hook ── spawn(f) ── task runs at once, until it first waits
//     │                   operation done -> complete() -> run_task(), while the hook waits
//     └── wait() ── parent waits for the end of any of its tasks (await), looks, and waits again
//
// A task is a Call with a parent. It ends with its parent at the latest: nothing of a hook outlives the hook.
#pragma once

namespace sluice::lua {

struct Call;

// Go on with a task, which has `arguments` values on its stack (and at its start its function). True: it waits or has ended well,
// and `task` may be gone. False: it failed past all pcalls (its budget, memory), its error is on its stack's top; only when it was
// run inside its parent's run, whose error it then is. From the loop, the whole hook fails.
bool run_task(Call& task, int arguments);

}  // namespace sluice::lua
