// Passive health: endpoints whose answers are bad are left alone for a while (outlier detection, a circuit breaker per endpoint).
//
//   closed --consecutive failures | failure percent | latency--> ejected (base_time, doubled each time up to max_time)
//     ^                                                              | time is over
//     '--a success-- on trial (one exchange at a time) <-------------'   on trial --a failure--> ejected, for longer
//
// Workers say how each attempt ended with note(); consecutive failures eject at once, percent and latency are judged per window on
// the control thread, latency among at least 3 endpoints that have min_requests. The back-off falls by one step for each
// max(base_time, window) that the endpoint is closed. A trial ends with the first outcome of an attempt that began after it; without
// traffic it lasts, and an exchange that takes longer than base_time (at least 1 s) does not keep others from trying. Sets and clears
// block_ejected, and nothing else; how few endpoints may be left is not its business (BalanceSettings::min_available).
//
//   worker: note() --counts in the endpoint's Outcomes--> threshold: set_block, on_blocks --post--> control thread: log, back-off, alarm
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "upstream/endpoint.h"
#include "upstream/settings.h"
#include "upstream/upstream_events.h"

namespace sluice {

// A status that blames the endpoint: 500 to 599, but 501 and 505, which blame the request.
inline bool is_failure(int status) { return status >= 500 && status != 501 && status != 505; }

// How an attempt at an endpoint ended, as far as it says something of the endpoint.
struct Outcome {
  bool failed =
      false;  // no connection, reset, timeout, or a status of 500 to 599 (but 501 and 505, which blame the request)
  std::uint64_t took_ns = 0;   // from the request being sent to the response head; 0: none came
  std::string_view why;        // of a failure: "connect_failed", "503"
  std::uint64_t began_ns = 0;  // uv_hrtime() when the attempt began; 0: not known, counts always
};

class Ejector {
 public:
  // `loop`: the control thread's. Both outlive the ejector; what workers have told it and it has not yet heard is dropped with it.
  Ejector(Loop& loop, UpstreamEvents& events);
  ~Ejector();
  Ejector(const Ejector&) = delete;
  Ejector& operator=(const Ejector&) = delete;

  // Costs a few atomics, and nothing more while all is well. Before or after Endpoint::leave(). [any-thread]
  void note(const std::shared_ptr<Endpoint>& endpoint, const EjectionSettings& settings,
            const Outcome& outcome);

  // The groups whose endpoints are judged. What was there goes on as it is, ejected or not; what has left, or whose settings eject
  // nobody, is forgotten, its block cleared. Names are unique; an endpoint stands in one group. [control thread]
  struct Watched {
    std::string group;
    EjectionSettings settings;
    std::vector<std::shared_ptr<Endpoint>> endpoints;
  };
  void watch(std::vector<Watched> groups);

  struct Status {
    bool ejected = false, on_trial = false;
    std::uint32_t ejections = 0;  // the step of the back-off
    std::uint64_t until_ms = 0;   // Unix time when the trial begins; 0: not ejected
    std::uint32_t consecutive_failures = 0;
    std::string why;  // of the last ejection
  };
  Status status(const Endpoint& endpoint) const;  // [control thread]

 private:
  struct Kept;
  struct Judged;
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with what is posted, which holds it weakly
};

}  // namespace sluice
