#include "upstream/balance/balancer.h"

#include "upstream/balance/round_robin.h"

namespace sluice {

std::unique_ptr<const Balancer> make_balancer(BalancerInput input) {
  return std::make_unique<const RoundRobin>(std::move(input));
}

bool is_stable(Algorithm algorithm) {
  return algorithm == Algorithm::consistent_hash || algorithm == Algorithm::maglev;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  // MurmurHash3's finalizer: FNV alone leaves the upper bits of short texts alike.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

}  // namespace sluice
