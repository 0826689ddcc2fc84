#include "upstream/balance/weighted_draw.h"

#include <algorithm>

namespace sluice {

WeightedDraw::WeightedDraw(std::span<const Member> members, std::span<const std::uint32_t> tier)
    : size_(static_cast<std::uint32_t>(tier.size())) {
  const auto differs = [&](auto index) {
    return members[index].weight != members[tier.front()].weight;
  };
  if (std::ranges::none_of(tier, differs)) return;
  std::uint64_t sum = 0;
  for (auto index : tier)
    sum += members[index].weight;
  // In whole numbers: each place has weight * size of the sum that each slot holds. Those that have less than a slot lend theirs to
  // one that has more (Vose 1991).
  std::vector<std::uint64_t> left;
  std::vector<std::uint32_t> small, large;
  for (std::uint32_t place = 0; place < size_; ++place) {
    left.push_back(std::uint64_t{members[tier[place]].weight} * size_);
    (left.back() < sum ? small : large).push_back(place);
  }
  slots_.resize(size_);
  while (!small.empty() && !large.empty()) {
    const auto place = small.back(), lender = large.back();
    small.pop_back();
    slots_[place] = {
        static_cast<std::uint32_t>(static_cast<double>(left[place]) / static_cast<double>(sum) * 0x1.0p32),
        lender};
    left[lender] -= sum - left[place];
    if (left[lender] >= sum) continue;
    large.pop_back();
    small.push_back(lender);
  }
  for (auto place : large)
    slots_[place] = {~std::uint32_t{0}, place};
}

}  // namespace sluice
