// Lua 5.1's patterns (string.find, match, gmatch, gsub), matched under the CPU budget.
//
// LuaJIT's own functions are C that nothing interrupts: ("a*"):rep(12) .. "b" on forty letters holds the worker for minutes.
// These have the same results, errors and limits (tests/lua/pattern_test.cpp compares them), and at every step of the search
// look at a flag that the budget's signal handler sets. They replace the originals in each VM, also behind the methods of
// texts, so the API's own patterns, which run on what clients sent, are bounded too.
#pragma once

#include <lua.hpp>

#include <csignal>

namespace sluice::lua {

// Sets find, match, gmatch and gsub as fields of the table on top of the stack, and `next`, a step of gmatch without a closure:
// next(subject, pattern, bytes done) gives the bytes done then and the captures, or nothing. Where *stop is not 0 a search raises; it must
// live as long as the state. Allocates: inside a protected call only.
void push_patterns(lua_State* state, const volatile std::sig_atomic_t* stop);

}  // namespace sluice::lua
