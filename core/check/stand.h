// A worker for exchanges under check: a loop, pools, an origin and two neighbours, without listeners and without a thread of
// its own. The real Exchange runs on it, between a client in memory and connections to the origin.
//
//   MemoryClient --> Exchange (chains: neighbour, plugin, ..., neighbour) --> Pool --> ScriptOrigin
//
// Used by the thread that made it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "check/clockwork.h"
#include "check/memory_client.h"
#include "check/neighbour.h"
#include "check/script_origin.h"
#include "exchange/exchange.h"

namespace sluice::check {

class Stand final : private ExchangeHome {
 public:
  explicit Stand(std::uint32_t worker);
  ~Stand() override;
  Stand(const Stand&) = delete;
  Stand& operator=(const Stand&) = delete;

  struct Request {
    std::unique_ptr<MemoryClient> client;  // null: a connection that asks on_connect
    Exchange* exchange = nullptr;          // null when over
    std::optional<bool> accepted;          // by on_connect
  };
  // Begin a request on `plan`, which outlives it. It moves in settle().
  Request& begin(WorkerPlan& plan, std::vector<std::string> pieces, bool closes = false);
  // Ask the on_connect hooks about a connection.
  Request& connect(WorkerPlan& plan);

  // Run until every request is over; false when nothing has moved for `patience`, or very many timers did not help.
  bool settle(std::chrono::milliseconds patience);
  // The same until `done`.
  bool settle_until(std::chrono::milliseconds patience, const std::function<bool()>& done);
  // Run until the plugin has given back all its tokens.
  bool drain_tokens(std::chrono::milliseconds patience);
  // The client of `request` goes away at the end of this turn, or now.
  void abort(Request& request);
  // Run until no callout is under way, or nothing has moved for `patience`; what is left then ends as when a worker stops.
  void settle_callouts(std::chrono::milliseconds patience);
  // What a worker does when it stops: every exchange and callout ends without waiting.
  void end_all();
  // Forget requests that are over.
  void forget();

  Loop& loop() override { return loop_; }
  std::uint32_t worker() const override { return worker_; }
  ScriptOrigin& origin() { return *origin_; }
  Clockwork& clockwork() { return clockwork_; }
  // "origin": the script's address, and one with weight 0 that refuses.
  const std::shared_ptr<Group>& group() const { return group_; }

  Neighbour before{false};
  Neighbour after{true};

 private:
  PoolTable& pools() override { return *pools_; }
  ExchangeCounters& counters() override { return counters_; }
  Random& random() override { return random_; }
  Ejector* ejector() override { return nullptr; }
  bool draining() const override { return false; }
  void free_slot(std::size_t slot, void* value) override;
  void on_exchange_over(Exchange& exchange) override;
  void on_token_back(WorkerPlan& plan) override { --plan.in_use; }

  Request& begin_exchange(WorkerPlan& plan, std::unique_ptr<MemoryClient> client);
  bool pass();
  void end_callouts();
  bool is_waiting_for_plugin() const;
  std::size_t movement() const;
  void wait_a_little();

  const std::uint32_t worker_;
  Loop loop_;
  Clockwork clockwork_{loop_};
  std::unique_ptr<PoolTable> pools_;
  std::unique_ptr<ScriptOrigin> origin_;
  std::shared_ptr<Group> group_;
  ExchangeCounters counters_;
  Random random_{1};
  std::list<Request> requests_;
  std::vector<WorkerPlan*> plans_;  // of requests begun, until forget(), or longer with callouts
  std::uint64_t next_connection_ = 1;
};

}  // namespace sluice::check
