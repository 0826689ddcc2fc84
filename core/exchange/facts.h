// What an exchange knows of its worker and of its client connection, and what it asks of them.
#pragma once

#include <cstdint>
#include <string>

#include "exchange/plan.h"
#include "net/loop.h"
#include "upstream/health/ejector.h"
#include "upstream/pool.h"

namespace sluice {

class Exchange;

// Of the client's connection.
struct ConnectionFacts {
  Address remote;
  std::uint64_t id = 0;
  bool secure = false;  // TLS
};

struct ExchangeCounters {
  std::uint64_t begun = 0;
  std::uint64_t ended = 0;
  std::uint64_t failed = 0;  // ended with an error of the gateway's or the upstream's
};

// The worker, as its exchanges see it. [loop]
class ExchangeHome {
 public:
  virtual ~ExchangeHome() = default;
  virtual Loop& loop() = 0;
  virtual PoolTable& pools() = 0;
  virtual std::uint32_t worker() const = 0;
  virtual ExchangeCounters& counters() = 0;
  virtual Random& random() = 0;
  // Who judges endpoints by how attempts end; null: nobody.
  virtual Ejector* ejector() = 0;
  // True while the process stops: responses say "Connection: close".
  virtual bool draining() const = 0;
  // Free what a plugin left in a slot of an ending exchange.
  virtual void free_slot(std::size_t slot, void* value) = 0;
  // The exchange is over; destroy it when the turn ends, and give back its WorkerPlan.
  virtual void on_exchange_over(Exchange& exchange) = 0;
  // A token taken under this plan has been given back, or a callout is gone: it is in use once less.
  virtual void on_token_back(WorkerPlan& plan) = 0;
};

}  // namespace sluice
