// Whoever has the fewest exchanges in flight for its weight, chance deciding among equals. Of up to 256 endpoints the least of all;
// above that the least of 64 different ones, so that a pick does not grow with the group: one of each 64th part of the tier.
#pragma once

#include "upstream/balance/load_cost.h"

namespace sluice {

class LeastRequests final : public Balancer {
 public:
  static constexpr std::size_t kWhole = 256;
  static constexpr std::size_t kDrawn = 64;

  explicit LeastRequests(BalancerInput input) : Balancer(input), cost_(input.settings) {}
  int pick(PickQuery& query, std::uint32_t blocks) const override;

 private:
  LoadCost cost_;
};

}  // namespace sluice
