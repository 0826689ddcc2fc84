// Response times of an upstream, as a histogram that forgets: for "after the 95th percentile". One per upstream; a note costs one
// atomic addition. [any-thread]
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

namespace sluice {

class Latencies {
 public:
  // So many are known at least before percentile() answers; at kMost what is older counts half from then on.
  static constexpr std::uint32_t kLeast = 100, kMost = 4096;

  Latencies();
  ~Latencies();
  void note(std::uint64_t took_ns);
  // The time within which `percent` of responses began, at most 19 % above the true one; 0: too little is known.
  std::chrono::milliseconds percentile(std::uint32_t percent) const;

 private:
  // Made at the first note: few upstreams are asked for percentiles.
  struct Histogram;
  Histogram& histogram();

  std::once_flag made_;
  std::atomic<Histogram*> ready_{nullptr};
  std::unique_ptr<Histogram> histogram_;
};

// The counts.
struct Latencies::Histogram {
  // Four to each doubling, from 2^16 ns (66 us) on; the last one takes all from about 70 s on.
  static constexpr std::size_t kBuckets = 81;
  static std::size_t bucket_of(std::uint64_t took_ns);
  std::array<std::atomic<std::uint32_t>, kBuckets> counts{};
  std::atomic<std::uint32_t> total{0};
};

}  // namespace sluice
