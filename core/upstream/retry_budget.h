// How many further attempts a group may make: a share of its requests over the last ten seconds, and so many a second in any case.
//
// One per upstream for the whole process. An attempt is counted when it is decided, so those that wait for their back-off count
// (pains.md 14). Ten buckets of a second; a request costs one atomic addition. [any-thread]
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "upstream/settings.h"

namespace sluice {

class RetryBudget {
 public:
  static constexpr std::uint64_t kSeconds = 10;

  // `now_ns`: uv_hrtime().
  void note_request(std::uint64_t now_ns) { bucket(now_ns).requests.fetch_add(1, std::memory_order_relaxed); }
  // Takes one further attempt if there is one to be had.
  bool take(const RetrySettings& settings, std::uint64_t now_ns);

 private:
  struct alignas(16) Bucket {
    std::atomic<std::uint64_t> second{0};
    std::atomic<std::uint32_t> requests{0}, retries{0};
  };
  Bucket& bucket(std::uint64_t now_ns);

  std::array<Bucket, kSeconds> buckets_;
};

}  // namespace sluice
