// How an upstream's endpoints are used.
#pragma once

#include "config/upstream_settings.h"
#include "http/limits.h"

namespace sluice {

using config::Algorithm;
using config::BalanceSettings;
using config::CheckSettings;
using config::EjectionSettings;
using config::HashOn;
using config::HedgeSettings;
using config::OnShortage;
using config::QueueSettings;
using config::RetrySettings;

// Of the connections to each endpoint.
struct PoolSettings {
  std::uint32_t max_idle = 64;  // kept connections, per worker and endpoint
  std::chrono::milliseconds idle_timeout{
      4'000};                      // below the 5 s after which common servers close (pains.md 14)
  std::uint32_t max_requests = 0;  // per connection; 0: no limit
  std::chrono::milliseconds connect_timeout{5'000};
  HttpLimits limits;  // of responses
};

struct GroupSettings : PoolSettings {
  BalanceSettings balance;
  EjectionSettings ejection;
  RetrySettings retry;
  HedgeSettings hedge;
  QueueSettings queue;
};

}  // namespace sluice
