// Timeouts of one length, as a FIFO: arming, re-arming and cancelling are constant time and allocate nothing.
//
// Since all entries of a list wait equally long, the oldest expires first and the list is always in order. The loop has one
// libuv timer, set for the earliest head and at most once a tick (kTick), so a timeout fires up to one tick late, never
// early, and an idle process does not wake. For exact times there is Timer (net/timer.h).
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

class Loop;
class TimeoutList;

// Embedded in what waits. `fn(arg)` runs in a turn; the entry is disarmed before. Destroying it cancels.
class Timeout {
 public:
  Timeout() = default;
  Timeout(void (*fn)(void*), void* arg) : fn_(fn), arg_(arg) {}
  Timeout(const Timeout&) = delete;
  Timeout& operator=(const Timeout&) = delete;
  ~Timeout() { cancel(); }

  // What to call from now on.
  void set(void (*fn)(void*), void* arg) {
    fn_ = fn;
    arg_ = arg;
  }
  // (Re)start in this list: expires its length from now.
  void arm(TimeoutList& list);
  void cancel();
  bool armed() const { return list_ != nullptr; }

 private:
  friend class TimeoutList;
  void (*fn_)(void*) = nullptr;
  void* arg_ = nullptr;
  TimeoutList* list_ = nullptr;
  Timeout* next_ = nullptr;
  Timeout* previous_ = nullptr;
  std::uint64_t deadline_ms_ = 0;
};

class TimeoutList {
 public:
  // Granularity of all timeouts. 20 ms: fine enough for "50ms" in a configuration, at most 50 wake-ups a second.
  static constexpr std::chrono::milliseconds kTick{20};

  TimeoutList(Loop& loop, std::chrono::milliseconds length) : loop_(loop), length_(length) {}
  std::chrono::milliseconds length() const { return length_; }
  // Fire what is due at `now_ms`.
  void expire(std::uint64_t now_ms);
  // When the oldest entry is due; the largest value when there is none.
  std::uint64_t next_ms() const { return head_ != nullptr ? head_->deadline_ms_ : ~std::uint64_t{0}; }

 private:
  friend class Timeout;
  void push(Timeout& entry);
  void unlink(Timeout& entry);

  Loop& loop_;
  std::chrono::milliseconds length_;
  Timeout* head_ = nullptr;
  Timeout* tail_ = nullptr;
};

}  // namespace sluice
