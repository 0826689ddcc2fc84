// What an upstream is for the whole process, through all snapshots that have one of its name: its place in the round robin, its
// retry budget, who waits for it, and how long its answers take.
#pragma once

#include "upstream/balance/balancer.h"
#include "upstream/latencies.h"
#include "upstream/queue.h"
#include "upstream/retry_budget.h"

namespace sluice {

struct GroupShare {
  Turns turns;
  RetryBudget budget;
  Queue queue;
  Latencies latencies;
};

}  // namespace sluice
