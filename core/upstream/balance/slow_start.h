// An endpoint that is new or came back counts with a part of its weight at first, growing to all of it over a time: caches fill and
// connections open before the full load is there. As Envoy does it: linear, from a tenth.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "upstream/balance/balancer.h"

namespace sluice {

class SlowStart {
 public:
  explicit SlowStart(const BalanceSettings& settings)
      : length_ns_(static_cast<std::uint64_t>(std::chrono::nanoseconds(settings.slow_start).count())) {}

  // The part of its weight that an endpoint has now: 0.1 .. 1. An endpoint that was there from the beginning has all of it.
  double part(const Endpoint& endpoint, std::uint64_t now_ns) const {
    if (length_ns_ == 0) return 1;
    const auto since = endpoint.available_since_ns();
    if (since == 0) return 1;
    const auto age = now_ns > since ? now_ns - since : 0;
    if (age >= length_ns_) return 1;
    return std::max(kLeast, static_cast<double>(age) / static_cast<double>(length_ns_));
  }
  // For algorithms that go by turns or chance: true with that part's probability, so that shares are weight * part.
  bool accepts(const Endpoint& endpoint, PickQuery& query) const {
    const double accepted = part(endpoint, query.now_ns);
    return accepted >= 1 || query.random.fraction() < accepted;
  }

 private:
  static constexpr double kLeast = 0.1;
  std::uint64_t length_ns_;
};

}  // namespace sluice
