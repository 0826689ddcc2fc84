#include <catch2/catch_test_macros.hpp>

#include "exchange/scenario.h"

namespace sluice::test {

std::vector<Scenario> all_scenarios() {
  auto all = plain_scenarios();
  for (auto& more : {hook_scenarios(), waiting_scenarios()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

void sweep(const Scenario& scenario, const Disturbance& disturbance, std::size_t cut) {
  // No scenario has so many operations.
  constexpr int kMost = 20'000;
  for (int at = 1; at < kMost; ++at) {
    ExchangeRig rig;
    rig.net.cut = cut;
    scenario.set_up(rig);
    disturbance.plan(rig, at);
    std::string found;
    try {
      scenario.drive(rig);
      rig.finish();
      rig.check();
      if (disturbance.check) disturbance.check(rig);
    } catch (const std::exception& problem) {
      found = problem.what();
    }
    if (!found.empty()) {
      FAIL_CHECK(scenario.name << ", " << disturbance.name << " at " << at << ", cut " << cut << ": "
                               << found);
      return;
    }
    if (!disturbance.has_happened(rig)) return;
  }
  FAIL_CHECK(scenario.name << ", " << disturbance.name << ": no end");
}

}  // namespace sluice::test
