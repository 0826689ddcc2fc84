// How an upstream's endpoints are used: plain values, from the configuration (config/keys.cpp says what each key means).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "http/limits.h"

namespace sluice {

using Millis = std::chrono::milliseconds;

enum class Algorithm : std::uint8_t {
  round_robin,
  least_requests,
  power_of_two,
  peak_ewma,
  random,
  consistent_hash,
  maglev,
};

// What of a request is hashed. The same text always gives the same number, on every gateway.
struct HashOn {
  enum class Part : std::uint8_t { none, source, path, header, cookie, query } part = Part::none;
  std::string name;  // of the header, cookie or parameter
};

enum class OnShortage : std::uint8_t { spread, fail };

struct BalanceSettings {
  Algorithm algorithm = Algorithm::round_robin;
  HashOn hash_on;
  double hash_load_bound = 1.25;    // most in flight at one endpoint, in proportion to the mean; 0: no bound
  std::uint32_t max_in_flight = 0;  // per endpoint, of the whole process; 0: no limit
  Millis slow_start{0};
  std::uint32_t min_available = 0;  // percent of a priority's endpoints
  OnShortage on_shortage = OnShortage::spread;
  std::string prefer_zone;                // the gateway's own; empty: zones do not count
  std::uint32_t zone_min_available = 70;  // percent
};

struct CheckSettings {
  enum class Kind : std::uint8_t { none, http, tcp, tls } kind = Kind::none;
  Millis interval{5'000}, timeout{2'000};
  std::uint32_t rise = 2, fall = 3;
  std::uint16_t port = 0;                        // 0: the endpoint's own
  std::string method = "GET", path = "/", host;  // host empty: the endpoint's authority
  std::vector<std::pair<std::uint16_t, std::uint16_t>> status{{200, 399}};  // ranges, both ends in
  std::string body_contains;
  bool operator==(const CheckSettings&) const = default;
};

struct EjectionSettings {
  std::uint32_t consecutive_failures = 5;  // 0: off
  std::uint32_t failure_percent = 0;       // 0: off
  std::uint32_t min_requests = 20;         // in a window, before percent or latency judge
  double latency_factor = 0;               // 0: off; ejected above this many times the group's median
  Millis window{10'000};
  Millis base_time{10'000}, max_time{300'000};
  bool operator==(const EjectionSettings&) const = default;
};

struct RetrySettings {
  // Conditions, as bits.
  enum On : std::uint32_t { connect = 1, reset = 2, timeout = 4 };
  std::uint32_t attempts = 3;  // in all, the first included
  std::uint32_t on = connect | reset | timeout;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> on_status{{503, 503}};  // ranges, both ends in
  bool non_idempotent = false;
  Millis per_try{0};  // head to head; 0: none
  Millis backoff{25}, backoff_max{250};
  std::uint32_t budget_percent = 20;  // of requests, over 10 s
  std::uint32_t budget_min = 10;      // retries a second that are always allowed
};

struct HedgeSettings {
  Millis delay{0};               // 0: off, unless `percentile`
  std::uint32_t percentile = 0;  // of the group's response times; 0: `delay` counts
};

struct QueueSettings {
  std::uint32_t max = 0;  // exchanges that wait, of the whole process; 0: none waits
  Millis timeout{1'000};
};

struct GroupSettings {
  std::uint32_t max_idle = 64;     // kept connections, per worker and endpoint
  Millis idle_timeout{4'000};      // below the 5 s after which common servers close (pains.md 14)
  std::uint32_t max_requests = 0;  // per connection; 0: no limit
  Millis connect_timeout{5'000};
  HttpLimits limits;  // of responses
  BalanceSettings balance;
  CheckSettings check;
  EjectionSettings ejection;
  RetrySettings retry;
  HedgeSettings hedge;
  QueueSettings queue;
};

}  // namespace sluice
