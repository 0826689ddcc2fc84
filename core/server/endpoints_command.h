// `sluice endpoints`: shows the endpoints of a running gateway, and tells it to drain, disable or activate one.
#pragma once

#include <string>

namespace sluice {

struct EndpointsOptions {
  std::string file = "conf/sluice.toml";  // whose `admin` says where the gateway listens
  std::string socket;                     // in its place
  std::string upstream, endpoint;         // both for an order; `upstream` alone shows that one
  std::string state;                      // "draining", "disabled", "active"; empty: show
  std::string duration;                   // "10m"; empty: until it is taken back
  std::string owner;                      // empty: the user's name
  bool json = false;
};

// Exit code: 0 done, 1 refused or the configuration is bad, 2 wrong use, 3 the gateway could not be asked.
int endpoints_command(const EndpointsOptions& options);

}  // namespace sluice
