// How a C function of the API makes its coroutine wait for an operation (op.h).
#pragma once

#include <lua.hpp>

namespace sluice::lua {

struct Call;

// The running call, when the code at `state` can wait; else raises, naming `function` and what stands in the way.
Call& check_wait(lua_State* state, const char* function);
// The last thing a waiting C function does, with its operation in call.op: what it must return. Raises when the exchange cannot
// wait any more; the operation is then ended.
int yield_wait(lua_State* state, Call& call);
// The operation that the call waits for is done: its coroutine goes on, a hook's later in this turn, a task's at once. The
// operation may be gone when this returns. From the loop, never inside Lua.
void complete(Call& call);

}  // namespace sluice::lua
