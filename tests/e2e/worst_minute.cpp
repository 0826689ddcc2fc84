// A group on its worst minute: ten endpoints, of which three stall, one resets and one answers 503, under constant load.
//
// build/dev/test_e2e "[worst-minute]" prints the table of core/upstream/README.md.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include <deque>

#include "support/gateway.h"
#include "support/load.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

struct Scene {
  std::atomic<bool> broken{false};
  std::deque<Origin> origins;
  Scene() {
    for (int i = 0; i < 10; ++i)
      origins.emplace_back([this, i](OriginConnection& connection) {
        for (;;) {
          connection.read_request();
          if (broken && i < 3) connection.wait_end();
          if (broken && i == 3) return connection.reset();
          connection.send(response(broken && i == 4 ? 503 : 200, "ok"));
        }
      });
  }
  std::string configuration(std::string_view upstream) const {
    std::string text =
        "workers = 2\n[[listener]]\naddress = \"127.0.0.1:0\"\n[timeouts]\nfirst_byte = \"5s\"\n[[upstream]]\n"
        "name = \"app\"\nendpoints = [";
    for (auto& origin : origins)
      text += "\"" + origin.endpoint() + "\", ";
    return text + "]\n" + std::string(upstream) + "\n[[route]]\nupstream = \"app\"\n";
  }
  // True when the log has said of each broken endpoint that it is ejected.
  bool all_ejected(const Gateway& gateway) const {
    const auto log = gateway.log();
    for (int i = 0; i < 5; ++i)
      if (log.find(origins[static_cast<std::size_t>(i)].endpoint() + " is ejected") == std::string::npos)
        return false;
    return true;
  }
};

Load::Plan judged(const Gateway& gateway) {
  return {gateway.port(), 6, 2, [](const Message& answer) {
            return answer.status() == 200 ? std::string() : fmt::format("status {}", answer.status());
          }};
}

constexpr std::string_view kEverything =
    "balance = \"power_of_two\"\n"
    "[upstream.ejection]\nconsecutive_failures = 3\nbase_time = \"500ms\"\nmax_time = \"2s\"\n"
    "[upstream.retry]\nattempts = 4\nper_try = \"250ms\"\nbudget_percent = 50\nbudget_min = 100\n";

TEST_CASE("With half of the endpoints broken, fewer than one request in 10,000 fails once they are known") {
  Scene scene;
  Gateway gateway(scene.configuration(kEverything));
  Load load(judged(gateway));
  REQUIRE(load.wait_answered(500));
  CHECK(load.faults() == "");
  scene.broken = true;
  REQUIRE(eventually([&] { return scene.all_ejected(gateway); }));
  const auto before = load.fault_count();
  const auto answered = load.answered();
  REQUIRE(load.wait_answered(20'000));
  const auto failed = load.fault_count() - before;
  load.stop();
  INFO(load.faults());
  CHECK(failed * 10'000 < load.answered() - answered);
}

TEST_CASE("The worst minute, as a table", "[.][worst-minute]") {
  struct Row {
    const char* name;
    const char* upstream;
  };
  constexpr Row kRows[] = {
      {"round robin, nothing else",
       "[upstream.ejection]\nconsecutive_failures = 0\n[upstream.retry]\nattempts = 1\n"},
      {"+ ejection",
       "[upstream.ejection]\nconsecutive_failures = 3\nbase_time = \"500ms\"\nmax_time = \"2s\"\n[upstream.retry]\nattempts = 1\n"},
      {"+ further attempts (as by default)",
       "[upstream.ejection]\nconsecutive_failures = 3\nbase_time = \"500ms\"\nmax_time = \"2s\"\n"},
      {"+ per_try 250 ms, 4 attempts, budget 50 %, power of two",
       "balance = \"power_of_two\"\n[upstream.ejection]\nconsecutive_failures = 3\nbase_time = \"500ms\"\nmax_time = \"2s\"\n"
       "[upstream.retry]\nattempts = 4\nper_try = \"250ms\"\nbudget_percent = 50\nbudget_min = 100\n"},
      {"+ active checks every 200 ms",
       "balance = \"power_of_two\"\n[upstream.check]\ninterval = \"200ms\"\ntimeout = \"200ms\"\n"
       "[upstream.ejection]\nconsecutive_failures = 3\nbase_time = \"500ms\"\nmax_time = \"2s\"\n"
       "[upstream.retry]\nattempts = 4\nper_try = \"250ms\"\nbudget_percent = 50\nbudget_min = 100\n"},
  };
  fmt::print(
      "| configuration | first 5 s: requests | failed | next 15 s: requests | failed |\n|---|---|---|---|---|\n");
  for (auto& row : kRows) {
    Scene scene;
    Gateway gateway(scene.configuration(row.upstream));
    Load load(judged(gateway));
    load.wait_answered(500);
    scene.broken = true;
    const auto start_answered = load.answered(), start_failed = load.fault_count();
    std::this_thread::sleep_for(std::chrono::seconds(5));
    const auto then_answered = load.answered(), then_failed = load.fault_count();
    std::this_thread::sleep_for(std::chrono::seconds(15));
    fmt::print("| {} | {} | {} | {} | {} |\n", row.name, then_answered - start_answered,
               then_failed - start_failed, load.answered() - then_answered, load.fault_count() - then_failed);
    std::fflush(stdout);
    load.stop();
  }
}

}  // namespace
}  // namespace sluice::test
