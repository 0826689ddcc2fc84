// The endpoints of a group as they are at one moment: members, and for each tier what its algorithm has computed.
//
//   tiers, in order:  priority 0 in the gateway's zone | priority 0 | priority 1 in the zone | priority 1 | ...
//
// pick() asks the first tier that is not short: of whose endpoints at least min_available percent (zone tiers: the larger of that and
// zone_min_available), and at least one, take exchanges. A tier in which nobody can be had (full, tried) is passed over too. When all
// are short, on_shortage says: "spread" over all of the first priority's endpoints, healthy or not (but those that an administrator
// took out), or "fail". Members of weight 0 are in no tier and do not count. balance/README.md has an example.
//
// Immutable. A new one is made, on the control thread, when members come or go (discovery, reload) or a block changes. Between that
// change and the new set, picks pass over what is blocked; only when they find nobody else they look for who came back since; and when
// by then nobody of any tier that is asked is available, whether tried or not, all are short already. Exchanges hold the set in which they chose: their indices are its. [any-thread]
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
  // `members` may be empty; all are of one group. `settings` and `turns` outlive the set. `before`: the set that this one replaces, of
  // the same settings, whose balancers and tables serve on where nothing that matters to them has changed; may be null.
  // [control thread]
  EndpointSet(std::shared_ptr<const Members> members, const BalanceSettings& settings, Turns& turns,
              const EndpointSet* before = nullptr);
  ~EndpointSet();
  EndpointSet(const EndpointSet&) = delete;
  EndpointSet& operator=(const EndpointSet&) = delete;

  std::span<const Member> members() const { return *members_; }
  const std::shared_ptr<const Members>& members_pointer() const { return members_; }
  // Index of the first member whose endpoint has this text, or this Endpoint::id(); -1. Constant time.
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
  void make_index();
  void make_tiers(Turns& turns, const EndpointSet* before);
  void add_tier(std::uint32_t priority, bool zone_only, std::vector<std::uint32_t> all, Turns& turns,
                const EndpointSet* before);
  void make_spread(Turns& turns, const EndpointSet* before);
  int pick_late(PickQuery& query) const;
  template <typename Filter>
  int pick_of(PickQuery& query, std::uint32_t blocks, Filter&& belongs) const;

  std::shared_ptr<const Members> members_;
  const BalanceSettings& settings_;
  std::vector<Tier> tiers_;
  std::shared_ptr<const Balancer> spread_;  // when all are short and on_shortage says so
  // Indices of members by id, an open-addressed table at most half full; null for few members, which are looked through.
  std::shared_ptr<const std::vector<std::int32_t>> index_;
  std::size_t available_ = 0;
  std::uint32_t first_priority_ = 0;
  bool short_ = true;
};

}  // namespace sluice
