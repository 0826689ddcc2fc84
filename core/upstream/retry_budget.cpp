#include "upstream/retry_budget.h"

namespace sluice {

// Whoever comes first in a new second empties its bucket. Others that come in the same moment may be lost from the count, which a
// share of thousands does not notice.
RetryBudget::Bucket& RetryBudget::bucket(std::uint64_t now_ns) {
  const std::uint64_t second = now_ns / 1'000'000'000;
  Bucket& bucket = buckets_[second % kSeconds];
  auto seen = bucket.second.load(std::memory_order_relaxed);
  if (seen != second && bucket.second.compare_exchange_strong(seen, second, std::memory_order_relaxed)) {
    bucket.requests.store(0, std::memory_order_relaxed);
    bucket.retries.store(0, std::memory_order_relaxed);
  }
  return bucket;
}

bool RetryBudget::take(const RetrySettings& settings, std::uint64_t now_ns) {
  Bucket& now = bucket(now_ns);
  const std::uint64_t second = now_ns / 1'000'000'000;
  std::uint64_t requests = 0, retries = 0;
  for (auto& bucket : buckets_) {
    if (bucket.second.load(std::memory_order_relaxed) + kSeconds <= second) continue;
    requests += bucket.requests.load(std::memory_order_relaxed);
    retries += bucket.retries.load(std::memory_order_relaxed);
  }
  const bool in_share = retries < requests * settings.budget_percent / 100;
  const bool in_floor = now.retries.load(std::memory_order_relaxed) < settings.budget_min;
  if (!in_share && !in_floor) return false;
  now.retries.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace sluice
