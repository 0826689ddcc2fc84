#include "watchdog.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "budget.h"

namespace sluice::lua {

namespace {

using namespace std::chrono_literals;

// How often a running VM is looked at: a budget ends at most two looks late.
constexpr auto kLook = 5ms;
// Without Lua running for so many looks the thread goes to its long sleep.
constexpr int kQuietLooks = 200;
constexpr auto kIdleSleep = 1s;

std::chrono::nanoseconds cpu_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Watchdog& Watchdog::get() {
  static auto* one = new Watchdog;
  return *one;
}

void Watchdog::add(Budget& budget) {
  std::unique_lock lock(mutex_);
  watched_.try_emplace(&budget);
  if (thread_.joinable()) return;
  // Signals are for the host's threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  pthread_setname_np(thread_.native_handle(), "lua-watchdog");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Watchdog::remove(Budget& budget) {
  std::jthread last;
  {
    std::lock_guard lock(mutex_);
    watched_.erase(&budget);
    if (!watched_.empty() || !thread_.joinable()) return;
    last = std::move(thread_);  // a later add() starts another
    last.request_stop();
    changed_.notify_all();
  }
  last.join();
}

void Watchdog::rouse() {
  asleep_.store(false, std::memory_order_relaxed);
  changed_.notify_all();
}

void Watchdog::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  int quiet = 0;
  while (!stop.stop_requested()) {
    quiet = look() ? 0 : quiet + 1;
    if (quiet < kQuietLooks) {
      changed_.wait_for(lock, kLook);
      continue;
    }
    asleep_.store(true, std::memory_order_relaxed);
    changed_.wait_for(lock, kIdleSleep);
    asleep_.store(false, std::memory_order_relaxed);
    quiet = 0;
  }
}

bool Watchdog::look() {
  bool any = false;
  for (auto& [budget, seen] : watched_) {
    std::uint32_t turn = budget->turn_.load(std::memory_order_acquire);
    // A turn that came and went between two looks also keeps the watch awake.
    any |= turn != seen.turn || turn % 2 != 0;
    if (turn % 2 != 0) {
      look_at(*budget, seen);
    } else {
      seen.turn = turn;
    }
  }
  return any;
}

void Watchdog::look_at(Budget& budget, Seen& seen) {
  std::uint32_t turn = budget.turn_.load(std::memory_order_acquire);
  std::chrono::milliseconds limit(budget.limit_ms_.load(std::memory_order_relaxed));
  auto cpu = cpu_of(budget.clock_.load(std::memory_order_relaxed));
  if (turn != seen.turn) {
    seen = {turn, cpu};
    return;
  }
  if (limit.count() == 0 || cpu - seen.cpu_at < limit) return;
  budget.cut_.store(turn, std::memory_order_release);
  // By id, and repeated at each look: a thread that has ended meanwhile gives ESRCH, one that has gone on ignores it.
  syscall(SYS_tgkill, getpid(), budget.thread_.load(std::memory_order_relaxed), SIGURG);
}

}  // namespace sluice::lua
