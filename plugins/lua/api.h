// C functions that Lua calls the classic way, because they may yield or work on Lua values, and the waiting behind them.
#pragma once

#include <sluice/hooks.h>

#include <lua.hpp>

namespace sluice::lua {

struct Call;

// Sets the functions as fields of the table on top of the stack. `waiting`, the light userdata that a waiting
// C function yields, so that coroutines.lua and the hook runner know it from a script's own yield. And `resumers`, in which
// coroutines.lua tells for each coroutine which one resumed it.
void push_api(lua_State* state);

// True when the value at `index` is that mark.
bool is_wait_mark(lua_State* state, int index);

// The operation and token of a wait that has not been yielded to the call's runner go back; the call itself goes on. Nothing
// when there is none. Whatever ends a run but that yield must call it before Vm::end().
void disarm(Call& call);

// The exchange ends while this hook's call waits: operation and token go back, its coroutine is thrown away.
void cancel_wait(Call& call);

// A hook's call that waits fails, for a reason that has been told; its coroutine is thrown away. False: it does not wait.
bool fail_waiting(Call& call);

// The functions themselves; those that wait return nothing, and result() gives what they came to.
int sleep(lua_State* state);
int fetch(lua_State* state);
int spawn(lua_State* state);
int await(lua_State* state);

}  // namespace sluice::lua
