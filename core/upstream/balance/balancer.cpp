#include "upstream/balance/balancer.h"

#include "upstream/balance/consistent_hash.h"
#include "upstream/balance/least_requests.h"
#include "upstream/balance/maglev.h"
#include "upstream/balance/peak_ewma.h"
#include "upstream/balance/power_of_two.h"
#include "upstream/balance/random_draw.h"
#include "upstream/balance/round_robin.h"

namespace sluice {

int Balancer::scan_from(std::size_t place, PickQuery& query, std::uint32_t blocks) const {
  for (std::size_t i = 0; i < tier_.size(); ++i) {
    const auto index = tier_[place + i < tier_.size() ? place + i : place + i - tier_.size()];
    if (can_take(members_[index], static_cast<int>(index), query, blocks)) return static_cast<int>(index);
  }
  return -1;
}

std::shared_ptr<const Balancer> make_balancer(BalancerInput input) {
  switch (input.settings.algorithm) {
    case Algorithm::round_robin: return std::make_shared<const RoundRobin>(std::move(input));
    case Algorithm::least_requests: return std::make_shared<const LeastRequests>(std::move(input));
    case Algorithm::power_of_two: return std::make_shared<const PowerOfTwo>(std::move(input));
    case Algorithm::peak_ewma: return std::make_shared<const PeakEwma>(std::move(input));
    case Algorithm::random: return std::make_shared<const RandomDraw>(std::move(input));
    case Algorithm::consistent_hash: return std::make_shared<const ConsistentHash>(std::move(input));
    case Algorithm::maglev: return std::make_shared<const Maglev>(std::move(input));
  }
  return nullptr;
}

bool is_stable(Algorithm algorithm) {
  return algorithm == Algorithm::consistent_hash || algorithm == Algorithm::maglev;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  // FNV alone leaves the upper bits of short texts alike.
  return mix_bits(hash);
}

}  // namespace sluice
