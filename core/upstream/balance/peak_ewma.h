// Who will answer soonest, of two drawn by weight: the one with less of latency * (exchanges in flight + 1) for its weight. The
// latency is Endpoint::latency_ns(), which rises at once when an endpoint gets slow.
#pragma once

#include "upstream/balance/slow_start.h"
#include "upstream/balance/two_choices.h"

namespace sluice {

class PeakEwma final : public Balancer {
 public:
  explicit PeakEwma(BalancerInput input)
      : Balancer(input), cost_{SlowStart(input.settings)}, choices_(members_, tier_) {}
  int pick(PickQuery& query, std::uint32_t blocks) const override {
    return choices_.pick(members_, tier_, query, blocks, cost_);
  }

 private:
  struct Cost {
    // What one exchange costs at an endpoint that has some but never answered: as Finagle has it, more than any that is known (here
    // a day), so that a new one that hangs gets no second exchange before it has answered the first. Nanoseconds.
    static constexpr double kUnknown = 86'400e9;
    SlowStart slow_start;
    double operator()(const Member& member, std::uint64_t now_ns) const {
      const Endpoint& endpoint = *member.endpoint;
      const double in_flight = endpoint.in_flight(), latency = endpoint.latency_ns(now_ns);
      // Nothing known and nothing in flight: free, so that it gets known.
      if (latency == 0 && in_flight == 0) return 0;
      return (latency == 0 ? kUnknown : latency) * (in_flight + 1) /
             (static_cast<double>(member.weight) * slow_start.part(endpoint, now_ns));
    }
  };
  Cost cost_;
  TwoChoices choices_;
};

}  // namespace sluice
