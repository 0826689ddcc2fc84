#include "upstream/balance/round_robin.h"

#include <algorithm>
#include <numeric>

namespace sluice {
namespace {

// Longest period kept, in turns. Weights whose sum (divided by what they have in common) is larger are scaled to it, each to the
// nearest whole number of turns and at least 1: at most half a turn off, with kTurnsEach of them on the average.
constexpr std::uint64_t kPeriod = 65536, kTurnsEach = 16;
// Most steps spent on nginx's order.
constexpr std::uint64_t kSteps = 1'000'000;

std::vector<std::uint32_t> turns_in_period(std::span<const Member> members,
                                           std::span<const std::uint32_t> tier) {
  std::uint64_t divisor = 0, sum = 0;
  for (auto index : tier) {
    divisor = std::gcd(divisor, std::uint64_t{members[index].weight});
    sum += members[index].weight;
  }
  const std::uint64_t period = std::max(kPeriod, kTurnsEach * tier.size());
  std::vector<std::uint32_t> turns;
  turns.reserve(tier.size());
  for (auto index : tier) {
    const std::uint64_t weight = members[index].weight;
    const auto exact = weight / divisor;
    const auto scaled = std::max<std::uint64_t>(1, (weight * period + sum / 2) / sum);
    turns.push_back(static_cast<std::uint32_t>(sum / divisor > period ? scaled : exact));
  }
  return turns;
}

// As nginx computes it: each step all gain their weight, the first that has most takes the turn and pays the total.
std::vector<std::uint32_t> smooth_order(std::span<const std::uint32_t> turns,
                                        std::span<const std::uint32_t> tier, std::uint64_t period) {
  std::vector<std::uint32_t> order;
  order.reserve(period);
  std::vector<std::int64_t> current(turns.size(), 0);
  for (std::uint64_t step = 0; step < period; ++step) {
    std::size_t best = 0;
    for (std::size_t i = 0; i < turns.size(); ++i) {
      current[i] += turns[i];
      if (current[i] > current[best]) best = i;
    }
    current[best] -= static_cast<std::int64_t>(period);
    order.push_back(tier[best]);
  }
  return order;
}

// Turn k of an endpoint with w of them wants to be at (k + phase) / w of the period; all turns are sorted by that (by counting). The
// phases are multiples of the golden ratio, as evenly spread as can be however many there are.
std::vector<std::uint32_t> spread_order(std::span<const std::uint32_t> turns,
                                        std::span<const std::uint32_t> tier, std::uint64_t period) {
  const auto each_turn = [&](auto&& take) {
    for (std::size_t i = 0; i < turns.size(); ++i) {
      // 2^64 / golden ratio, multiplied in whole numbers so that every machine finds the same order.
      const auto phase = static_cast<double>((i + 1) * 0x9e3779b97f4a7c15 >> 32) * 0x1.0p-32;
      const double step = static_cast<double>(period) / turns[i];
      for (std::uint32_t k = 0; k < turns[i]; ++k)
        take(std::min(static_cast<std::uint64_t>((k + phase) * step), period - 1), tier[i]);
    }
  };
  std::vector<std::uint32_t> starts(period + 1, 0);
  each_turn([&](std::uint64_t place, std::uint32_t) { ++starts[place + 1]; });
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<std::uint32_t> order(period);
  each_turn([&](std::uint64_t place, std::uint32_t index) { order[starts[place]++] = index; });
  return order;
}

std::vector<std::uint32_t> order_of(std::span<const Member> members, std::span<const std::uint32_t> tier) {
  const auto turns = turns_in_period(members, tier);
  if (std::ranges::all_of(turns, [](auto count) { return count == 1; })) return {};
  const auto period = std::accumulate(turns.begin(), turns.end(), std::uint64_t{0});
  return period * turns.size() <= kSteps ? smooth_order(turns, tier, period)
                                         : spread_order(turns, tier, period);
}

// Turns taken in one pick before all are looked at.
constexpr int kTurnsTaken = 16;

}  // namespace

RoundRobin::RoundRobin(BalancerInput input)
    : Balancer(input), order_(order_of(members_, tier_)), slow_start_(input.settings), turns_(input.turns) {}

int RoundRobin::pick(PickQuery& query, std::uint32_t blocks) const {
  if (tier_.empty()) return -1;
  const auto& order = order_.empty() ? tier_ : order_;
  int passed_over = -1;
  std::uint64_t turn = 0;
  for (int i = 0; i < kTurnsTaken; ++i) {
    turn = turns_.next.fetch_add(1, std::memory_order_relaxed);
    const auto index = order[turn % order.size()];
    if (!can_take(members_[index], static_cast<int>(index), query, blocks)) continue;
    if (slow_start_.accepts(*members_[index].endpoint, query)) return static_cast<int>(index);
    passed_over = static_cast<int>(index);
  }
  return passed_over >= 0 ? passed_over : scan_from(turn % tier_.size(), query, blocks);
}

}  // namespace sluice
