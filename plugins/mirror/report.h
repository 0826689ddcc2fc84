// What became of the copies of one use: counts for all workers, and a bounded number of log lines.
#pragma once

#include <sluice/ext/timer.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "answer.h"

namespace mirror {

// At most so many a minute. [any-thread]
class Allowance {
 public:
  explicit Allowance(std::uint32_t a_minute) : most_(a_minute) {}
  bool take(std::uint64_t now_us);

 private:
  const std::uint32_t most_;
  std::atomic<std::uint64_t> window_{0};  // the minute's number above, how many were taken below
};

// [any-thread]
class Report {
 public:
  explicit Report(std::uint32_t log_lines);
  // Says the sums in the log.
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  void sent() { add(sent_); }
  void dropped() { add(dropped_); }
  void failed(std::string_view request_id, std::string_view reason, std::string_view detail);
  void answered() { add(answered_); }
  void compared(std::string_view request_id, const std::vector<Difference>& found);

 private:
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count) { count.fetch_add(1, std::memory_order_relaxed); }
  static std::string text(const Count& count) {
    return std::to_string(count.load(std::memory_order_relaxed));
  }
  std::uint64_t now_us() const { return timer_ ? timer_->monotonic_us() : 0; }

  const sluice_timer_api* timer_;
  Allowance differences_, failures_;
  Count sent_ = 0, dropped_ = 0, failed_ = 0, answered_ = 0, compared_ = 0, different_ = 0;
};

}  // namespace mirror
