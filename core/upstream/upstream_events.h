// Who hears that an endpoint's blocks have changed, so that its groups get a new set.
#pragma once

#include <memory>

namespace sluice {

class Endpoint;

class UpstreamEvents {
 public:
  virtual ~UpstreamEvents() = default;
  // A bit of endpoint->blocks() was set or cleared. Cheap; what follows runs later on the control thread. [any-thread]
  virtual void on_blocks(const std::shared_ptr<Endpoint>& endpoint) = 0;
};

}  // namespace sluice
