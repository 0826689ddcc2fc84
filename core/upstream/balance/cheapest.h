// The member with the least cost of those that are offered; of several that cost the same, each is as likely.
#pragma once

#include "upstream/balance/balancer.h"

namespace sluice {

class Cheapest {
 public:
  // `cost`: 0 or more.
  void offer(int index, double cost, Random& random) {
    if (index_ >= 0 && cost > cost_) return;
    if (index_ < 0 || cost < cost_) {
      ties_ = 1;
    } else if (random.below(++ties_) != 0) {
      return;
    }
    index_ = index;
    cost_ = cost;
  }
  // -1: none was offered.
  int index() const { return index_; }

 private:
  int index_ = -1;
  std::uint32_t ties_ = 0;
  double cost_ = 0;
};

}  // namespace sluice
