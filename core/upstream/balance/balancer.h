// One way of choosing among the endpoints of one tier: the algorithm and what it has computed beforehand.
//
// Immutable, made off the workers and shared by all of them; what changes with traffic is in the endpoints (load, blocks, latency)
// and in Turns. Each algorithm is a class in a file of its own in this folder; README.md there compares them. [any-thread]
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "upstream/endpoint.h"
#include "upstream/settings.h"

namespace sluice {

struct Member {
  std::shared_ptr<Endpoint> endpoint;
  std::uint32_t weight = 1;         // 0: gets no new exchanges, but sticky ones
  std::uint32_t priority = 0;       // 0 first; others when those before are short
  std::uint32_t max_in_flight = 0;  // its own or the group's; 0: no limit
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
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
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
  // Out: nobody is well; those that are on trial take more than one (Endpoint::enter's past_trial).
  bool past_trial = false;
};

// The position of a round robin. One per group for all of its sets, so that a new set goes on where the old one was.
struct Turns {
  std::atomic<std::uint64_t> next{0};
};

// True when `member` may be chosen; query.saw_full is set when it is only full.
inline bool can_take(const Member& member, int index, PickQuery& query, std::uint32_t blocks) {
  if ((member.endpoint->blocks() & blocks) != 0) return false;
  for (int before : query.tried)
    if (before == index) return false;
  if (!member.endpoint->is_full(member.max_in_flight, query.past_trial)) return true;
  query.saw_full = true;
  return false;
}

class Balancer;

// What a balancer is made of. `members`, `settings` and `turns` outlive it. `tier`: indices of members with a weight: those that were
// available, so that shares are exact among them; for hashes (is_stable) all, so that a key moves only when its own endpoint is gone.
struct BalancerInput {
  std::span<const Member> members;
  std::vector<std::uint32_t> tier;
  const BalanceSettings& settings;
  Turns& turns;
  // Those of the tier with one of them do not count when a hash's load bound is made.
  std::uint32_t blocks = ~std::uint32_t{0};
  // One of the same members, tier and settings, whose tables may be shared; or null.
  const Balancer* before = nullptr;
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  Balancer(const Balancer&) = delete;
  Balancer& operator=(const Balancer&) = delete;

  // Index into the set's members of an endpoint that is in the tier, not tried, not full, and without one of `blocks`; -1 when there
  // is none. Constant or logarithmic in the number of members, but where most of them may not be chosen. [any-thread]
  virtual int pick(PickQuery& query, std::uint32_t blocks) const = 0;

  std::span<const std::uint32_t> tier() const { return tier_; }

 protected:
  explicit Balancer(BalancerInput& input) : members_(input.members), tier_(std::move(input.tier)) {}
  // What is left when drawing has not found anybody: the first that may be chosen from a place in the tier on, or -1.
  int scan_from(std::size_t place, PickQuery& query, std::uint32_t blocks) const;

  const std::span<const Member> members_;
  const std::vector<std::uint32_t> tier_;
};

std::shared_ptr<const Balancer> make_balancer(BalancerInput input);
// True for algorithms whose tier does not depend on which members are available.
bool is_stable(Algorithm algorithm);

// The number that hash_on's text stands for: the same in every process and version (FNV-1a with an avalanche at its end).
std::uint64_t hash_of(std::string_view text);
// Each bit of the result depends on each of `number` (MurmurHash3's finalizer).
constexpr std::uint64_t mix_bits(std::uint64_t number) {
  number = (number ^ (number >> 33)) * 0xff51afd7ed558ccd;
  number = (number ^ (number >> 33)) * 0xc4ceb9fe1a85ec53;
  return number ^ (number >> 33);
}

}  // namespace sluice
