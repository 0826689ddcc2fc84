// sluice.sleep
#include <sluice/ext/timer.h>

#include <cmath>
#include <cstdint>
#include <memory>

#include "api.h"
#include "host.h"
#include "visit.h"
#include "wait.h"

namespace sluice::lua {

namespace {

// Longest sleep: what the timer ability takes (2^31 ms), about 24 days.
constexpr double kLongestSleep = 2147483.0;

class Sleep final : public Op {
 public:
  explicit Sleep(Call& call) : call_(call) {}
  ~Sleep() override {
    if (timer_ != nullptr) host.timer->cancel(timer_);
  }

  bool start(std::uint64_t milliseconds) {
    timer_ = host.timer->after(call_.visit->exchange, milliseconds, fired, this);
    return timer_ != nullptr;
  }

 private:
  static void fired(void* self) {
    auto& sleep = *static_cast<Sleep*>(self);
    sleep.timer_ = nullptr;
    complete(sleep.call_);
  }

  Call& call_;
  sluice_timer* timer_ = nullptr;
};

}  // namespace

int sleep(lua_State* state) {
  double seconds = luaL_checknumber(state, 1);
  if (!(seconds >= 0) || seconds > kLongestSleep) {
    return luaL_argerror(state, 1, "seconds from 0 to 2147483 are possible");
  }
  Call& call = check_wait(state, "sluice.sleep");
  if (host.timer == nullptr) return luaL_error(state, "this host has no timers (sluice.timer/1)");
  bool started = false;
  {
    auto op = std::make_unique<Sleep>(call);
    started = op->start(static_cast<std::uint64_t>(std::llround(seconds * 1000)));
    if (started) call.op = std::move(op);
  }
  if (!started) return luaL_error(state, "no memory for a timer");
  return yield_wait(state, call);
}

}  // namespace sluice::lua
