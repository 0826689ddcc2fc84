#include "upstream/balance/hash_balancer.h"

#include <algorithm>
#include <numeric>

namespace sluice {

HashBalancer::HashBalancer(BalancerInput& input)
    : Balancer(input),
      bound_(members_, tier_, input.settings.hash_load_bound, input.blocks),
      cost_(BalanceSettings{}),  // no slow start: it would move keys
      choices_(members_, tier_) {}

int HashBalancer::pick(PickQuery& query, std::uint32_t blocks) const {
  if (tier_.empty()) return -1;
  if (!query.hash) return choices_.pick(members_, tier_, query, blocks, cost_);
  const double per_weight = bound_.per_weight();
  const auto hash = *query.hash;
  int over = -1;
  // True when it is to be taken.
  const auto ask = [&](std::uint32_t index) {
    if (!can_take(members_[index], static_cast<int>(index), query, blocks)) return false;
    if (LoadBound::allows(members_[index], per_weight)) return true;
    if (over < 0) over = static_cast<int>(index);
    return false;
  };
  auto place = first_place(hash);
  for (int i = 0; i < kCandidates; ++i)
    if (const auto index = tier_[candidate(hash, place)]; ask(index)) return static_cast<int>(index);
  int best = -1;
  std::uint64_t highest = 0;
  for (auto index : tier_) {
    const auto rank = mix_bits(hash ^ mix_bits(members_[index].endpoint->id()));
    if ((best >= 0 && rank <= highest) || !ask(index)) continue;
    best = static_cast<int>(index);
    highest = rank;
  }
  return best >= 0 ? best : over;
}

std::vector<std::uint32_t> HashBalancer::by_id(std::span<const Member> members,
                                               std::span<const std::uint32_t> tier) {
  std::vector<std::uint32_t> places(tier.size());
  std::iota(places.begin(), places.end(), 0);
  std::ranges::sort(places, {}, [&](auto place) { return members[tier[place]].endpoint->id(); });
  return places;
}

}  // namespace sluice
