#include "upstream/balance/round_robin.h"

#include <algorithm>
#include <numeric>

namespace sluice {
namespace {

// Longest period kept. Weights whose sum is larger are scaled down to it (each at least 1), which moves shares by under
// 1/4096 of the total.
constexpr std::uint64_t kPeriod = 65536;

// The order that nginx's algorithm gives, computed once.
std::vector<std::uint32_t> smooth_order(std::span<const Member> members,
                                        std::span<const std::uint32_t> tier) {
  std::uint64_t divisor = 0, sum = 0;
  for (auto index : tier) {
    divisor = std::gcd(divisor, static_cast<std::uint64_t>(members[index].weight));
    sum += members[index].weight;
  }
  if (sum == 0) return {};
  std::vector<std::int64_t> weights;
  for (auto index : tier) {
    std::uint64_t weight = members[index].weight / divisor;
    if (sum / divisor > kPeriod) weight = std::max<std::uint64_t>(1, members[index].weight * kPeriod / sum);
    weights.push_back(static_cast<std::int64_t>(weight));
  }
  if (std::ranges::all_of(weights, [](auto weight) { return weight == 1; }))
    return {tier.begin(), tier.end()};
  const std::int64_t total = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  std::vector<std::uint32_t> order;
  order.reserve(static_cast<std::size_t>(total));
  std::vector<std::int64_t> current(weights.size(), 0);
  for (std::int64_t step = 0; step < total; ++step) {
    std::size_t best = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      current[i] += weights[i];
      if (current[i] > current[best]) best = i;
    }
    current[best] -= total;
    order.push_back(tier[best]);
  }
  return order;
}

}  // namespace

RoundRobin::RoundRobin(BalancerInput input)
    : members_(input.members), order_(smooth_order(input.members, input.tier)), turns_(input.turns) {}

int RoundRobin::pick(PickQuery& query, std::uint32_t blocks) const {
  if (order_.empty()) return -1;
  const auto start = turns_.next.fetch_add(1, std::memory_order_relaxed) % order_.size();
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const std::size_t at = start + i < order_.size() ? start + i : start + i - order_.size();
    const auto index = static_cast<int>(order_[at]);
    if (can_take(members_[order_[at]], index, query, blocks)) return index;
  }
  return -1;
}

}  // namespace sluice
