// Whatever fails, and whenever: the invariants of ExchangeRig::check() hold.
#include <catch2/catch_test_macros.hpp>

#include "exchange/scenario.h"

namespace sluice::test {
namespace {

Disturbance failing(Fault how, std::string name) {
  return {std::move(name), [how](ExchangeRig& rig, int at) { rig.net.fail_nth(at, how); },
          [](const ExchangeRig& rig) {
            return rig.net.has_failed();
          }};
}

Disturbance interrupting(std::string name, std::function<void(ExchangeRig&)> action) {
  return {std::move(name),
          [action](ExchangeRig& rig, int at) { rig.interrupt(at, [&rig, action] { action(rig); }); },
          [](const ExchangeRig& rig) {
            return rig.has_interrupted();
          }};
}

void sweep_all(const std::vector<Scenario>& scenarios, const Disturbance& disturbance) {
  for (auto& scenario : scenarios)
    sweep(scenario, disturbance, std::string::npos);
}

void leave(ExchangeRig& rig) {
  for (auto& one : rig.clients())
    one.far->incoming_error = UV_ECONNRESET;
}

void close_upstream(ExchangeRig& rig, bool reset) {
  for (auto* far : rig.net.connected) {
    if (reset)
      far->incoming_error = UV_ECONNRESET;
    else
      far->incoming_end = true;
  }
}

TEST_CASE("Undisturbed, each scenario ends with the responses it is for") {
  for (auto& scenario : all_scenarios()) {
    for (std::size_t cut : {std::string::npos, std::size_t{1}, std::size_t{7}}) {
      INFO(scenario.name << ", cut " << cut);
      ExchangeRig rig;
      rig.net.cut = cut;
      scenario.set_up(rig);
      scenario.drive(rig);
      rig.finish();
      CHECK_NOTHROW(rig.check());
      std::vector<int> statuses;
      for (auto& seen : rig.responses(rig.clients().front()))
        statuses.push_back(seen.message.status());
      if (!scenario.statuses.empty()) CHECK(statuses == scenario.statuses);
    }
  }
}

TEST_CASE("The nth operation breaks its connection, for every n") {
  sweep_all(all_scenarios(), failing(Fault::reset, "reset"));
}

TEST_CASE("The nth operation closes its connection, for every n") {
  sweep_all(all_scenarios(), failing(Fault::close, "close"));
}

TEST_CASE("The nth operation stalls its connection, for every n") {
  auto scenarios = all_scenarios();
  // A tunnel may be silent for as long as it likes.
  std::erase_if(scenarios, [](auto& scenario) { return scenario.name == "tunnel"; });
  sweep_all(scenarios, failing(Fault::stall, "stall"));
}

TEST_CASE("The nth operation fails with reads of one byte, for every n") {
  for (auto& scenario : plain_scenarios()) {
    if (scenario.name.starts_with("slow")) continue;
    sweep(scenario, failing(Fault::reset, "reset"), 1);
    sweep(scenario, failing(Fault::close, "close"), 1);
  }
}

TEST_CASE("The client leaves at every point") {
  sweep_all(all_scenarios(), interrupting("client leaves", leave));
}

TEST_CASE("The upstream breaks off at every point") {
  sweep_all(all_scenarios(), interrupting("upstream resets", [](auto& rig) { close_upstream(rig, true); }));
}

TEST_CASE("The upstream closes at every point") {
  sweep_all(all_scenarios(), interrupting("upstream closes", [](auto& rig) { close_upstream(rig, false); }));
}

TEST_CASE("Every timeout fires at every point") {
  sweep_all(all_scenarios(),
            interrupting("time passes", [](auto& rig) { rig.event_loop.advance(std::chrono::hours(1)); }));
}

TEST_CASE("The worker stops at every point") {
  sweep_all(all_scenarios(), interrupting("worker stops", [](auto& rig) { rig.stop_now(); }));
}

TEST_CASE("The worker drains from every point on, and no response breaks off") {
  auto scenarios = all_scenarios();
  std::erase_if(scenarios, [](auto& scenario) {
    return scenario.name.contains("drop") || scenario.name.contains("after the end");
  });
  auto drains = interrupting("worker drains", [](auto& rig) { rig.drain(); });
  drains.check = [](ExchangeRig& rig) {
    for (auto& seen : rig.responses(rig.clients().front()))
      if (!seen.whole) throw std::runtime_error("a response broke off");
  };
  sweep_all(scenarios, drains);
}

}  // namespace
}  // namespace sluice::test
