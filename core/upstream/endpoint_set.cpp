#include "upstream/endpoint_set.h"

#include <algorithm>
#include <bit>

namespace sluice {
namespace {

constexpr std::uint32_t kAllBlocks = ~std::uint32_t{0};

// So many are found faster one by one, and an idle group of two needs no table.
constexpr std::size_t kUnindexed = 16;
constexpr std::int32_t kNobody = -1;

bool is_enough(std::size_t available, std::size_t all, std::uint32_t percent) {
  return available > 0 && available * 100 >= all * percent;
}

}  // namespace

struct EndpointSet::Tier {
  std::uint32_t priority;
  bool zone_only;
  std::shared_ptr<const Balancer> balancer;  // null: it is short
  std::uint64_t weight;                      // of its available members
};

EndpointSet::~EndpointSet() = default;

EndpointSet::EndpointSet(std::shared_ptr<const Members> members, const BalanceSettings& settings,
                         Turns& turns, const EndpointSet* before)
    : members_(std::move(members)), settings_(settings) {
  if (before != nullptr && before->members_ != members_) before = nullptr;
  if (before != nullptr)
    index_ = before->index_;
  else
    make_index();
  make_tiers(turns, before);
  if (short_ && settings_.on_shortage == OnShortage::spread) make_spread(turns, before);
}

// ---- finding ----

void EndpointSet::make_index() {
  if (members_->size() <= kUnindexed) return;
  std::vector<std::int32_t> table(std::bit_ceil(2 * members_->size()), kNobody);
  for (std::size_t i = 0; i < members_->size(); ++i) {
    const auto id = (*members_)[i].endpoint->id();
    auto at = mix_bits(id) & (table.size() - 1);
    while (table[at] != kNobody && (*members_)[static_cast<std::size_t>(table[at])].endpoint->id() != id)
      at = (at + 1) & (table.size() - 1);
    if (table[at] == kNobody) table[at] = static_cast<std::int32_t>(i);
  }
  index_ = std::make_shared<const std::vector<std::int32_t>>(std::move(table));
}

int EndpointSet::find(std::uint64_t id) const {
  const auto& members = *members_;
  if (index_ == nullptr) {
    const auto found = std::ranges::find(members, id, [](auto& member) { return member.endpoint->id(); });
    return found == members.end() ? -1 : static_cast<int>(found - members.begin());
  }
  const auto& table = *index_;
  for (auto at = mix_bits(id) & (table.size() - 1); table[at] != kNobody; at = (at + 1) & (table.size() - 1))
    if (members[static_cast<std::size_t>(table[at])].endpoint->id() == id) return table[at];
  return -1;
}

int EndpointSet::find(std::string_view text) const {
  if (members_->empty()) return -1;
  const int index = find(Endpoint::id_of(members_->front().endpoint->group(), text));
  // Another text may have the same id: one in 2^64, but who asks may be a stranger.
  return index >= 0 && (*members_)[static_cast<std::size_t>(index)].endpoint->text() == text ? index : -1;
}

// ---- tiers ----

void EndpointSet::make_tiers(Turns& turns, const EndpointSet* before) {
  const auto& members = *members_;
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < members.size(); ++i)
    if (members[i].weight > 0) order.push_back(i);
  const auto priority_of = [&](auto index) {
    return members[index].priority;
  };
  if (!std::ranges::is_sorted(order, {}, priority_of)) std::ranges::stable_sort(order, {}, priority_of);
  for (auto begin = order.begin(); begin != order.end();) {
    const auto priority = priority_of(*begin);
    if (begin == order.begin()) first_priority_ = priority;
    const auto end =
        std::find_if(begin, order.end(), [&](auto index) { return priority_of(index) != priority; });
    std::vector<std::uint32_t> all(begin, end), near;
    if (!settings_.prefer_zone.empty())
      std::ranges::copy_if(all, std::back_inserter(near), [&](auto index) {
        return members[index].endpoint->zone() == settings_.prefer_zone;
      });
    // Where all are near, that is no tier of its own.
    if (!near.empty() && near.size() < all.size()) add_tier(priority, true, std::move(near), turns, before);
    add_tier(priority, false, std::move(all), turns, before);
    begin = end;
  }
}

