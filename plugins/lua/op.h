// One operation that a coroutine waits for: a timer, a callout, the end of a task.
//
//   C function: check_wait -> call.op = the operation, under way -> yield_wait ... complete(call) -> the coroutine goes on
//   Lua beside it: given.result() -> push()
//
// Owned by its Call, on the worker's thread.
#pragma once

#include <lua.hpp>

namespace sluice::lua {

class Op {
 public:
  Op() = default;
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  // Ends what is under way: complete() is not called any more.
  virtual ~Op() = default;
  // What it came to, pushed for the function that waited; their number. May raise. Once, after complete().
  virtual int push(lua_State*) { return 0; }
};

}  // namespace sluice::lua
