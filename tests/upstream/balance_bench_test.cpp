// What picks and sets cost. Hidden, since it asserts nothing: build/<preset>/test_upstream "[bench]" prints the table that stands in
// core/upstream/balance/README.md.
#include <fmt/core.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "balance_stand.h"

namespace sluice::test {
namespace {

double ns_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

void measure(const char* name, Algorithm algorithm, bool weighted) {
  fmt::print("{:<24}", name);
  for (std::uint32_t size : {2u, 16u, 100u, 10'000u}) {
    std::vector<std::uint32_t> weights;
    for (std::uint32_t i = 0; i < size; ++i)
      weights.push_back(weighted ? 1 + i * 7919 % 100 : 1);
    BalanceStand stand(algorithm, weights);
    for (std::size_t i = 0; i < size; ++i)
      stand[i].note_latency(1'000'000 + i * 1000, stand.now_ns);
    constexpr std::size_t kPicks = 300'000;
    std::int64_t sum = 0;
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < kPicks; ++i)
      sum += stand.pick(mix_bits(i));
    const double each = ns_since(start) / kPicks;
    CHECK(sum >= 0);
    fmt::print("{:>9.0f}", each);
    if (size != 10'000) continue;
    const auto made = std::chrono::steady_clock::now();
    stand.remake();
    fmt::print("{:>12.1f}", ns_since(made) / 1e6);
    stand[5].set_block(block_failing);
    const auto renewed = std::chrono::steady_clock::now();
    stand.renew();
    fmt::print("{:>12.1f}", ns_since(renewed) / 1e6);
    for (auto& member : *stand.members) {
      member.max_in_flight = 1;
      member.endpoint->enter(0);
    }
    const auto full = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < 200; ++i)
      sum += stand.pick(mix_bits(i));
    fmt::print("{:>12.0f}\n", ns_since(full) / 200e3);
  }
}

TEST_CASE("what a pick costs", "[.][bench]") {
  fmt::print("{:<24}{:>9}{:>9}{:>9}{:>9}{:>12}{:>12}{:>12}\n", "ns a pick of", 2, 16, 100, 10'000, "made, ms",
             "again, ms", "all full, us");
  for (bool weighted : {false, true}) {
    fmt::print("{}\n", weighted ? "weights 1 .. 100" : "equal weights");
    measure("round_robin", Algorithm::round_robin, weighted);
    measure("least_requests", Algorithm::least_requests, weighted);
    measure("power_of_two", Algorithm::power_of_two, weighted);
    measure("peak_ewma", Algorithm::peak_ewma, weighted);
    measure("random", Algorithm::random, weighted);
    measure("consistent_hash", Algorithm::consistent_hash, weighted);
    measure("maglev", Algorithm::maglev, weighted);
  }
}

}  // namespace
}  // namespace sluice::test
