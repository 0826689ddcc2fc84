// Smooth weighted round robin: in each period every endpoint comes up as often as its weight says, spread as evenly as can be.
#pragma once

#include "upstream/balance/balancer.h"

namespace sluice {

class RoundRobin final : public Balancer {
 public:
  explicit RoundRobin(BalancerInput input);
  int pick(PickQuery& query, std::uint32_t blocks) const override;

 private:
  std::span<const Member> members_;
  std::vector<std::uint32_t> order_;  // one period of the schedule: indices of members
  Turns& turns_;
};

}  // namespace sluice
