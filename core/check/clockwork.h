// The timers of one worker under check, on a clock that jumps: when everything else is quiet, the earliest timer fires at
// once and the clocks of "sluice.timer/1" have moved on by its time. A plugin that waits a minute is checked in no time.
//
// One per Stand; its thread only, but for the clocks.
#pragma once

#include <sluice/ext/timer.h>

#include <cstddef>
#include <cstdint>

#include "net/loop.h"

namespace sluice::check {

class Clockwork {
 public:
  explicit Clockwork(Loop& loop) : loop_(loop) {}
  ~Clockwork();
  Clockwork(const Clockwork&) = delete;
  Clockwork& operator=(const Clockwork&) = delete;

  // Fire the earliest timer, in a turn. False when there is none.
  bool fire_next();
  std::size_t pending() const;

  // The table for plugins; it finds the Clockwork by the exchange.
  static const sluice_timer_api& ability();

 private:
  static sluice_timer* after(sluice_exchange* ex, std::uint64_t milliseconds, void (*fn)(void*), void* user);
  static void cancel(sluice_timer* timer);

  Loop& loop_;
};

}  // namespace sluice::check
