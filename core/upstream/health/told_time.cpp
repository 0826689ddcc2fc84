#include "upstream/health/told_time.h"

#include "config/value.h"

namespace sluice {

std::uint64_t unix_ms() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

std::string rough_duration(std::chrono::milliseconds duration) {
  using namespace std::chrono_literals;
  if (duration >= 10s) duration = std::chrono::round<std::chrono::seconds>(duration);
  return config::format_duration(duration);
}

}  // namespace sluice
