// What a snapshot decides about exchanges: listeners' and routes' policies, groups, and per worker the hook chains.
//
// Plan is immutable and shared by all workers; WorkerPlan is one worker's view of it, with the plugins' per-worker state bound
// into chains. An exchange holds a WorkerPlan from its beginning to its end, so a reload never changes it under way.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip.h"
#include "config/config.h"
#include "exchange/callout_list.h"
#include "hook/chain.h"
#include "http/limits.h"
#include "net/timer.h"
#include "upstream/group.h"

namespace sluice {

// Times and sizes for one exchange; 0 means none, but where the configuration's reference says otherwise.
struct Policy {
  using Millis = std::chrono::milliseconds;
  Millis request_body{30'000};
  Millis first_byte{60'000};
  Millis response_body{60'000};
  Millis send{60'000};
  Millis total{0};
  Millis half_close{5'000};
  Millis tunnel{3'600'000};
  std::uint64_t body_bytes = 0;
  // Forwarding fields.
  enum class ForwardedFor : std::uint8_t { append, replace, off } x_forwarded = ForwardedFor::append;
  bool forwarded = false;
  bool via = false;
  bool preserve_host = true;
  std::string request_id_header;
};

struct ListenerPlan {
  std::string name;
  Policy policy;
};

struct RoutePlan {
  std::string name;
  config::Overrides<RetrySettings> retry;  // over the upstream's
  int group = -1;                          // index into Plan::groups; -1: none
  std::vector<Policy> policy;              // by listener, since a route states only what differs
};

struct Plan {
  std::uint64_t id = 0;
  std::vector<ListenerPlan> listeners;
  std::vector<RoutePlan> routes;
  std::vector<std::shared_ptr<Group>> groups;
  std::vector<Network> trusted_proxies;
  std::unordered_map<std::string, int> route_by_name;
  std::unordered_map<std::string, int> group_by_name;
};

class WorkerPlan {
 public:
  std::shared_ptr<const Plan> plan;
  // Uses, stable in memory since chains point at them; then the chains by place.
  std::deque<std::vector<BoundUse>> uses;
  Chain global;
  std::vector<Chain> listeners, routes, groups;
  std::vector<GroupView> views;  // of each group
  // Exchanges of this worker that hold it, tokens that its hooks have taken and not given back, and callouts under way.
  std::uint32_t in_use = 0;
  TimerList timers;      // that its hooks have started
  CalloutList callouts;  // likewise
};

}  // namespace sluice
