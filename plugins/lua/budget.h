// The CPU budget of a hook call: how long Lua may run on a worker before it gives the thread back.
//
//   worker:    enter() --- Lua runs --- leave()          two plain stores a call, no clock is read
//   watchdog:  every few ms looks whether the same turn still runs, and for how much of the thread's CPU time;
//              over the budget it sends the thread a signal
//   handler:   on the worker's own thread sets LuaJIT's count hook; compiled loops see it (CHECKHOOK), the hook raises
//              at every instruction, so that no pcall of the script can hold it up
//
// The signal is SIGURG: ignored by default, so that a stray one harms nobody (the Go runtime pre-empts with it for that
// reason); a handler that was there before is called for those that are not ours. The hook is set from the thread itself
// because LuaJIT's dispatch table is then never changed from two sides at once.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>

struct lua_State;

namespace sluice::lua {

class Budget {
 public:
  Budget() = default;
  ~Budget();
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // Put the VM under the watchdog; starts its thread for the first one. Before the first enter().
  void watch(lua_State* state);

  // Lua is about to run on this thread with `limit` of CPU time; 0: without one.
  void enter(std::chrono::milliseconds limit) {
    if (state_ == nullptr) return;
    begin(limit);
  }
  // It has returned, yielded or failed. True when the budget ended it.
  bool leave();
  // Not 0 from the moment the running turn is over its budget: what C code that may run long looks at. [the VM's thread]
  const volatile std::sig_atomic_t& over() const { return armed_; }

 private:
  friend class Watchdog;
  static void on_signal(int number, siginfo_t* info, void* machine);

  void begin(std::chrono::milliseconds limit);
  void arm();
  void disarm();

  lua_State* state_ = nullptr;
  Budget* outer_ = nullptr;  // that ran on this thread when this one began
  // Odd while Lua runs. The rest belongs to the turn that runs.
  std::atomic<std::uint32_t> turn_{0};
  std::atomic<std::uint32_t> cut_{0};  // the turn that is over its budget
  std::atomic<std::int64_t> limit_ms_{0};
  std::atomic<pid_t> thread_{0};
  std::atomic<clockid_t> clock_{0};
  volatile std::sig_atomic_t armed_ = 0;
};

}  // namespace sluice::lua
