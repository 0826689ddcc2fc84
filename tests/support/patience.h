// Waiting for a condition in tests: never a fixed sleep, always an end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace sluice::test {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// How long a test waits for what must come. Long enough for a sanitizer build on a busy machine; a passing test never
// waits that long.
inline constexpr std::chrono::milliseconds kPatience = 15s;

// True as soon as `holds()` is, false when it is not within `patience`.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds patience = kPatience) {
  const auto deadline = Clock::now() + patience;
  while (!holds()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(500us);
  }
  return true;
}

// A door between a test and the thread of its origin: opened once, then open for good. [any-thread]
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  // Throws when it is not opened within `patience`.
  void wait(std::chrono::milliseconds patience = kPatience) {
    std::unique_lock lock(mutex_);
    if (!opened_.wait_for(lock, patience, [this] { return open_; }))
      throw std::runtime_error("gate not opened");
  }
  bool is_open() const {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

}  // namespace sluice::test
