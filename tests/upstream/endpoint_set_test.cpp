// Sets: finding members, tiers, shortage, and that a pick is always one that may be chosen.
#include "upstream/endpoint_set.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "balance_stand.h"

namespace sluice::test {
namespace {

constexpr Algorithm kAlgorithms[] = {
    Algorithm::round_robin, Algorithm::least_requests,  Algorithm::power_of_two, Algorithm::peak_ewma,
    Algorithm::random,      Algorithm::consistent_hash, Algorithm::maglev};

// Members that come up in many picks.
std::vector<int> seen(BalanceStand& stand, std::vector<int> tried = {}) {
  std::vector<int> all;
  for (int i = 0; i < 300; ++i)
    all.push_back(stand.pick({}, tried));
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

// Two of priority 0 at home, two elsewhere, and two backups.
struct Zoned : BalanceStand {
  Zoned() : BalanceStand(Algorithm::random, {}) {
    for (const char* zone : {"a", "a", "b", "b"})
      add(1, 0, zone);
    add(1, 1);
    add(1, 1);
    settings.prefer_zone = "a";
    remake();
  }
};

TEST_CASE("members are found by text and by id, in small sets and large ones") {
  const std::size_t size = GENERATE(1, 16, 17, 1000);
  BalanceStand stand(Algorithm::round_robin, std::vector<std::uint32_t>(size, 1));
  for (std::size_t i = 0; i < size; ++i) {
    REQUIRE(stand.set->find(BalanceStand::address(i)) == static_cast<int>(i));
    REQUIRE(stand.set->find(stand[i].id()) == static_cast<int>(i));
  }
  CHECK(stand.set->find("192.0.2.1:80") == -1);
  CHECK(stand.set->find(std::uint64_t{12345}) == -1);
}

TEST_CASE("a set without members, or with weights of 0 alone, gives nobody") {
  BalanceStand stand(Algorithm::round_robin, {});
  CHECK(stand.pick() == -1);
  CHECK(stand.set->find("10.0.0.0:80") == -1);
  BalanceStand none(Algorithm::consistent_hash, {0, 0});
  CHECK(none.pick(1) == -1);
  CHECK(none.set->is_short());
  CHECK(none.set->find("10.0.0.1:80") == 1);
}

TEST_CASE("the gateway's zone comes first, then the priority's all, then backups") {
  Zoned stand;
  CHECK(seen(stand) == std::vector{0, 1});
  stand[0].set_block(block_failing);  // 50 % of the zone, 70 are wanted
  stand.renew();
  CHECK(seen(stand) == std::vector{1, 2, 3});
  for (std::size_t i : {1, 2, 3})
    stand[i].set_block(block_ejected);
  stand.renew();
  CHECK(seen(stand) == std::vector{4, 5});
  CHECK_FALSE(stand.set->is_short());
}

TEST_CASE("the example in balance/README.md is true") {
  BalanceStand stand(Algorithm::random, {});
  for (int i = 0; i < 8; ++i)
    stand.add(1, 0, i < 4 ? "a" : "b");
  stand.add(1, 1);
  stand.add(1, 1);
  stand.settings.prefer_zone = "a";
  stand.settings.min_available = 50;
  stand.remake();
  const auto after = [&stand](std::initializer_list<std::size_t> blocked, Block bit = block_failing) {
    for (auto i : blocked)
      stand[i].set_block(bit);
    stand.renew();
    return seen(stand);
  };
  CHECK(after({}) == std::vector{0, 1, 2, 3});
  CHECK(after({0}) == std::vector{1, 2, 3});
  CHECK(after({1}) == std::vector{2, 3, 4, 5, 6, 7});
  CHECK(after({4, 5, 6}) == std::vector{8, 9});
  CHECK(after({8, 9}) == std::vector{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(after({7}, block_draining) == std::vector{0, 1, 2, 3, 4, 5, 6});
}

TEST_CASE("a tier whose endpoints are all tried is passed over") {
  Zoned stand;
  CHECK(seen(stand, {0, 1}) == std::vector{2, 3});
  CHECK(seen(stand, {0, 1, 2, 3}) == std::vector{4, 5});
  CHECK(seen(stand, {0, 1, 2, 3, 4, 5}) == std::vector{-1});
}

TEST_CASE("with fewer than min_available percent the next priority takes over, at last all of the first") {
  BalanceStand stand(Algorithm::random, {1, 1, 1, 1});
  stand.add(1, 7);
  stand.settings.min_available = 75;
  stand[0].set_block(block_failing);
  stand.remake();
  CHECK(seen(stand) == std::vector{1, 2, 3});
  stand[1].set_block(block_failing);
  stand.renew();
  CHECK(seen(stand) == std::vector{4});
  stand[4].set_block(block_ejected);
  stand[2].set_block(block_draining);  // the administrator's word stands
  stand.renew();
  CHECK(stand.set->is_short());
  CHECK(seen(stand) == std::vector{0, 1, 3});
  stand.settings.on_shortage = OnShortage::fail;
  stand.renew();
  CHECK(stand.pick() == -1);
}

TEST_CASE("when all are blocked between two sets, on_shortage counts at once") {
  const auto algorithm = GENERATE(Catch::Generators::from_range(kAlgorithms));
  BalanceStand stand(algorithm, {1, 1, 1});
  stand.add(1, 1);
  stand.remake();
  for (std::size_t i : {0, 1, 3})
    stand[i].set_block(block_ejected);
  stand[2].set_block(block_disabled);
  CHECK(seen(stand) == std::vector{0, 1});
  CHECK(stand.pick(hash_of("k"), std::vector{0}) == 1);
  stand.settings.on_shortage = OnShortage::fail;
  CHECK(stand.pick() == -1);
}

TEST_CASE("one that was tried and is available means no shortage: what is blocked stays so") {
  BalanceStand stand(Algorithm::round_robin, {1, 1});
  stand[1].set_block(block_failing);
  CHECK(seen(stand, {0}) == std::vector{-1});
  stand.renew();
  CHECK(seen(stand, {0}) == std::vector{-1});
}

TEST_CASE("one that came back is found before the next set, when nobody else is there") {
  BalanceStand stand(GENERATE(Algorithm::round_robin, Algorithm::power_of_two), {1, 1});
  stand[1].set_block(block_failing);
  stand.renew();
  stand[1].clear_block(block_failing);
  stand[0].set_block(block_failing);
  CHECK(seen(stand) == std::vector{1});
}

TEST_CASE("one that is only full is reported, and is no shortage") {
  BalanceStand stand(Algorithm::round_robin, {1, 1});
  for (auto& member : *stand.members)
    member.max_in_flight = 1;
  stand[0].enter(0);
  stand[1].set_block(block_failing);
  PickQuery query{stand.now_ns, stand.random, {}, {}};
  CHECK(stand.set->pick(query) == -1);
  CHECK(query.saw_full);
}

TEST_CASE("a set of the same members picks with the balancers of the one before") {
  BalanceStand stand(Algorithm::maglev, {1, 1, 1});
  const auto loads = stand[0].load();
  const auto before = stand.map(*stand.set, 100);
  for (int i = 0; i < 3; ++i) {
    stand[1].set_block(block_warming);
    stand.renew();
    stand[1].clear_block(block_warming);
    stand.renew();
  }
  CHECK(stand.map(*stand.set, 100) == before);
  CHECK(stand[0].load() == loads);
}

// What may be chosen, said once more in the plainest way.
struct Oracle {
  BalanceStand& stand;
  std::span<const int> tried;

  bool is_free(std::size_t i, std::uint32_t blocks) const {
    const Member& member = (*stand.members)[i];
    return member.weight > 0 && (stand[i].blocks() & blocks) == 0 &&
           (member.max_in_flight == 0 || stand[i].in_flight() < member.max_in_flight) &&
           std::ranges::find(tried, static_cast<int>(i)) == tried.end();
  }
  // Members of the priorities that were enough when the set was made.
  std::vector<std::size_t> asked(const std::vector<bool>& was_available) const {
    std::vector<std::size_t> all;
    for (std::uint32_t priority : {0, 1, 2}) {
      std::vector<std::size_t> in;
      std::size_t available = 0;
      for (std::size_t i = 0; i < stand.members->size(); ++i)
        if ((*stand.members)[i].priority == priority && (*stand.members)[i].weight > 0) {
          in.push_back(i);
          available += was_available[i] ? 1 : 0;
        }
      if (available == 0 || available * 100 < in.size() * stand.settings.min_available) continue;
      all.insert(all.end(), in.begin(), in.end());
    }
    return all;
  }
  // Whoever may be chosen now; empty: nobody.
  std::vector<int> choices(const std::vector<bool>& was_available) const {
    std::vector<int> free;
    const auto all = asked(was_available);
    for (auto i : all)
      if (is_free(i, ~0u)) free.push_back(static_cast<int>(i));
    const bool one_is_available = std::ranges::any_of(all, [&](auto i) { return stand[i].is_available(); });
    if (!free.empty() || one_is_available || stand.settings.on_shortage == OnShortage::fail) return free;
    std::uint32_t first = 3;
    for (auto& member : *stand.members)
      if (member.weight > 0) first = std::min(first, member.priority);
    for (std::size_t i = 0; i < stand.members->size(); ++i)
      if ((*stand.members)[i].priority == first && is_free(i, kFirmBlocks))
        free.push_back(static_cast<int>(i));
    return free;
  }
};

void stir(BalanceStand& stand, Random& dice) {
  for (std::size_t i = 0; i < stand.members->size(); ++i) {
    if (dice.below(3) != 0) continue;
    const auto bit = static_cast<Block>(1u << dice.below(6));
    if (dice.below(2) == 0)
      stand[i].set_block(bit);
    else
      for (auto each : {1u, 2u, 4u, 8u, 16u, 32u})
        stand[i].clear_block(static_cast<Block>(each));
    if (stand[i].in_flight() < 3 && dice.below(2) == 0)
      stand[i].enter(0);
    else if (stand[i].in_flight() > 0)
      stand[i].leave();
  }
}

TEST_CASE("whatever is blocked, tried or full: a pick may be chosen, and is had whenever there is one") {
  const auto algorithm = GENERATE(Catch::Generators::from_range(kAlgorithms));
  Random dice(static_cast<std::uint64_t>(algorithm) + 99);
  for (int round = 0; round < 150; ++round) {
    BalanceStand stand(algorithm, {});
    const auto size = 1 + dice.below(round % 10 == 0 ? 300 : 24);
    for (std::uint32_t i = 0; i < size; ++i) {
      stand.add(dice.below(6), dice.below(3));
      stand.members->back().max_in_flight = dice.below(3);
    }
    stand.settings.min_available = dice.below(2) * dice.below(101);
    stand.settings.on_shortage = dice.below(2) == 0 ? OnShortage::spread : OnShortage::fail;
    stand.remake();
    for (int step = 0; step < 8; ++step) {
      stir(stand, dice);
      stand.renew();
      std::vector<bool> was_available;
      for (auto& member : *stand.members)
        was_available.push_back(member.endpoint->is_available());
      if (dice.below(2) == 0) stir(stand, dice);
      std::vector<int> tried;
      for (std::uint32_t i = dice.below(4); i > 0; --i)
        tried.push_back(static_cast<int>(dice.below(size)));
      const auto choices = Oracle{stand, tried}.choices(was_available);
      const int index =
          stand.pick(dice.below(2) == 0 ? std::nullopt : std::optional<std::uint64_t>(dice.next()), tried);
      REQUIRE((choices.empty() ? index == -1 : std::ranges::find(choices, index) != choices.end()));
    }
  }
}

}  // namespace
}  // namespace sluice::test
