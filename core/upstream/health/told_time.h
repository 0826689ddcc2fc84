// Times as people are told them, in logs and in what an administrator is shown. [any-thread]
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice {

// Now, in milliseconds since 1970.
std::uint64_t unix_ms();
// To the second from 10 s on, exact below: "250ms", "2s", "1m30s" is "90s".
std::string rough_duration(std::chrono::milliseconds duration);

}  // namespace sluice
