// One way of choosing among the endpoints of one tier: the algorithm and what it has computed beforehand.
//
// Immutable, made off the workers and shared by all of them; what changes with traffic is in the endpoints (load, blocks, latency)
// and in Turns. Each algorithm is a class in a file of its own in this folder. [any-thread]
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "upstream/endpoint.h"
#include "upstream/settings.h"

namespace sluice {

struct Member {
  std::shared_ptr<Endpoint> endpoint;
  std::uint32_t weight = 1;    // 0: gets no new exchanges, but sticky ones
  std::uint32_t priority = 0;  // 0 first; others when those before are short
};

// A worker's random numbers (splitmix64). Not for secrets. [loop]
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 .. bound-1, `bound` > 0.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
  // 0 .. 1, 1 not included.
  double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

struct PickQuery {
  std::uint64_t now_ns;               // uv_hrtime()
  Random& random;                     // the worker's
  std::span<const int> tried;         // members that must not be chosen, few
  std::optional<std::uint64_t> hash;  // of what BalanceSettings::hash_on names; nothing: the request has none
  // Out: an endpoint would have been chosen, but it has max_in_flight exchanges. Then waiting for one helps.
  bool saw_full = false;
};

// The position of a round robin. One per group for all of its sets, so that a new set goes on where the old one was.
struct Turns {
  std::atomic<std::uint64_t> next{0};
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  // Index into the set's members of an endpoint that is in the tier, not tried, not full and, unless `overrule`, has no block;
  // with `overrule` only kFirmBlocks count. -1 when there is none. Constant or logarithmic in the number of members, but where
  // most of them may not be chosen.
  virtual int pick(PickQuery& query, bool overrule) const = 0;
};

// What a balancer is made of; `members` outlives it. `tier`: indices of members with a weight, available ones only where the
// algorithm keeps shares exact that way (round robin, random, by load), all of them for hashes.
struct BalancerInput {
  std::span<const Member> members;
  std::vector<std::uint32_t> tier;
  const BalanceSettings& settings;
  Turns& turns;
};
std::unique_ptr<const Balancer> make_balancer(BalancerInput input);

// The number that hash_on's text stands for: the same in every process and version (FNV-1a with an avalanche at its end).
std::uint64_t hash_of(std::string_view text);

}  // namespace sluice
