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

#include <memory>
#include <span>
#include <vector>

#include "upstream/balance/balancer.h"

namespace sluice {

using Members = std::vector<Member>;

class EndpointSet {
 public:
  // `members` may be empty. `turns` outlives the set. Does not throw for any weights or priorities.
  EndpointSet(std::shared_ptr<const Members> members, const BalanceSettings& settings, Turns& turns);
  ~EndpointSet();

  std::span<const Member> members() const { return *members_; }
  const std::shared_ptr<const Members>& members_pointer() const { return members_; }
  // Index of the member whose endpoint has this text; -1. Constant time.
  int find(std::string_view text) const;
  // The same by Endpoint::id().
  int find(std::uint64_t id) const;

  // See above; -1 when nobody may be chosen (query.saw_full says whether because all are full).
  int pick(PickQuery& query) const;
  // True when all tiers are short, so that on_shortage decides.
  bool is_short() const { return short_; }
  std::size_t available() const { return available_; }

 private:
  struct Tier;
  std::shared_ptr<const Members> members_;
  BalanceSettings settings_;
  std::vector<Tier> tiers_;
  struct Index;
  std::unique_ptr<const Index> index_;
  bool short_ = false;
  std::size_t available_ = 0;
};

}  // namespace sluice