// Balancers are made for tiers that can be asked, and only where the set before has none for the same members.
void EndpointSet::add_tier(std::uint32_t priority, bool zone_only, std::vector<std::uint32_t> all,
                           Turns& turns, const EndpointSet* before) {
  std::vector<std::uint32_t> available;
  std::uint64_t weight = 0;
  for (auto index : all) {
    if (!(*members_)[index].endpoint->is_available()) continue;
    available.push_back(index);
    weight += (*members_)[index].weight;
  }
  if (!zone_only) available_ += available.size();
  const auto percent =
      zone_only ? std::max(settings_.zone_min_available, settings_.min_available) : settings_.min_available;
  if (!is_enough(available.size(), all.size(), percent)) return;
  short_ = false;
  auto& tier = is_stable(settings_.algorithm) ? all : available;
  std::shared_ptr<const Balancer> balancer, old;
  if (before != nullptr)
    for (auto& each : before->tiers_)
      if (each.priority == priority && each.zone_only == zone_only &&
          std::ranges::equal(each.balancer->tier(), tier)) {
        old = each.balancer;
        // Hashes bound the load by what is available.
        if (each.weight == weight) balancer = old;
      }
  if (balancer == nullptr)
    balancer = make_balancer({*members_, std::move(tier), settings_, turns, kAllBlocks, old.get()});
  tiers_.push_back({priority, zone_only, std::move(balancer), weight});
}

void EndpointSet::make_spread(Turns& turns, const EndpointSet* before) {
  std::vector<std::uint32_t> first;
  for (std::uint32_t i = 0; i < members_->size(); ++i) {
    const Member& member = (*members_)[i];
    if (member.weight > 0 && member.priority == first_priority_ &&
        (member.endpoint->blocks() & kFirmBlocks) == 0)
      first.push_back(i);
  }
  if (first.empty()) return;
  if (before != nullptr && before->spread_ != nullptr && std::ranges::equal(before->spread_->tier(), first))
    spread_ = before->spread_;
  else
    spread_ = make_balancer({*members_, std::move(first), settings_, turns, kFirmBlocks, nullptr});
}

// ---- picking ----

int EndpointSet::pick(PickQuery& query) const {
  for (auto& tier : tiers_)
    if (const int index = tier.balancer->pick(query, kAllBlocks); index >= 0) return index;
  if (spread_ != nullptr)
    if (const int index = spread_->pick(query, kFirmBlocks); index >= 0) return index;
  return pick_late(query);
}

// What the next set will say of changes since this one was made, one pass over the members for each tier: somebody may have come back,
// or the last of each tier may have been blocked, so that all are short.
int EndpointSet::pick_late(PickQuery& query) const {
  bool one_is_available = false;
  for (auto& tier : tiers_) {
    const int index = pick_of(query, kAllBlocks, [&](const Member& member) {
      if (member.priority != tier.priority) return false;
      if (tier.zone_only && member.endpoint->zone() != settings_.prefer_zone) return false;
      one_is_available =
          one_is_available || (member.endpoint->is_available() && !member.endpoint->on_trial());
      return true;
    });
    if (index >= 0) return index;
  }
  if (one_is_available || settings_.on_shortage == OnShortage::fail) return -1;
  query.past_trial = true;
  const int index = pick_of(query, kFirmBlocks,
                            [this](const Member& member) { return member.priority == first_priority_; });
  query.past_trial = index >= 0;
  return index;
}

// Each as likely as its weight; a key has its own.
template <typename Filter>
int EndpointSet::pick_of(PickQuery& query, std::uint32_t blocks, Filter&& belongs) const {
  const bool by_key = query.hash && is_stable(settings_.algorithm);
  int chosen = -1;
  std::uint64_t weight = 0, highest = 0;
  for (std::size_t i = 0; i < members_->size(); ++i) {
    const Member& member = (*members_)[i];
    if (member.weight == 0 || !belongs(member)) continue;
    if (!can_take(member, static_cast<int>(i), query, blocks)) continue;
    if (by_key) {
      const auto rank = mix_bits(*query.hash ^ mix_bits(member.endpoint->id()));
      if (chosen >= 0 && rank <= highest) continue;
      highest = rank;
    } else {
      weight += member.weight;
      if (query.random.fraction() * static_cast<double>(weight) >= member.weight) continue;
    }
    chosen = static_cast<int>(i);
  }
  return chosen;
}

}  // namespace sluice
