// Draws places of a tier at random, each as likely as its weight says, in constant time: Walker's alias method.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "upstream/balance/balancer.h"

namespace sluice {

class WeightedDraw {
 public:
  WeightedDraw() = default;
  // Places 0 .. tier.size()-1, of members with a weight. Nothing is stored when all weigh the same.
  WeightedDraw(std::span<const Member> members, std::span<const std::uint32_t> tier);

  // The tier may not be empty.
  std::uint32_t draw(Random& random) const {
    if (slots_.empty()) return random.below(size_);
    const auto number = random.next();
    const auto at = static_cast<std::uint32_t>(((number >> 32) * size_) >> 32);
    const Slot& slot = slots_[at];
    return static_cast<std::uint32_t>(number) < slot.threshold ? at : slot.other;
  }

 private:
  // Its own place with probability threshold / 2^32, else `other`.
  struct Slot {
    std::uint32_t threshold, other;
  };
  std::uint32_t size_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace sluice
