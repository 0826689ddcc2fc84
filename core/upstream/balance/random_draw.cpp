#include "upstream/balance/random_draw.h"

namespace sluice {
namespace {

// With nine of ten in their slow start, each accepted one time in ten, so many draws fail together about once in a million.
constexpr int kDraws = 64;

}  // namespace

int RandomDraw::pick(PickQuery& query, std::uint32_t blocks) const {
  if (tier_.empty()) return -1;
  int passed_over = -1;
  for (int i = 0; i < kDraws; ++i) {
    const auto index = tier_[draw_.draw(query.random)];
    if (!can_take(members_[index], static_cast<int>(index), query, blocks)) continue;
    if (slow_start_.accepts(*members_[index].endpoint, query)) return static_cast<int>(index);
    passed_over = static_cast<int>(index);
  }
  if (passed_over >= 0) return passed_over;
  return scan_from(query.random.below(static_cast<std::uint32_t>(tier_.size())), query, blocks);
}

}  // namespace sluice
