// The algorithms that go by load, by latency or by chance: who wins, and with what share.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "balance_stand.h"

namespace sluice::test {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

void load(BalanceStand& stand, std::size_t index, int exchanges) {
  for (int i = 0; i < exchanges; ++i)
    stand[index].enter(0);
}

TEST_CASE("small tiers give to the least loaded for its weight, in every algorithm that goes by load") {
  const auto algorithm = GENERATE(Algorithm::least_requests, Algorithm::power_of_two);
  BalanceStand stand(algorithm, {1, 4, 1, 2});
  load(stand, 0, 1);  // 2
  load(stand, 1, 4);  // 5/4
  load(stand, 2, 2);  // 3
  load(stand, 3, 1);  // 1
  for (int i = 0; i < 20; ++i)
    CHECK(stand.pick() == 3);
  load(stand, 3, 1);  // 3/2
  CHECK(stand.pick() == 1);
}

TEST_CASE("equals are chosen equally often") {
  const auto algorithm =
      GENERATE(Algorithm::least_requests, Algorithm::power_of_two, Algorithm::peak_ewma, Algorithm::random);
  const auto size = GENERATE(3, 16, 17, 300);
  BalanceStand stand(algorithm, std::vector<std::uint32_t>(static_cast<std::size_t>(size), 2));
  std::vector<double> shares(static_cast<std::size_t>(size), 1);
  if (algorithm == Algorithm::least_requests && size == 300) {
    // One of each 64th part: parts of four endpoints and of five.
    for (std::size_t part = 0; part < 64; ++part)
      for (auto i = part * 300 / 64; i < (part + 1) * 300 / 64; ++i)
        shares[i] = 1.0 / static_cast<double>((part + 1) * 300 / 64 - part * 300 / 64);
  }
  CHECK(fits(stand.count(60'000), shares));
}

TEST_CASE("least requests looks at all of 256, and finds one of the better above") {
  BalanceStand stand(Algorithm::least_requests, std::vector<std::uint32_t>(256, 1));
  for (std::size_t i = 0; i < 256; ++i)
    load(stand, i, i == 77 ? 3 : 4);
  CHECK(stand.pick() == 77);
  BalanceStand large(Algorithm::least_requests, std::vector<std::uint32_t>(1000, 1));
  for (std::size_t i = 0; i < 1000; ++i)
    load(large, i, i % 10 == 0 ? 0 : 5);
  // A tenth is idle: of 64 drawn none with probability 0.9^64, about 1 in 850.
  int idle = 0;
  for (int i = 0; i < 10'000; ++i)
    idle += large.pick() % 10 == 0;
  CHECK(idle > 9'960);
}

TEST_CASE("power of two never draws the same endpoint twice") {
  // The worst of all can win only against itself; also when it weighs nearly everything.
  const std::uint32_t weight = GENERATE(1, 60'000);
  std::vector<std::uint32_t> weights(17, 1);
  weights[5] = weight;
  BalanceStand stand(Algorithm::power_of_two, weights);
  load(stand, 5, static_cast<int>(weight) + 1);
  const auto counts = stand.count(50'000);
  CHECK(counts[5] == 0);
}

TEST_CASE("power of two draws by weight") {
  std::vector<std::uint32_t> weights(10, 1);
  weights.resize(20, 2);
  BalanceStand stand(Algorithm::power_of_two, weights);
  const auto counts = stand.count(100'000);
  // All idle: a heavier one wins, so that a light one is chosen only when both drawn are light.
  const double both_light = 10.0 / 30 * 9 / 29;
  const auto light = std::accumulate(counts.begin(), counts.begin() + 10, std::uint64_t{0});
  CHECK(fits(std::vector{light, 100'000 - light}, std::vector{both_light, 1 - both_light}));
}

TEST_CASE("peak EWMA prefers who answers sooner, by latency and load") {
  BalanceStand stand(Algorithm::peak_ewma, {1, 1, 2});
  stand[0].note_latency(10 * kMs, stand.now_ns);
  stand[1].note_latency(30 * kMs, stand.now_ns);
  stand[2].note_latency(50 * kMs, stand.now_ns);
  CHECK(stand.pick() == 0);
  load(stand, 0, 2);  // 30
  CHECK(stand.pick() == 2);
  load(stand, 2, 1);  // 50
  load(stand, 0, 1);  // 40
  CHECK(stand.pick() == 1);
}

TEST_CASE("peak EWMA gets to know an idle endpoint, and gives no more to one that has not answered yet") {
  BalanceStand stand(Algorithm::peak_ewma, {1, 1});
  stand[0].note_latency(10 * kMs, stand.now_ns);
  CHECK(stand.pick() == 1);
  load(stand, 1, 1);
  load(stand, 0, 50);
  CHECK(stand.pick() == 0);
}

TEST_CASE("random and round robin give shares by weight, and none to what is blocked") {
  const auto algorithm = GENERATE(Algorithm::random, Algorithm::round_robin);
  const bool refreshed = GENERATE(false, true);
  BalanceStand stand(algorithm, {1, 5, 10, 7, 20});
  CHECK(fits(stand.count(43'000), std::vector{1.0, 5.0, 10.0, 7.0, 20.0}));
  stand[2].set_block(block_ejected);
  if (refreshed) stand.renew();
  const auto counts = stand.count(33'000);
  CHECK(counts[2] == 0);
  if (algorithm == Algorithm::random || refreshed) CHECK(fits(counts, std::vector{1.0, 5.0, 0.0, 7.0, 20.0}));
}

TEST_CASE("random gives an endpoint in its slow start its part") {
  BalanceStand stand(Algorithm::random, {1, 3, 2});
  stand.settings.slow_start = std::chrono::seconds(10);
  stand[1].set_available_since(stand.now_ns - 5'000'000'000);
  stand.remake();
  CHECK(fits(stand.count(60'000), std::vector{1.0, 1.5, 2.0}));
}

TEST_CASE("by load, an endpoint in its slow start costs more") {
  const auto algorithm = GENERATE(Algorithm::least_requests, Algorithm::power_of_two, Algorithm::peak_ewma);
  BalanceStand stand(algorithm, {1, 1});
  stand.settings.slow_start = std::chrono::seconds(10);
  for (std::size_t i : {0, 1})
    stand[i].note_latency(10 * kMs, stand.now_ns);
  stand[0].set_available_since(stand.now_ns - 5'000'000'000);
  stand.remake();
  // Held in proportion: at half of its weight it has half of the exchanges.
  for (int i = 0; i < 300; ++i)
    stand[static_cast<std::size_t>(stand.pick())].enter(0);
  CHECK(stand[0].in_flight() >= 99);
  CHECK(stand[0].in_flight() <= 101);
}

}  // namespace
}  // namespace sluice::test
