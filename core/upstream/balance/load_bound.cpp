#include "upstream/balance/load_bound.h"

#include <algorithm>
#include <cmath>

namespace sluice {

LoadBound::LoadBound(std::span<const Member> members, std::span<const std::uint32_t> tier, double bound,
                     std::uint32_t blocks) {
  if (bound == 0) return;
  std::uint64_t weight = 0;
  for (auto index : tier) {
    const auto& load = members[index].endpoint->load();
    if (load != nullptr && std::ranges::find(loads_, load) == loads_.end()) loads_.push_back(load);
    if ((members[index].endpoint->blocks() & blocks) == 0) weight += members[index].weight;
  }
  if (loads_.empty()) loads_.push_back(std::make_shared<GroupLoad>());
  for (auto index : tier)
    if (members[index].endpoint->load() == nullptr) members[index].endpoint->count_in(loads_.front());
  // Without anybody that counts there is nobody to bound.
  if (weight != 0) factor_ = bound / static_cast<double>(weight);
}

double LoadBound::per_weight() const {
  if (factor_ == 0) return 0;
  std::int64_t total = 0;
  for (auto& load : loads_)
    total += load->in_flight.load(std::memory_order_relaxed);
  // Below 0 for an instant, when one that leaves is counted before one that came.
  return factor_ * static_cast<double>(std::max<std::int64_t>(total, 0) + 1);
}

bool LoadBound::allows(const Member& member, double per_weight) {
  return per_weight == 0 || static_cast<double>(member.endpoint->in_flight()) + 1 <=
                                std::ceil(per_weight * static_cast<double>(member.weight));
}

}  // namespace sluice
