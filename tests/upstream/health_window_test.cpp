// What a window's numbers mean.
#include <catch2/catch_test_macros.hpp>

#include "upstream/health/window.h"

namespace sluice::test {
namespace {

EjectionSettings share_of(std::uint32_t percent, std::uint32_t least = 20) {
  EjectionSettings settings;
  settings.failure_percent = percent;
  settings.min_requests = least;
  return settings;
}

EjectionSettings slower_than(double factor) {
  EjectionSettings settings;
  settings.latency_factor = factor;
  settings.min_requests = 10;
  return settings;
}

// `timed` successes of so many milliseconds each.
WindowCount taking(std::uint32_t timed, std::uint64_t ms) {
  return {timed, 0, timed, timed * ms * 1'000'000};
}

bool ejects(const WindowCount& count, const EjectionSettings& settings) {
  return !judge_window(std::vector{count}, settings).front().empty();
}

TEST_CASE("The share of failures ejects from its threshold on") {
  CHECK_FALSE(ejects({100, 49}, share_of(50)));
  CHECK(ejects({100, 50}, share_of(50)));
  CHECK(ejects({100, 100}, share_of(100)));
  CHECK_FALSE(ejects({100, 99}, share_of(100)));
}

TEST_CASE("Too few requests are not judged") {
  CHECK_FALSE(ejects({19, 19}, share_of(50, 20)));
  CHECK(ejects({20, 20}, share_of(50, 20)));
}

TEST_CASE("A share of 0 never ejects") { CHECK_FALSE(ejects({1000, 1000}, share_of(0))); }

TEST_CASE("Counts that overtook each other and counts near the top of 32 bits are judged rightly") {
  CHECK(judge_window(std::vector<WindowCount>{{20, 21}}, share_of(50)).front() ==
        "100 % of 20 requests failed");
  CHECK(ejects({4'000'000'000, 2'000'000'000}, share_of(50)));
  CHECK_FALSE(ejects({4'000'000'000, 1'999'999'999}, share_of(50)));
}

TEST_CASE("A mean above so many times the median ejects, and one that equals it does not") {
  const std::vector counts{taking(10, 10), taking(10, 10), taking(10, 30), taking(10, 31)};
  // The median of an even number is the mean of the middle two: 20 ms.
  const auto reasons = judge_window(counts, slower_than(1.5));
  CHECK(reasons[0].empty());
  CHECK(reasons[2].empty());
  CHECK(reasons[3] == "responses took 31.0 ms on average, 1.6 times the upstream's median of 20.0 ms");
}

TEST_CASE("Latency is compared only among three endpoints with enough requests") {
  const std::vector two{taking(10, 10), taking(10, 900)};
  const std::vector two_and_a_little{taking(10, 10), taking(10, 900), taking(9, 10)};
  const std::vector three{taking(10, 10), taking(10, 900), taking(10, 10)};
  CHECK(judge_window(two, slower_than(3))[1].empty());
  CHECK(judge_window(two_and_a_little, slower_than(3))[1].empty());
  CHECK_FALSE(judge_window(three, slower_than(3))[1].empty());
}

TEST_CASE("A slow endpoint with too few requests is not ejected") {
  const std::vector counts{taking(10, 10), taking(10, 10), taking(10, 10), taking(9, 900)};
  CHECK(judge_window(counts, slower_than(3))[3].empty());
}

}  // namespace
}  // namespace sluice::test
