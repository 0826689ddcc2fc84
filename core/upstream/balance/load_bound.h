// The load bound of hashes: no endpoint has more than `hash_load_bound` times its share of the exchanges in flight, so that a hot key
// cannot overload one (Mirrokni, Thorup, Zadimoghaddam 2016).
//
// How many are in flight in all must be known at each pick without looking at each endpoint: those of a bounded tier count together in
// a GroupLoad (endpoint.h), one atomic addition more at the begin and the end of an exchange. Exact, unlike a sample, so that a pick is
// a function of the key and of the counts alone; and groups that are balanced otherwise pay nothing.
// When endpoints of one tier count in different GroupLoads (they came together by a reload), the sum of those is taken.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "upstream/balance/balancer.h"

namespace sluice {

class LoadBound {
 public:
  // Makes the tier's endpoints count together, if there is a bound. `blocks`: as BalancerInput has it. [control thread]
  LoadBound(std::span<const Member> members, std::span<const std::uint32_t> tier, double bound,
            std::uint32_t blocks);

  // Most exchanges that an endpoint of weight 1 may have now, one more being on its way to the group; 0: no bound. [any-thread]
  double per_weight() const;
  // True when `member` may take one more: in flight + 1 is at most its share, rounded up.
  static bool allows(const Member& member, double per_weight);

 private:
  double factor_ = 0;  // bound / weight of all that count; 0: no bound
  std::vector<std::shared_ptr<GroupLoad>> loads_;
};

}  // namespace sluice
