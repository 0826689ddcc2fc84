#include "upstream/group.h"

#include <algorithm>
#include <numeric>

namespace sluice {
namespace {

// Longest period kept. Weights whose sum is larger are scaled down to it (each at least 1), which moves shares by under
// 1/4096 of the total.
constexpr std::uint64_t kPeriod = 65536;

std::vector<std::uint32_t> smooth_order(std::span<const Member> members) {
  std::vector<std::int64_t> weights;
  std::uint64_t divisor = 0, sum = 0;
  for (auto& member : members) {
    divisor = std::gcd(divisor, static_cast<std::uint64_t>(member.weight));
    sum += member.weight;
  }
  if (sum == 0) return {};
  for (auto& member : members) {
    std::uint64_t weight = member.weight / divisor;
    if (sum / divisor > kPeriod && weight > 0)
      weight = std::max<std::uint64_t>(1, member.weight * kPeriod / sum);
    weights.push_back(static_cast<std::int64_t>(weight));
  }
  const std::int64_t total = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  std::vector<std::uint32_t> order;
  order.reserve(static_cast<std::size_t>(total));
  if (std::ranges::all_of(weights, [](auto weight) { return weight <= 1; })) {
    for (std::uint32_t i = 0; i < weights.size(); ++i)
      if (weights[i] == 1) order.push_back(i);
    return order;
  }
  std::vector<std::int64_t> current(weights.size(), 0);
  for (std::int64_t step = 0; step < total; ++step) {
    std::size_t best = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      current[i] += weights[i];
      if (current[i] > current[best]) best = i;
    }
    current[best] -= total;
    order.push_back(static_cast<std::uint32_t>(best));
  }
  return order;
}

}  // namespace

Group::Group(std::string name, GroupSettings settings, std::vector<Member> members)
    : name_(std::move(name)),
      settings_(settings),
      members_(std::move(members)),
      order_(smooth_order(members_)) {}

int Group::pick(std::span<const int> tried) const {
  if (order_.empty()) return -1;
  const std::size_t start = turn_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const auto index = static_cast<int>(order_[(start + i) % order_.size()]);
    if (!members_[static_cast<std::size_t>(index)].endpoint->has_address()) continue;
    if (std::ranges::find(tried, index) != tried.end()) continue;
    return index;
  }
  return -1;
}

}  // namespace sluice
