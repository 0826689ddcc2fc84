// The member with the least cost of those that are offered; of several that cost the same, each is as likely.
#pragma once

#include <array>

#include "upstream/balance/balancer.h"

namespace sluice {

class Cheapest {
 public:
  // `cost`: 0 or more.
  void offer(int index, double cost) {
    if (ties_ > 0 && cost > cost_) return;
    if (ties_ == 0 || cost < cost_) {
      ties_ = 0;
      cost_ = cost;
    }
    // More only come where all of a large tier are looked at because nearly none of it may be chosen.
    if (ties_ < equals_.size()) equals_[ties_++] = index;
  }
  // -1: none was offered.
  int index(Random& random) const {
    if (ties_ == 0) return -1;
    return equals_[ties_ == 1 ? 0 : random.below(ties_)];
  }

 private:
  double cost_ = 0;
  std::uint32_t ties_ = 0;
  std::array<int, 256>
      equals_;  // the first `ties_`; one number drawn at the end is cheaper than one for each
};

}  // namespace sluice
