#include "upstream/balance/consistent_hash.h"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

constexpr std::uint64_t kPointsOfUnit = 160, kPointsEach = 1024, kPoints = 524'288;

}  // namespace

ConsistentHash::ConsistentHash(BalancerInput input) : HashBalancer(input) {
  const auto* before = dynamic_cast<const ConsistentHash*>(input.before);
  ring_ = before != nullptr && std::ranges::equal(before->tier_, tier_) ? before->ring_
                                                                        : make_ring(members_, tier_);
}

std::shared_ptr<const ConsistentHash::Ring> ConsistentHash::make_ring(std::span<const Member> members,
                                                                      std::span<const std::uint32_t> tier) {
  std::uint64_t weight = 0;
  for (auto index : tier)
    weight += members[index].weight;
  const auto most = std::min(kPoints, kPointsEach * tier.size());
  int halved = 0;
  while ((weight * kPointsOfUnit >> halved) > most)
    ++halved;
  Ring ring;
  // By id, so that where two points fall together (32 bits) every gateway has the same one first: the sort is stable.
  for (auto place : by_id(members, tier)) {
    const Member& member = members[tier[place]];
    const auto points = std::max<std::uint64_t>(1, member.weight * kPointsOfUnit >> halved);
    for (std::uint64_t k = 1; k <= points; ++k)
      ring.push_back(
          {static_cast<std::uint32_t>(mix_bits(member.endpoint->id() + k * 0x9e3779b97f4a7c15) >> 32),
           place});
  }
  // By counting, eleven bits at a time: a fifth of the time of a comparing sort at the size of large groups.
  Ring sorted(ring.size());
  for (int shift : {0, 11, 22}) {
    std::array<std::uint32_t, 2049> starts{};
    const auto digit = [shift](const Point& point) {
      return (point.at >> shift) & 2047;
    };
    for (auto& point : ring)
      ++starts[digit(point) + 1];
    for (std::size_t i = 1; i < starts.size(); ++i)
      starts[i] += starts[i - 1];
    for (auto& point : ring)
      sorted[starts[digit(point)]++] = point;
    ring.swap(sorted);
  }
  return std::make_shared<const Ring>(std::move(ring));
}

std::uint64_t ConsistentHash::first_place(std::uint64_t hash) const {
  const auto found = std::ranges::lower_bound(*ring_, static_cast<std::uint32_t>(hash >> 32), {}, &Point::at);
  return static_cast<std::uint64_t>(found - ring_->begin());
}

std::uint32_t ConsistentHash::candidate(std::uint64_t, std::uint64_t& place) const {
  if (place >= ring_->size()) place = 0;
  return (*ring_)[place++].place;
}

}  // namespace sluice
