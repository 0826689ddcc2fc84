// At random, each endpoint as likely as its weight says.
#pragma once

#include "upstream/balance/slow_start.h"
#include "upstream/balance/weighted_draw.h"

namespace sluice {

class RandomDraw final : public Balancer {
 public:
  explicit RandomDraw(BalancerInput input)
      : Balancer(input), slow_start_(input.settings), draw_(members_, tier_) {}
  int pick(PickQuery& query, std::uint32_t blocks) const override;

 private:
  SlowStart slow_start_;
  WeightedDraw draw_;
};

}  // namespace sluice
