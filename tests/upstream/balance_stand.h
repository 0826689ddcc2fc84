// A group's members with chosen weights and a balancer over them, for tests of balance/.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "upstream/endpoint_set.h"

namespace sluice::test {

struct BalanceStand {
  BalanceSettings settings;
  Turns turns;
  Random random{20261125};
  std::uint64_t now_ns = 1'000'000'000'000;
  std::shared_ptr<Members> members = std::make_shared<Members>();
  std::shared_ptr<const EndpointSet> set;

  BalanceStand(Algorithm algorithm, std::span<const std::uint32_t> weights) {
    settings.algorithm = algorithm;
    for (auto weight : weights)
      add(weight);
    renew();
  }
  BalanceStand(Algorithm algorithm, std::initializer_list<std::uint32_t> weights)
      : BalanceStand(algorithm, std::vector<std::uint32_t>(weights)) {}

  static std::string address(std::size_t i) {
    return "10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) + "." +
           std::to_string(i % 256) + ":80";
  }
  void add(std::uint32_t weight, std::uint32_t priority = 0, std::string zone = {}) {
    auto endpoint = std::make_shared<Endpoint>("app", *Address::parse(address(members->size())), "", zone);
    members->push_back({std::move(endpoint), weight, priority, 0});
  }
  // A set for settings that have been changed, or members added.
  void remake() { set = std::make_shared<const EndpointSet>(members, settings, turns); }
  // A set of the same members, whose blocks have changed.
  void renew() { set = std::make_shared<const EndpointSet>(members, settings, turns, set.get()); }
  // A set of all members but one; `left` keeps them.
  std::shared_ptr<const EndpointSet> without(std::size_t index) const {
    auto left = std::make_shared<Members>(*members);
    left->erase(left->begin() + static_cast<std::ptrdiff_t>(index));
    return std::make_shared<const EndpointSet>(std::move(left), settings, const_cast<Turns&>(turns));
  }

  Endpoint& operator[](std::size_t index) { return *(*members)[index].endpoint; }
  int pick(std::optional<std::uint64_t> hash = {}, std::span<const int> tried = {}) {
    PickQuery query{now_ns, random, tried, hash};
    return set->pick(query);
  }
  std::vector<std::uint64_t> count(std::size_t picks) {
    std::vector<std::uint64_t> counts(members->size(), 0);
    for (std::size_t i = 0; i < picks; ++i)
      ++counts[static_cast<std::size_t>(pick())];
    return counts;
  }
  // Where each of keys 0 .. keys-1 goes.
  std::vector<const Endpoint*> map(const EndpointSet& of, std::uint64_t keys) {
    std::vector<const Endpoint*> where;
    for (std::uint64_t key = 0; key < keys; ++key) {
      PickQuery query{now_ns, random, {}, hash_of("key " + std::to_string(key))};
      where.push_back(of.members()[static_cast<std::size_t>(of.pick(query))].endpoint.get());
    }
    return where;
  }
};

// True when counts are as likely as one in 10,000 or likelier under shares proportional to `shares` (Pearson's chi-square, its quantile
// by Wilson and Hilferty). Where a share is 0 the count must be.
inline bool fits(std::span<const std::uint64_t> counts, std::span<const double> shares) {
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  double statistic = 0, freedom = -1;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = all * shares[i] / sum;
    if (expected == 0 && counts[i] != 0) return false;
    if (expected == 0) continue;
    statistic +=
        (static_cast<double>(counts[i]) - expected) * (static_cast<double>(counts[i]) - expected) / expected;
    ++freedom;
  }
  const double part = 2 / (9 * freedom);
  return statistic < freedom * std::pow(1 - part + 3.719 * std::sqrt(part), 3);
}

}  // namespace sluice::test
