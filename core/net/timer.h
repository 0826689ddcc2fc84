// One exact timer: fires once, then it is gone. For scripts and plugins; connections use Timeout. [loop]
#pragma once

#include <uv.h>

#include <cstdint>

namespace sluice {

class Loop;
class Timer;

// The pending timers of one owner, which it can cancel all at once. Empty when it dies.
class TimerList {
 public:
  TimerList() = default;
  TimerList(const TimerList&) = delete;
  TimerList& operator=(const TimerList&) = delete;

  void cancel_all();
  bool empty() const { return first_ == nullptr; }

 private:
  friend class Timer;
  Timer* first_ = nullptr;
};

// A heap block that frees itself after it fired or was cancelled.
class Timer {
 public:
  // Calls `fn(arg)` in a turn after `milliseconds` (0: next pass of the loop). Until then it stands in `list`, if given, which
  // outlives it.
  static Timer* start(Loop& loop, std::uint64_t milliseconds, void (*fn)(void*), void* arg,
                      TimerList* list = nullptr);
  // Never fires. The pointer is dead afterwards, as it is once `fn` has begun.
  void cancel();

 private:
  friend class TimerList;
  Timer() = default;
  Loop* loop_ = nullptr;
  void (*fn_)(void*) = nullptr;
  void* arg_ = nullptr;
  TimerList* list_ = nullptr;
  Timer* next_ = nullptr;
  Timer* previous_ = nullptr;
  uv_timer_t handle_;
};

}  // namespace sluice
