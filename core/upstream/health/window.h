// What a window says of a group's endpoints: pure arithmetic, so that it can be tested with numbers. [any-thread]
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "upstream/settings.h"

namespace sluice {

// One endpoint in one window.
struct WindowCount {
  std::uint32_t requests = 0, failures = 0;
  std::uint32_t timed = 0;    // successes that were timed
  std::uint64_t took_ns = 0;  // all of them together
};

// So many endpoints make a median worth comparing with.
inline constexpr std::size_t kLatencyNeeds = 3;

// For each of `counts` why it is to be ejected ("61 % of 120 requests failed"); empty: it is not. Share first, then latency.
std::vector<std::string> judge_window(std::span<const WindowCount> counts, const EjectionSettings& settings);

}  // namespace sluice
