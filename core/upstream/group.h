// An upstream: a named group of endpoints and how they are used. Immutable but for the round-robin position.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "http/limits.h"
#include "upstream/endpoint.h"

namespace sluice {

struct GroupSettings {
  std::uint32_t max_idle = 64;  // kept connections, per worker and endpoint
  std::chrono::milliseconds idle_timeout{
      4'000};                      // below the 5 s after which common servers close (pains.md 14)
  std::uint32_t max_requests = 0;  // per connection; 0: no limit
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds dns_refresh{30'000};
  HttpLimits limits;  // of responses
};

struct Member {
  std::shared_ptr<Endpoint> endpoint;
  std::uint32_t weight = 1;  // 0: gets no new requests
};

class Group {
 public:
  Group(std::string name, GroupSettings settings, std::vector<Member> members);

  const std::string& name() const { return name_; }
  const GroupSettings& settings() const { return settings_; }
  std::span<const Member> members() const { return members_; }

  // The next member in smooth weighted round robin (the order that nginx's algorithm gives, computed once) that has an address
  // and is not in `tried`; -1 when there is none. One atomic step, whatever the number of members. [any-thread]
  int pick(std::span<const int> tried) const;

 private:
  std::string name_;
  GroupSettings settings_;
  std::vector<Member> members_;
  std::vector<std::uint32_t> order_;  // one period of the schedule
  mutable std::atomic<std::uint32_t> turn_{0};
};

}  // namespace sluice
