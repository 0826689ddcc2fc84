#include "upstream/latencies.h"

#include <algorithm>
#include <cmath>

namespace sluice {
namespace {

constexpr double kFirstNs = 65536;

}  // namespace

std::size_t Latencies::Histogram::bucket_of(std::uint64_t took_ns) {
  if (took_ns <= static_cast<std::uint64_t>(kFirstNs)) return 0;
  const double doublings = std::log2(static_cast<double>(took_ns) / kFirstNs);
  return std::min(kBuckets - 1, static_cast<std::size_t>(std::ceil(doublings * 4)));
}

Latencies::Latencies() = default;
Latencies::~Latencies() = default;

Latencies::Histogram& Latencies::histogram() {
  if (auto* ready = ready_.load(std::memory_order_acquire)) return *ready;
  std::call_once(made_, [this] {
    histogram_ = std::make_unique<Histogram>();
    ready_.store(histogram_.get(), std::memory_order_release);
  });
  return *histogram_;
}

void Latencies::note(std::uint64_t took_ns) {
  auto& [counts, total] = histogram();
  counts[Histogram::bucket_of(took_ns)].fetch_add(1, std::memory_order_relaxed);
  if (total.fetch_add(1, std::memory_order_relaxed) + 1 < kMost) return;
  // What is older counts half from now on. Two at once may halve twice: the shape stays.
  std::uint32_t left = 0;
  for (auto& count : counts) {
    const auto half = count.load(std::memory_order_relaxed) / 2;
    count.store(half, std::memory_order_relaxed);
    left += half;
  }
  total.store(left, std::memory_order_relaxed);
}

std::chrono::milliseconds Latencies::percentile(std::uint32_t percent) const {
  const auto* ready = ready_.load(std::memory_order_acquire);
  if (ready == nullptr) return {};
  auto& counts = ready->counts;
  std::uint64_t total = 0;
  for (auto& count : counts)
    total += count.load(std::memory_order_relaxed);
  if (total < kLeast) return {};
  const std::uint64_t wanted = (total * percent + 99) / 100;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
    seen += counts[i].load(std::memory_order_relaxed);
    if (seen < wanted) continue;
    const double upper_ns = kFirstNs * std::exp2(static_cast<double>(i) / 4);
    return std::chrono::milliseconds(
        std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(upper_ns / 1e6))));
  }
  return {};
}

}  // namespace sluice
