// One LuaJIT VM: that of one worker in one snapshot, shared by all uses of the plugin there.
//
// Made, and closed, on the configuration thread; in between used on its worker's thread alone. Owned by the uses.
// Everything that can run out of memory happens inside protect() or a hook's coroutine, so Lua never panics.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "budget.h"
#include "leaf.h"
#include "memory.h"
#include "script.h"
#include "visit.h"

namespace sluice::lua {

class Sources;

struct Limits {
  std::uint64_t memory = 0;  // bytes
  bool jit = true;
};

// Bytes beyond the limit that telling a failure and collecting after it may use.
inline constexpr std::uint64_t kReserve = 256 * 1024;

// How many a VM keeps for later; those of a rush beyond them are given back. A coroutine is about 1 KiB, a Visit with its
// objects about half of that.
inline constexpr std::size_t kIdleCalls = 256;
inline constexpr std::size_t kIdleVisits = 1024;

// Functions of lua/sluice/boot.lua that C++ calls, by their place in the table it returns.
enum class Entry : std::uint8_t { make_handle = 1, make_object, renew_ctx, load, describe };
inline constexpr int kEntries = 5;

class Vm : public std::enable_shared_from_this<Vm> {
 public:
  // A VM with the API loaded; the error says why not.
  static std::expected<std::shared_ptr<Vm>, std::string> open(const Limits& limits,
                                                              std::shared_ptr<Sources> sources);
  ~Vm();
  Vm(const Vm&) = delete;
  Vm& operator=(const Vm&) = delete;
  // The VM that a state of its belongs to.
  static Vm& of(lua_State* state);

  // Another use with these limits joins: the larger memory holds, and JIT only if all want it.
  void join(const Limits& limits);
  // Compile and run a script, or return it when this VM has it already. The error begins with file:line.
  std::expected<const Script*, std::string> load(const ScriptFile& file);

  // The Visit of an exchange: found, or made. Null: out of memory.
  Visit* admit(sluice_exchange* exchange);
  // Its exchange has ended; waiting calls are cancelled.
  void dismiss(Visit& visit);
  // Does the exchange with that serial still have a Visit here?
  bool is_live(double serial) const;
  // Make sure that the objects of these kinds exist and are this exchange's own. False: out of memory.
  bool provide(Visit& visit, std::span<const Kind> kinds);
  // A call with an idle coroutine. Null: out of memory.
  Call* begin(Visit& visit, const WorkerUse& use, sluice_phase phase);
  // A task of the running call `parent`, whose coroutine (or a script's own inside it) is `state`. Raises for want of memory.
  Call& begin_task(lua_State* state, Call& parent);
  // It has ended: out of its parent's list.
  void take_task(Call& task);
  // End all tasks of this call.
  void drop_tasks(Call& of);
  // Give it back, with its tasks. `spent`: its coroutine failed or was left half-way, and is thrown away.
  void end(Call& call, bool spent);

  // Run `work` (which may allocate and raise) on the main state. Lua's status; a message is left on the stack.
  int protect(const std::function<void(lua_State*)>& work);
  // Push one of boot.lua's functions.
  void push(Entry entry);
  // After an allocation failed: collect what can be, so that later calls have room.
  void relieve();

  lua_State* state() { return state_; }
  Budget& budget() { return budget_; }
  Memory& memory() { return memory_; }
  sluice_lua_out& out() { return out_; }
  Sources& sources() { return *sources_; }
  Call* call = nullptr;  // the running one, or null

 private:
  Vm(const Limits& limits, std::shared_ptr<Sources> sources)
      : memory_(limits.memory), sources_(std::move(sources)) {}
  bool boot(std::string& error);
  bool renew(Visit& visit, Kind kind, bool whole);
  bool reserve(int& slot);
  Call& take_idle(Visit& visit, const WorkerUse& use, sluice_phase phase);
  void keep(std::unique_ptr<Call> fresh);
  bool renew_handle(Visit& visit);
  void discard(Visit& visit);

  Memory memory_;
  Budget budget_;
  std::shared_ptr<Sources> sources_;
  lua_State* state_ = nullptr;
  std::array<int, kEntries + 1> entries_{};
  std::vector<std::unique_ptr<Script>> scripts_;
  std::vector<std::unique_ptr<Visit>> visits_;  // all, for their storage
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Visit*> idle_visits_;
  Call* idle_calls_ = nullptr;
  std::size_t idle_call_count_ = 0;
  double last_serial_ = 0;
  std::uintptr_t last_token_ = 0;
  sluice_lua_out out_{};
};

}  // namespace sluice::lua
