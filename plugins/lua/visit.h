// Visit: what one exchange has in one VM. Call: one hook of it, or one task of a hook, running or waiting.
//
//   exchange slot --> Visit --> its Lua objects (req, res ...)      one per exchange and VM, for all scripts
//                       |
//                       +-----> Call --> coroutine, wait            one per hook that runs or waits
//
// Both are pooled by their Vm and used on the worker's thread alone. A Visit ends with its exchange (the slot's free
// function); a Call ends when its hook has returned, failed, or was cancelled while it waited.
#pragma once

#include <sluice/exchange.h>

#include <lua.hpp>

#include <array>
#include <cstdint>
#include <memory>

#include "op.h"
#include "phase.h"

// What leaf.h calls a handle: never followed, only compared, so no such object exists.
struct sluice_lua_visit;

namespace sluice::lua {

class Vm;
struct Call;
struct WorkerUse;

struct Visit {
  sluice_exchange* exchange = nullptr;  // null while in the pool
  Vm* vm = nullptr;
  std::size_t index = 0;  // in the Vm's list
  Visit* also =
      nullptr;  // of the same exchange in another VM: only when uses of two snapshots meet in one exchange
  double serial = 0;  // unique in the Vm for each exchange; 0 while in the pool
  sluice_lua_visit* token =
      nullptr;             // what its objects' handle says; another after they may have been kept, none twice
  int handle = LUA_NOREF;  // registry: the cdata that Lua's objects hold
  std::array<int, kKinds> objects{};  // registry, or LUA_NOREF
  bool escaped = false;               // a script may have kept an object of this exchange
  bool ctx_used = false;              // req.ctx may have been written or kept
  // kind_bit()s: not this exchange's own yet, to be renewed before use; with kHandleBit all are.
  std::uint32_t stale = kAllKinds | kHandleBit;
  Call* waiting = nullptr;  // first of the list through Call::next
};

// How far a waiting call is.
enum class Wait : std::uint8_t {
  none,      // not waiting
  pending,   // its operation is under way
  resuming,  // resume_with() was called; either resumed or gone comes
};

struct Call {
  Visit* visit = nullptr;
  std::size_t index = 0;  // in the Vm's list
  const WorkerUse* use = nullptr;
  lua_State* thread = nullptr;
  int thread_ref = LUA_NOREF;
  sluice_phase phase = SLUICE_ON_REQUEST;
  bool answered = false;  // req:respond() or conn:close() was called
  Wait wait = Wait::none;
  const sluice_chunk* piece = nullptr;  // body hooks: the host's, whose bytes may move while the call waits
  sluice_token* token = nullptr;
  std::unique_ptr<Op> op;    // under way, or done and not asked for its result yet
  bool doomed = false;       // while resuming: it has failed meanwhile
  Call* next = nullptr;      // in Visit::waiting, or in the Vm's pool
  std::shared_ptr<Vm> keep;  // while resuming: `gone` may come after the snapshot was given up

  // ---- tasks (task.h) ----
  Call* parent = nullptr;  // of a task; null for a hook
  Call* tasks = nullptr;   // first of those it has started and that have not ended, through `sibling`
  Call* sibling = nullptr;
  bool awaits_task = false;      // it waits for the end of one of them
  std::uint32_t task_count = 0;  // of a hook: all below it

  Call& root() {
    Call* at = this;
    while (at->parent != nullptr)
      at = at->parent;
    return *at;
  }
};

// The Visit whose hook runs on this thread now, null outside. What Lua's objects are compared with: an object of another
// or ended exchange can never be used. Initial-exec: one instruction to read, and 8 bytes of the thread's static space.
[[gnu::tls_model("initial-exec")]] extern thread_local Visit* running;

}  // namespace sluice::lua
