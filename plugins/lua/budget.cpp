#include "budget.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <lua.hpp>
#include <mutex>

#include "watchdog.h"

namespace sluice::lua {

namespace {

// What the signal handler needs to know of its own thread. Initial-exec, so that reading it in a handler never allocates.
struct Self {
  pid_t id = 0;
  clockid_t clock = 0;
  Budget* running = nullptr;
};
[[gnu::tls_model("initial-exec")]] thread_local Self self;

struct sigaction before_us;

// Raises at every instruction until the hook is taken off: a pcall that catches it meets the next one at once.
void over_budget(lua_State* state, lua_Debug*) {
  luaL_where(state, 0);
  lua_pushliteral(state, "the CPU budget of this hook call is used up (cpu_budget)");
  lua_concat(state, 2);
  lua_error(state);
}

}  // namespace

void Budget::on_signal(int number, siginfo_t* info, void* machine) {
  Budget* budget = self.running;
  if (budget != nullptr &&
      budget->cut_.load(std::memory_order_acquire) == budget->turn_.load(std::memory_order_relaxed)) {
    budget->arm();
    return;
  }
  if ((before_us.sa_flags & SA_SIGINFO) != 0) {
    if (before_us.sa_sigaction != nullptr) before_us.sa_sigaction(number, info, machine);
  } else if (before_us.sa_handler != SIG_DFL && before_us.sa_handler != SIG_IGN) {
    before_us.sa_handler(number);
  }
}

void Budget::watch(lua_State* state) {
  static std::once_flag installed;
  std::call_once(installed, [] {
    struct sigaction action{};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, &before_us);
  });
  state_ = state;
  Watchdog::get().add(*this);
}

Budget::~Budget() {
  if (state_ != nullptr) Watchdog::get().remove(*this);
}

void Budget::begin(std::chrono::milliseconds limit) {
  if (self.id == 0) {
    self.id = static_cast<pid_t>(syscall(SYS_gettid));
    pthread_getcpuclockid(pthread_self(), &self.clock);
  }
  thread_.store(self.id, std::memory_order_relaxed);
  clock_.store(self.clock, std::memory_order_relaxed);
  limit_ms_.store(limit.count(), std::memory_order_relaxed);
  turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  outer_ = self.running;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  self.running = this;
  Watchdog::get().wake();
}

bool Budget::leave() {
  if (state_ == nullptr) return false;
  self.running = outer_;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  if (armed_ == 0) return false;
  disarm();
  return true;
}

// In the signal handler, on the thread that runs the VM. Off and on again: when the signal came while LuaJIT itself was
// rewriting its dispatch table, that table may have come out half ours; the next look's signal then writes it whole.
void Budget::arm() {
  armed_ = 1;
  lua_sethook(state_, nullptr, 0, 0);
  lua_sethook(state_, over_budget, LUA_MASKCOUNT, 1);
}

// On and off for the same reason: the last word on the dispatch table is spoken here, with no Lua running.
void Budget::disarm() {
  armed_ = 0;
  lua_sethook(state_, over_budget, LUA_MASKCOUNT, 1);
  lua_sethook(state_, nullptr, 0, 0);
}

}  // namespace sluice::lua
