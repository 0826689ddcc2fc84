// What one exchange more would cost at an endpoint, by what is in flight there: (in flight + 1) / weight, the weight being less in
// slow start.
#pragma once

#include "upstream/balance/slow_start.h"

namespace sluice {

class LoadCost {
 public:
  explicit LoadCost(const BalanceSettings& settings) : slow_start_(settings) {}
  double operator()(const Member& member, std::uint64_t now_ns) const {
    return (static_cast<double>(member.endpoint->in_flight()) + 1) /
           (static_cast<double>(member.weight) * slow_start_.part(*member.endpoint, now_ns));
  }

 private:
  SlowStart slow_start_;
};

}  // namespace sluice
