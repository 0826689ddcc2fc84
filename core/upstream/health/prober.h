// Active checks: one prober per process asks endpoints whether they work, from the moment they are known (pains.md 13).
//
//   warming --pass--> up --`fall` failures in a row--> failing --`rise` passes in a row--> up
//      '----`fall` failures in a row----> failing
//
// Each endpoint is asked every `interval`, from a random moment within the first one on and with 10 % of jitter after that; the
// first check of a new endpoint comes within 100 ms, so that warming is short. Connections are made anew for each check. Sets and
// clears block_warming and block_failing, and nothing else. A change is logged with its reason.
//
// Control thread's loop. All methods but counters are for that thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/socket_transport.h"
#include "upstream/endpoint.h"
#include "upstream/settings.h"
#include "upstream/upstream_events.h"

namespace sluice {

class Prober {
 public:
  // `connector`: for tests, as in Pool. All outlive the prober.
  Prober(Loop& loop, UpstreamEvents& events, Connector connector = connect_socket);
  ~Prober();  // cancels what is under way
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  struct Wanted {
    std::shared_ptr<Endpoint> endpoint;
    CheckSettings check;  // kind none: not asked; its blocks of this side are cleared
  };
  // From now on exactly these. An endpoint that is new, or whose check is new, is warming; one that was there with the same check
  // keeps its state and its rhythm. Of two wishes for one endpoint the first counts.
  void watch(std::vector<Wanted> wanted);

  struct Status {
    enum class State : std::uint8_t { unchecked, warming, up, failing } state = State::unchecked;
    std::uint32_t passes = 0, failures = 0;  // in a row, of the latest kind
    std::uint64_t changed_at_ms = 0;         // Unix time of the last change of state; 0: none yet
    std::uint64_t checked_at_ms = 0;         // Unix time of the last answer; 0: none yet
    std::string last;  // what the last check found: "200", "connect: refused", "timeout after 2s"
  };
  Status status(const Endpoint& endpoint) const;

 private:
  struct Probe;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
