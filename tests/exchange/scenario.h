// What exchanges go through in the sweeps: each scenario sets a rig up, then sends requests and gives tokens back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/exchange_rig.h"

namespace sluice::test {

struct Scenario {
  std::string name;
  std::function<void(ExchangeRig&)> set_up;
  std::function<void(ExchangeRig&)> drive;
  // Statuses of the responses when nothing fails; empty: not foreseen.
  std::vector<int> statuses;
};

std::vector<Scenario> plain_scenarios();    // bodies, framings, reuse, retries
std::vector<Scenario> hook_scenarios();     // whole bodies, replaced bodies, local responses
std::vector<Scenario> waiting_scenarios();  // PAUSE in each hook, ended in each way
std::vector<Scenario> all_scenarios();

// One way to disturb a run at a point that is counted from 1.
struct Disturbance {
  std::string name;
  std::function<void(ExchangeRig&, int at)> plan;
  std::function<bool(const ExchangeRig&)> has_happened;
  std::function<void(ExchangeRig&)> check = {};  // what holds besides
};

// Runs `scenario` with `disturbance` at each point in turn until it no longer happens, and checks the rig's invariants each time.
void sweep(const Scenario& scenario, const Disturbance& disturbance, std::size_t cut);

}  // namespace sluice::test
