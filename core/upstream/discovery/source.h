// Where a group's endpoints come from when they are not written down: a name in the DNS, an SRV record, a file.
//
// A source tells its sink the whole set whenever it has changed. When it cannot get one (no answer, half a file), it keeps the last
// good set, says so in the log once per change of state, and shows since when and why (status). All on the control thread's loop.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/address.h"

namespace sluice {

struct Found {
  Address address;
  std::string authority;  // "name:port" for Host where the client's is not kept; empty: the address
  std::uint32_t weight = 1;
  std::uint32_t priority = 0;
  std::string zone;
  std::uint32_t max_in_flight = 0;  // 0: the group's
  bool operator==(const Found& other) const;
};

class Source;

class SourceSink {
 public:
  virtual ~SourceSink() = default;
  // All that `source` has found, in a stable order and without doubles; never called inside a call to the source, and not when
  // nothing changed. An empty set is told only if the source is sure of it (a file that lists none): an NXDOMAIN is a failure.
  virtual void on_found(Source& source, const std::vector<Found>& found) = 0;
};

class Source {
 public:
  virtual ~Source() = default;  // from then on the sink hears nothing

  struct Status {
    std::string what;       // "A/AAAA app.internal", "SRV _http._tcp.app.internal", "file endpoints.toml"
    std::size_t found = 0;  // endpoints in the last good set
    std::uint64_t good_at_ms = 0;  // Unix time of the last good answer; 0: none yet
    std::uint64_t next_at_ms = 0;  // Unix time of the next question; 0: when the file changes
    std::string error;             // of the last question; empty: it was answered
  };
  virtual Status status() const = 0;
};

}  // namespace sluice
