// The endpoints of a group as they are at one moment: members, and for each tier what its algorithm has computed.
//
//   tiers, in order:  priority 0 in the gateway's zone | priority 0 | priority 1 in the zone | priority 1 | ...
//
// pick() asks the first tier that is not short: of whose endpoints at least min_available percent (zone tiers: zone_min_available)
// take exchanges. When all are short, on_shortage says: "spread" over all of the first priority's endpoints, healthy or not, or
// "fail". A tier in which nobody can be had (full, tried) is passed over too.
//
// Immutable. A new one is made, on the control thread, when members come or go (discovery, reload) or a block changes; between that
// change and the new set, picks pass over what is blocked. Exchanges hold the set in which they chose: their indices are its. [any-thread]
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "upstream/balance/balancer.h"

namespace sluice {

using Members = std::vector<Member>;

class EndpointSet {
 public:
  // `members` may be empty. `turns` outlives the set. `before`: the set that this one replaces, whose balancers serve on where
  // nothing that matters to them has changed; may be null.
  EndpointSet(std::shared_ptr<const Members> members, const BalanceSettings& settings, Turns& turns,
              const EndpointSet* before = nullptr);
  ~EndpointSet();
  EndpointSet(const EndpointSet&) = delete;
  EndpointSet& operator=(const EndpointSet&) = delete;

  std::span<const Member> members() const { return *members_; }
  const std::shared_ptr<const Members>& members_pointer() const { return members_; }
  // Index of the member whose endpoint has this text, or this Endpoint::id(); -1. Constant time.
  int find(std::string_view text) const;
  int find(std::uint64_t id) const;

  // See above; -1 when nobody may be chosen (query.saw_full says whether somebody was only full).
  int pick(PickQuery& query) const;
  // True when all priorities are short, so that on_shortage decides.
  bool is_short() const { return short_; }
  // Members without a block, of those with a weight, when the set was made.
  std::size_t available() const { return available_; }

 private:
  struct Tier;
  struct Index;
  void make_tiers(Turns& turns, const EndpointSet* before);

  std::shared_ptr<const Members> members_;
  BalanceSettings settings_;
  std::vector<Tier> tiers_;
  std::shared_ptr<const Balancer> spread_;  // when all are short and on_shortage says so
  std::shared_ptr<const Index> index_;
  bool short_ = false;
  std::size_t available_ = 0;
};

}  // namespace sluice
