// The better of two drawn by weight: the one with fewer exchanges in flight for its weight (two_choices.h).
#pragma once

#include "upstream/balance/load_cost.h"
#include "upstream/balance/two_choices.h"

namespace sluice {

class PowerOfTwo final : public Balancer {
 public:
  explicit PowerOfTwo(BalancerInput input)
      : Balancer(input), cost_(input.settings), choices_(members_, tier_) {}
  int pick(PickQuery& query, std::uint32_t blocks) const override {
    return choices_.pick(members_, tier_, query, blocks, cost_);
  }

 private:
  LoadCost cost_;
  TwoChoices choices_;
};

}  // namespace sluice
