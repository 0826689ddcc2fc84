// Smooth weighted round robin: in each period every endpoint comes up as often as its weight says, spread as evenly as can be.
//
// The order is computed when the balancer is made. For tiers where that is cheap it is exactly the one that nginx gives; for others
// (endpoints * period over a million) each endpoint's turns are laid out evenly over the period, and those of endpoints that weigh
// the same start at different moments.
// One that may not be chosen, or is passed over in its slow start, costs a turn: the next turn is taken, so that what it leaves is
// shared by all and does not fall to its neighbour.
#pragma once

#include "upstream/balance/slow_start.h"

namespace sluice {

class RoundRobin final : public Balancer {
 public:
  explicit RoundRobin(BalancerInput input);
  int pick(PickQuery& query, std::uint32_t blocks) const override;

 private:
  std::vector<std::uint32_t> order_;  // one period: indices of members. Empty: the tier as it stands
  SlowStart slow_start_;
  Turns& turns_;
};

}  // namespace sluice
