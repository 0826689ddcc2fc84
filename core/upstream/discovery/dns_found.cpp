#include "upstream/discovery/dns_found.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace sluice {
namespace {

constexpr std::uint32_t kFine = 100;  // parts of a weight, where whole ones are too coarse
constexpr std::chrono::milliseconds kLongestRetry{30'000};  // of the back-off

// The targets of one priority.
struct Tier {
  std::uint32_t rank = 0;
  std::size_t members = 0;  // that have addresses
  std::size_t weightless = 0;
  std::size_t addresses = 0;  // of the first target
  bool is_even = true;        // all have as many
};

std::map<std::uint16_t, Tier> tiers_of(const std::vector<DnsTarget>& targets) {
  std::map<std::uint16_t, Tier> tiers;
  for (const auto& target : targets) {
    auto& tier = tiers[target.service.priority];
    if (target.addresses.empty()) continue;
    if (tier.members++ == 0) tier.addresses = target.addresses.size();
    tier.is_even = tier.is_even && tier.addresses == target.addresses.size();
    tier.weightless += target.service.weight == 0 ? 1 : 0;
  }
  std::uint32_t rank = 0;
  for (auto& [priority, tier] : tiers)
    tier.rank = rank++;
  return tiers;
}

std::uint32_t weight_of(const DnsTarget& target, const Tier& tier) {
  const auto all_weightless = tier.weightless == tier.members;
  const std::uint32_t weight = all_weightless ? 1 : target.service.weight;
  if (tier.is_even && (tier.weightless == 0 || all_weightless)) return weight;
  const auto count = static_cast<std::uint32_t>(target.addresses.size());
  return std::max<std::uint32_t>(1, (weight * kFine + count / 2) / count);
}

std::string authority_of(std::string_view name, std::uint16_t port) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (const auto ip = Ip::parse(name)) return Address::of(*ip, port).text();
  return fmt::format("{}:{}", name, port);
}

}  // namespace

std::vector<Found> found_of(const DnsQuery& query, const std::vector<DnsTarget>& targets) {
  const auto is_service = query.kind == DnsQuery::Kind::service;
  const auto tiers = is_service ? tiers_of(targets) : std::map<std::uint16_t, Tier>{};
  struct Sorted {
    Ip ip;
    std::uint16_t port;
    Found found;
  };
  std::vector<Sorted> all;
  for (const auto& target : targets) {
    Found found{{},
                authority_of(is_service ? target.service.target : query.name, target.service.port),
                query.weight,
                query.priority,
                query.zone};
    if (is_service) {
      const auto& tier = tiers.at(target.service.priority);
      if (!target.addresses.empty()) found.weight = weight_of(target, tier);
      found.priority += tier.rank;
    }
    for (const auto& ip : target.addresses) {
      found.address = Address::of(ip, target.service.port);
      all.push_back({ip, target.service.port, found});
    }
  }
  const auto place = [](const Sorted& each) {
    return std::tie(each.ip.bytes, each.port);
  };
  // First by place, the better one of two in front; what is left then by priority.
  std::ranges::sort(all, [&](const Sorted& a, const Sorted& b) {
    if (place(a) != place(b)) return place(a) < place(b);
    return std::tie(a.found.priority, b.found.weight, a.found.authority) <
           std::tie(b.found.priority, a.found.weight, b.found.authority);
  });
  const auto doubles =
      std::ranges::unique(all, [&](const Sorted& a, const Sorted& b) { return place(a) == place(b); });
  all.erase(doubles.begin(), doubles.end());
  std::ranges::stable_sort(all, {}, [](const Sorted& each) { return each.found.priority; });
  std::vector<Found> list;
  list.reserve(all.size());
  for (auto& each : all)
    list.push_back(std::move(each.found));
  return list;
}

std::chrono::milliseconds kept_for(const DnsSettings& settings, std::uint32_t ttl_seconds) {
  const std::chrono::milliseconds ttl = std::chrono::seconds(ttl_seconds);
  return std::max(settings.min_ttl, std::min(settings.max_ttl, ttl));
}

std::chrono::milliseconds retry_after(const DnsSettings& settings, unsigned failures) {
  const auto most = std::max(settings.retry, kLongestRetry);
  auto wait = std::max(settings.retry, std::chrono::milliseconds{1});
  for (unsigned i = 1; i < failures && wait < most; ++i)
    wait *= 2;
  return std::min(wait, most);
}

}  // namespace sluice
