// How an upstream's endpoints are used: the values that its tables say. keys.cpp says what each key means; an upstream takes them as
// they are (upstream/settings.h). Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

using Millis = std::chrono::milliseconds;

// Both ends are in.
using StatusRanges = std::vector<std::pair<std::uint16_t, std::uint16_t>>;
inline bool holds(const StatusRanges& ranges, int status) {
  for (auto [from, to] : ranges)
    if (status >= from && status <= to) return true;
  return false;
}

enum class Algorithm : std::uint8_t {
  round_robin,
  least_requests,
  power_of_two,
  peak_ewma,
  random,
  consistent_hash,
  maglev,
};

// What of a request is hashed. The same text gives the same number in every process.
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
  StatusRanges status = StatusRanges(1, {200, 399});
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
  StatusRanges on_status = StatusRanges(1, {503, 503});
  bool non_idempotent = false;
  Millis per_try{0};  // from the request being sent to the response head; 0: none
  Millis backoff{25}, backoff_max{250};
  std::uint32_t budget_percent = 20;  // of requests
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

enum class DnsFamily : std::uint8_t { any, ipv4, ipv6 };

// How names are resolved. Servers, time and tries are the process's.
struct DnsSettings {
  std::vector<std::string> servers;
  bool search = false;
  Millis timeout{2'000};
  std::uint32_t tries = 2;
  Millis min_ttl{1'000}, max_ttl{3'600'000};
  DnsFamily family = DnsFamily::any;
};

}  // namespace sluice::config
