#include "upstream/latencies.h"

#include <algorithm>
#include <cmath>

namespace sluice {
namespace {

constexpr double kFirstNs = 65536;

}  // namespace

std::size_t Latencies::bucket_of(std::uint64_t took_ns) {
  if (took_ns <= static_cast<std::uint64_t>(kFirstNs)) return 0;
  const double doublings = std::log2(static_cast<double>(took_ns) / kFirstNs);
  return std::min(kBuckets - 1, static_cast<std::size_t>(std::ceil(doublings * 4)));
}

void Latencies::note(std::uint64_t took_ns) {
  counts_[bucket_of(took_ns)].fetch_add(1, std::memory_order_relaxed);
  if (total_.fetch_add(1, std::memory_order_relaxed) + 1 < kMost) return;
  // What is older counts half from now on. Two at once may halve twice: the shape stays.
  std::uint32_t left = 0;
  for (auto& count : counts_) {
    const auto half = count.load(std::memory_order_relaxed) / 2;
    count.store(half, std::memory_order_relaxed);
    left += half;
  }
  total_.store(left, std::memory_order_relaxed);
}

std::chrono::milliseconds Latencies::percentile(std::uint32_t percent) const {
  std::uint64_t total = 0;
  for (auto& count : counts_)
    total += count.load(std::memory_order_relaxed);
  if (total < kLeast) return {};
  const std::uint64_t wanted = (total * percent + 99) / 100;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i].load(std::memory_order_relaxed);
    if (seen < wanted) continue;
    const double upper_ns = kFirstNs * std::exp2(static_cast<double>(i) / 4);
    return std::chrono::milliseconds(
        std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(upper_ns / 1e6))));
  }
  return {};
}

}  // namespace sluice
