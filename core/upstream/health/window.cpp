#include "upstream/health/window.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

// Of an even number the mean of the middle two. `values` is not empty.
double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string judge_share(const WindowCount& count, const EjectionSettings& settings) {
  if (settings.failure_percent == 0 || count.requests < settings.min_requests) return {};
  // The two were read one after the other while workers counted.
  const std::uint64_t failures = std::min(count.failures, count.requests);
  if (failures * 100 < std::uint64_t{settings.failure_percent} * count.requests) return {};
  return fmt::format("{} % of {} requests failed", failures * 100 / count.requests, count.requests);
}

}  // namespace

std::vector<std::string> judge_window(std::span<const WindowCount> counts, const EjectionSettings& settings) {
  std::vector<std::string> reasons;
  std::vector<double> means;
  const auto mean_of = [&settings](const WindowCount& count) {
    return count.timed < std::max(settings.min_requests, 1u)
               ? 0
               : static_cast<double>(count.took_ns) / count.timed;
  };
  for (auto& count : counts) {
    reasons.push_back(judge_share(count, settings));
    if (const double mean = mean_of(count); mean > 0) means.push_back(mean);
  }
  if (settings.latency_factor <= 0 || means.size() < kLatencyNeeds) return reasons;
  const double middle = median(std::move(means));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double mean = mean_of(counts[i]);
    if (!reasons[i].empty() || mean <= middle * settings.latency_factor) continue;
    reasons[i] =
        fmt::format("responses took {:.1f} ms on average, {:.1f} times the upstream's median of {:.1f} ms",
                    mean / 1e6, mean / middle, middle / 1e6);
  }
  return reasons;
}

}  // namespace sluice
