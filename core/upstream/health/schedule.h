// Appointments at times of their own, on the loop's timeouts: for what waits a different time each time (jitter, back-off), which a
// TimeoutList cannot do.
//
// Never early, and late by two ticks at most (TimeoutList::kTick). It sleeps by timeouts whose lengths are ticks doubled, so a wait of
// any length takes a few wake-ups, the loop keeps some twenty lists for all of it, and tests move its clock with Loop::advance().
//
// Owned by who makes the appointments. [loop]
#pragma once

#include <cstdint>
#include <map>

#include "net/loop.h"
#include "net/timeout.h"

namespace sluice {

class Schedule;

// Embedded in what waits. `fn(arg)` runs in a turn; it is off before. Destroying it cancels.
class Appointment {
 public:
  Appointment(void (*fn)(void*), void* arg) : fn_(fn), arg_(arg) {}
  Appointment(const Appointment&) = delete;
  Appointment& operator=(const Appointment&) = delete;
  ~Appointment() { cancel(); }

  // (Re)set for `at_ms` of Loop::now_ms(), at the earliest the next millisecond. `schedule` outlives the appointment.
  void set(Schedule& schedule, std::uint64_t at_ms);
  void cancel();
  bool is_set() const { return schedule_ != nullptr; }

 private:
  friend class Schedule;
  void (*fn_)(void*);
  void* arg_;
  Schedule* schedule_ = nullptr;
  std::multimap<std::uint64_t, Appointment*>::iterator at_;
};

class Schedule {
 public:
  explicit Schedule(Loop& loop);
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  std::uint64_t now_ms() const { return loop_.now_ms(); }

 private:
  friend class Appointment;
  void wake();
  void sleep();

  Loop& loop_;
  std::multimap<std::uint64_t, Appointment*> due_;
  Timeout timeout_;
  std::uint64_t wakes_at_ms_ = 0;  // while the timeout is armed
  bool is_waking_ = false;
};

}  // namespace sluice
