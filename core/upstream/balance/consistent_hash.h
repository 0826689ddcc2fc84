// A ring of hashes: each endpoint has 160 points on it for each unit of weight (as ketama has it), a key goes to the next point from
// its own on. When an endpoint leaves, its keys alone move, to all others; when one comes, only those that it gets.
//
// The ring of a tier has at most 1024 points for each endpoint on the average, and 524,288 in all: beyond that every endpoint's points
// are halved until they fit (8 bytes a point). So a small tier keeps its points whoever comes, unless the mean weight passes a power of
// two times 6.4; then, and when a tier passes 3276 endpoints (6553, ...), more keys move.
#pragma once

#include "upstream/balance/hash_balancer.h"

namespace sluice {

class ConsistentHash final : public HashBalancer {
 public:
  explicit ConsistentHash(BalancerInput input);

 private:
  struct Point {
    std::uint32_t at, place;
  };
  using Ring = std::vector<Point>;
  static std::shared_ptr<const Ring> make_ring(std::span<const Member> members,
                                               std::span<const std::uint32_t> tier);
  std::uint64_t first_place(std::uint64_t hash) const override;
  std::uint32_t candidate(std::uint64_t hash, std::uint64_t& place) const override;

  std::shared_ptr<const Ring> ring_;
};

}  // namespace sluice
