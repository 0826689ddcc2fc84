// The one thread of the process that looks after the CPU budgets of all VMs.
//
// Runs while there is a VM to watch. While no Lua runs at all it sleeps long, and the first enter() wakes it; a wake-up
// that is lost in that moment costs at most kIdleSleep.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_map>

namespace sluice::lua {

class Budget;

class Watchdog {
 public:
  // The process's own. Never destroyed, so that no order of destruction matters; its thread ends with the last VM.
  static Watchdog& get();

  void add(Budget& budget);
  void remove(Budget& budget);
  // Lua begins to run somewhere. [any-thread]
  void wake() {
    if (asleep_.load(std::memory_order_relaxed)) rouse();
  }

 private:
  struct Seen {
    std::uint32_t turn = 0;
    std::chrono::nanoseconds cpu_at{0};  // of its thread when the turn was first seen
  };

  void rouse();
  void watch(const std::stop_token& stop);
  // Looks at all; true when Lua runs anywhere.
  bool look();
  static void look_at(Budget& budget, Seen& seen);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<Budget*, Seen> watched_;
  std::jthread thread_;
  std::atomic<bool> asleep_{false};
};

}  // namespace sluice::lua
