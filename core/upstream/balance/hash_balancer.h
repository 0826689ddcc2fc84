// What consistent_hash and maglev have in common: from the place where a key falls, candidates are asked one after the other, always in
// the same order, until one may be chosen and is within the load bound.
//
//   key -> candidate 0 (its own) -> candidate 1 -> ... kCandidates -> all, by the highest hash of endpoint and key
//            blocked, tried, full, over the bound: the next
//
// When all that may be chosen are over the bound, the first of them is taken. A query without a key gets the better of two drawn.
// A key's endpoint depends on the members' ids and weights alone, not on their order, so that all gateways agree.
#pragma once

#include "upstream/balance/load_bound.h"
#include "upstream/balance/load_cost.h"
#include "upstream/balance/two_choices.h"

namespace sluice {

class HashBalancer : public Balancer {
 public:
  // Candidates asked before all are; they may be the same endpoint again.
  static constexpr int kCandidates = 256;

  int pick(PickQuery& query, std::uint32_t blocks) const override;

 protected:
  explicit HashBalancer(BalancerInput& input);
  // Where the candidates of a key begin; and the candidate there, which moves `place` on. The tier is not empty. A place in the tier.
  virtual std::uint64_t first_place(std::uint64_t hash) const = 0;
  virtual std::uint32_t candidate(std::uint64_t hash, std::uint64_t& place) const = 0;

  // Places of a tier, ordered by Endpoint::id().
  static std::vector<std::uint32_t> by_id(std::span<const Member> members,
                                          std::span<const std::uint32_t> tier);

 private:
  LoadBound bound_;
  LoadCost cost_;
  TwoChoices choices_;
};

}  // namespace sluice
