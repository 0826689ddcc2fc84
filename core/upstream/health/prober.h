// Active checks: one prober per process asks endpoints whether they work, from the moment they are known (pains.md 13).
//
//   warming --pass--> up --`fall` failures in a row--> failing --`rise` passes in a row--> up
//      '----`fall` failures in a row----> failing
//
// The first check of a new endpoint comes within 100 ms, so that warming is short; the second within one `interval`, at random, so
// that rhythms spread; those after it every `interval`, up to 10 % more or less. At most kMostUnderWay are asked at once; the others
// wait their turn. Connections are made anew for each check, and what a check needs and cannot have here (a socket) says nothing of
// the endpoint. Sets and clears block_warming and block_failing, and nothing else. A change is logged with its reason.
//
// All methods are for the control thread, whose loop it runs on.
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
  // So that many endpoints do not burst: sockets, and work of the control thread at a time.
  static constexpr std::size_t kMostUnderWay = 256;

  // `loop` and `events` outlive the prober. `connector`: for tests, as in Pool.
  Prober(Loop& loop, UpstreamEvents& events, Connector connector = connect_socket);
  ~Prober();  // cancels what is under way
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  struct Wanted {
    std::shared_ptr<Endpoint> endpoint;
    CheckSettings check;  // kind none: not asked; its blocks of this side are cleared
  };
  // From now on exactly these. An endpoint that is new is warming; one that was there with the same check keeps its state, its counts
  // and its rhythm. One whose check is another is asked within 100 ms and counted anew, but no check takes away before it has failed:
  // up stays up, and so does one that was there unchecked. Failing becomes warming, where one pass brings it back. What is not wanted
  // any more loses the blocks of this side. Of two wishes for one endpoint the first counts.
  void watch(std::vector<Wanted> wanted);

  struct Status {
    enum class State : std::uint8_t { unchecked, warming, up, failing } state = State::unchecked;
    std::uint32_t passes = 0, failures = 0;  // in a row, of the latest kind
    std::uint64_t changed_at_ms = 0;         // Unix time of the last change of state; 0: none yet
    std::uint64_t checked_at_ms = 0;         // Unix time of the end of the last check; 0: none yet
    std::string
        last;  // what the last check found: "200", "connect: connection refused", "timeout after 2s, connecting"
  };
  Status status(const Endpoint& endpoint) const;
  std::size_t under_way() const;

 private:
  struct Probe;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
