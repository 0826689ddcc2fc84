#include "upstream/balance/least_requests.h"

#include "upstream/balance/cheapest.h"

namespace sluice {

int LeastRequests::pick(PickQuery& query, std::uint32_t blocks) const {
  Cheapest cheapest;
  const auto offer = [&](std::uint32_t index) {
    if (can_take(members_[index], static_cast<int>(index), query, blocks))
      cheapest.offer(static_cast<int>(index), cost_(members_[index], query.now_ns));
  };
  if (tier_.size() > kWhole) {
    for (std::size_t part = 0; part < kDrawn; ++part) {
      const auto begin = part * tier_.size() / kDrawn, end = (part + 1) * tier_.size() / kDrawn;
      offer(tier_[begin + query.random.below(static_cast<std::uint32_t>(end - begin))]);
    }
    if (const int index = cheapest.index(query.random); index >= 0) return index;
  }
  for (auto index : tier_)
    offer(index);
  return cheapest.index(query.random);
}

}  // namespace sluice
