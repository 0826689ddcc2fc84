// Round robin: order, shares, evenness, slow start.
#include <catch2/catch_test_macros.hpp>

#include "balance_stand.h"

namespace sluice::test {
namespace {

std::vector<int> picks(BalanceStand& stand, std::size_t count) {
  std::vector<int> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(stand.pick());
  return all;
}

TEST_CASE("round robin gives nginx's order for small tiers") {
  BalanceStand stand(Algorithm::round_robin, {5, 1, 1});
  CHECK(picks(stand, 14) == std::vector{0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0});
  // What the weights have in common does not lengthen the period.
  BalanceStand tens(Algorithm::round_robin, {50, 10, 10});
  CHECK(picks(tens, 7) == std::vector{0, 0, 1, 0, 2, 0, 0});
}

TEST_CASE("round robin's shares are exact in each period, also where the order is the even one") {
  std::vector<std::uint32_t> weights;
  for (std::uint32_t i = 0; i < 2000; ++i)
    weights.push_back(1 + i * i % 13);
  const auto period = std::accumulate(weights.begin(), weights.end(), std::size_t{0});
  BalanceStand stand(Algorithm::round_robin, weights);
  CHECK(stand.count(period) == std::vector<std::uint64_t>(weights.begin(), weights.end()));
}

TEST_CASE("in a large tier the turns of each endpoint are spread evenly") {
  // One heavy endpoint among many light ones: it must not have its turns in a row.
  std::vector<std::uint32_t> weights(3000, 1);
  weights[1234] = 1000;
  BalanceStand stand(Algorithm::round_robin, weights);
  std::size_t longest = 0, gap = 0;
  for (int index : picks(stand, 8000)) {
    gap = index == 1234 ? 0 : gap + 1;
    longest = std::max(longest, gap);
  }
  // A turn in four is its own; the light ones come at moments that are off by a few turns.
  CHECK(longest >= 3);
  CHECK(longest <= 8);
}

TEST_CASE("weights that are too large for a period keep their shares to half a turn") {
  BalanceStand stand(Algorithm::round_robin, {65535, 65521, 1});
  const auto counts = stand.count(65536);
  CHECK(counts[2] == 1);
  CHECK(counts[0] >= 32767);
  CHECK(counts[1] >= 32764);
}

TEST_CASE("what a blocked endpoint leaves is shared by all, before and after the next set") {
  BalanceStand stand(Algorithm::round_robin, {1, 1, 1, 1});
  stand[1].set_block(block_failing);
  auto counts = stand.count(40'000);
  CHECK(counts[1] == 0);
  // Not exact yet, but no neighbour gets it all: a third of what is left each, within one in ten.
  for (auto i : {0, 2, 3})
    CHECK(counts[static_cast<std::size_t>(i)] > 12'000);
  stand.renew();
  CHECK(stand.count(300) == std::vector<std::uint64_t>{100, 0, 100, 100});
}

TEST_CASE("a new set goes on where the one before was") {
  BalanceStand stand(Algorithm::round_robin, {1, 1, 1});
  CHECK(picks(stand, 2) == std::vector{0, 1});
  stand.renew();
  CHECK(picks(stand, 2) == std::vector{2, 0});
}

TEST_CASE("an endpoint in its slow start gets its part of the turns, by its age") {
  BalanceStand stand(Algorithm::round_robin, {2, 2, 1});
  stand.settings.slow_start = std::chrono::seconds(10);
  stand[0].set_available_since(stand.now_ns - 3'000'000'000);
  stand.remake();
  CHECK(fits(stand.count(100'000), std::vector{2 * 0.3, 2.0, 1.0}));
  stand.now_ns -= 3'000'000'000;
  CHECK(fits(stand.count(100'000), std::vector{2 * 0.1, 2.0, 1.0}));
  stand.now_ns += 10'000'000'000;
  CHECK(stand.count(500) == std::vector<std::uint64_t>{200, 200, 100});
}

TEST_CASE("endpoints that are all in their slow start share as their weights say") {
  BalanceStand stand(Algorithm::round_robin, {1, 1});
  stand.settings.slow_start = std::chrono::seconds(10);
  stand[0].set_available_since(stand.now_ns);
  stand[1].set_available_since(stand.now_ns);
  stand.remake();
  CHECK(fits(stand.count(20'000), std::vector{1.0, 1.0}));
}

}  // namespace
}  // namespace sluice::test
