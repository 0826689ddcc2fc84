// One exact timer: fires once, then it is gone. For scripts and plugins; connections use Timeout. [loop]
#pragma once

#include <uv.h>

#include <cstdint>

namespace sluice {

class Loop;

// A heap block that frees itself after it fired or was cancelled.
class Timer {
 public:
  // Calls `fn(arg)` in a turn after `milliseconds` (0: next pass of the loop).
  static Timer* start(Loop& loop, std::uint64_t milliseconds, void (*fn)(void*), void* arg);
  // Never fires. The pointer is dead afterwards, as it is once `fn` has begun.
  void cancel();

 private:
  Timer() = default;
  Loop* loop_ = nullptr;
  void (*fn_)(void*) = nullptr;
  void* arg_ = nullptr;
  uv_timer_t handle_;
};

}  // namespace sluice
