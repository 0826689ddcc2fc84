// Two different endpoints drawn by weight, of which the one that costs less is taken: nearly as good as looking at all of them, for
// the price of two (Mitzenmacher 1996). In small tiers all are looked at, which two draws cannot beat (pains.md 15: with two drawn
// of three, one may idle while another queues).
#pragma once

#include <cstdint>
#include <span>

#include "upstream/balance/cheapest.h"
#include "upstream/balance/weighted_draw.h"

namespace sluice {

class TwoChoices {
 public:
  // Tiers of so many or fewer are looked at whole.
  static constexpr std::size_t kWhole = 16;

  TwoChoices(std::span<const Member> members, std::span<const std::uint32_t> tier)
      : draw_(tier.size() > kWhole ? WeightedDraw(members, tier) : WeightedDraw()) {}

  // As Balancer::pick(); `members` and `tier` as it was made of. `cost(member, now_ns)` is 0 or more.
  template <typename Cost>
  int pick(std::span<const Member> members, std::span<const std::uint32_t> tier, PickQuery& query,
           std::uint32_t blocks, const Cost& cost) const {
    Cheapest cheapest;
    const auto offer = [&](std::uint32_t place) {
      const auto index = tier[place];
      if (!can_take(members[index], static_cast<int>(index), query, blocks)) return false;
      cheapest.offer(static_cast<int>(index), cost(members[index], query.now_ns));
      return true;
    };
    const auto size = static_cast<std::uint32_t>(tier.size());
    if (size > kWhole) {
      std::uint32_t first = size;
      for (int i = 0; i < kDraws && first == size; ++i)
        if (const auto place = draw_.draw(query.random); offer(place)) first = place;
      // The second: by weight too. Where one weighs nearly all it would hardly ever be another, so that at last any other will do.
      for (int i = 0; i < 2 * kDraws && first != size; ++i) {
        const auto place =
            i < kDraws ? draw_.draw(query.random) : (first + 1 + query.random.below(size - 1)) % size;
        if (place != first && offer(place)) break;
      }
      if (first != size) return cheapest.index(query.random);
    }
    // A small tier, or one where most may not be chosen.
    for (std::uint32_t place = 0; place < size; ++place)
      offer(place);
    return cheapest.index(query.random);
  }

 private:
  static constexpr int kDraws = 8;
  WeightedDraw draw_;
};

}  // namespace sluice
