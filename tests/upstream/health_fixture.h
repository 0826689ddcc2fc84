// What tests of health share: endpoints, and who hears of their blocks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "support/fake_transport.h"
#include "upstream/endpoint.h"
#include "upstream/upstream_events.h"

namespace sluice::test {

struct HeardBlocks final : UpstreamEvents {
  std::atomic<int> times{0};
  void on_blocks(const std::shared_ptr<Endpoint>&) override { ++times; }
};

inline std::shared_ptr<Endpoint> endpoint_at(std::string_view address, std::string authority = {}) {
  return std::make_shared<Endpoint>("app", *Address::parse(address), std::move(authority));
}

// Moves the clock by `time` in steps of a tick, and calls `each` after each step.
inline void pass_time(Loop& loop, std::chrono::milliseconds time, const std::function<void()>& each = [] {}) {
  for (; time.count() > 0; time -= TimeoutList::kTick) {
    loop.advance(std::min(time, TimeoutList::kTick));
    each();
  }
}

}  // namespace sluice::test
