#include "upstream/endpoint_set.h"

#include <algorithm>
#include <unordered_map>

namespace sluice {
namespace {

constexpr std::uint32_t kAllBlocks = ~std::uint32_t{0};

bool is_enough(std::size_t available, std::size_t all, std::uint32_t percent) {
  return available > 0 && available * 100 >= all * percent;
}

}  // namespace

struct EndpointSet::Tier {
  std::uint32_t priority;
  bool zone_only;
  bool enough;
  std::vector<std::uint32_t> tier;  // what `balancer` stands on
  std::shared_ptr<const Balancer> balancer;
};

struct EndpointSet::Index {
  std::unordered_map<std::string_view, int> by_text;
  std::unordered_map<std::uint64_t, int> by_id;
};

EndpointSet::~EndpointSet() = default;

EndpointSet::EndpointSet(std::shared_ptr<const Members> members, const BalanceSettings& settings,
                         Turns& turns, const EndpointSet* before)
    : members_(std::move(members)), settings_(settings) {
  if (before != nullptr && before->members_ == members_) {
    index_ = before->index_;
  } else {
    auto index = std::make_shared<Index>();
    index->by_text.reserve(members_->size());
    index->by_id.reserve(members_->size());
    for (std::size_t i = 0; i < members_->size(); ++i) {
      const Endpoint& endpoint = *(*members_)[i].endpoint;
      index->by_text.emplace(endpoint.text(), static_cast<int>(i));
      index->by_id.emplace(endpoint.id(), static_cast<int>(i));
    }
    index_ = std::move(index);
    before = nullptr;
  }
  make_tiers(turns, before);
}

void EndpointSet::make_tiers(Turns& turns, const EndpointSet* before) {
  std::vector<std::uint32_t> priorities;
  for (auto& member : *members_)
    if (member.weight > 0) priorities.push_back(member.priority);
  std::ranges::sort(priorities);
  priorities.erase(std::ranges::unique(priorities).begin(), priorities.end());
  const bool stable = is_stable(settings_.algorithm);
  short_ = true;
  // Balancers are made for tiers that can be asked, and only where the set before has none for the same members.
  const auto add = [&](std::uint32_t priority, bool zone_only) {
    std::vector<std::uint32_t> all, available;
    for (std::uint32_t i = 0; i < members_->size(); ++i) {
      const Member& member = (*members_)[i];
      if (member.weight == 0 || member.priority != priority) continue;
      if (zone_only && member.endpoint->zone() != settings_.prefer_zone) continue;
      all.push_back(i);
      if (member.endpoint->is_available()) available.push_back(i);
    }
    if (!zone_only) available_ += available.size();
    const auto percent =
        zone_only ? std::max(settings_.zone_min_available, settings_.min_available) : settings_.min_available;
    Tier tier{priority, zone_only, is_enough(available.size(), all.size(), percent), {}, nullptr};
    if (tier.enough) {
      short_ = false;
      tier.tier = stable ? std::move(all) : std::move(available);
      if (before != nullptr)
        for (auto& old : before->tiers_)
          if (old.priority == priority && old.zone_only == zone_only && old.balancer != nullptr &&
              old.tier == tier.tier)
            tier.balancer = old.balancer;
      if (tier.balancer == nullptr) tier.balancer = make_balancer({*members_, tier.tier, settings_, turns});
    }
    tiers_.push_back(std::move(tier));
  };
  for (auto priority : priorities) {
    if (!settings_.prefer_zone.empty()) add(priority, true);
    add(priority, false);
  }
  if (!short_ || settings_.on_shortage == OnShortage::fail || priorities.empty()) return;
  std::vector<std::uint32_t> first;
  for (std::uint32_t i = 0; i < members_->size(); ++i) {
    const Member& member = (*members_)[i];
    if (member.weight > 0 && member.priority == priorities.front() &&
        (member.endpoint->blocks() & kFirmBlocks) == 0)
      first.push_back(i);
  }
  if (!first.empty()) spread_ = make_balancer({*members_, std::move(first), settings_, turns});
}

int EndpointSet::find(std::string_view text) const {
  const auto found = index_->by_text.find(text);
  return found == index_->by_text.end() ? -1 : found->second;
}

int EndpointSet::find(std::uint64_t id) const {
  const auto found = index_->by_id.find(id);
  return found == index_->by_id.end() ? -1 : found->second;
}

int EndpointSet::pick(PickQuery& query) const {
  for (auto& tier : tiers_) {
    if (!tier.enough) continue;
    if (const int index = tier.balancer->pick(query, kAllBlocks); index >= 0) return index;
  }
  return spread_ != nullptr ? spread_->pick(query, kFirmBlocks) : -1;
}

}  // namespace sluice
