#include "config/fingerprint.h"

#include <fmt/core.h>

namespace sluice::config {

__extension__ typedef unsigned __int128 Wide;

std::string Fingerprint::text() const { return fmt::format("{:016x}{:016x}", high, low); }

Fingerprint fingerprint(std::string_view content) {
  // Offset basis and prime of the 128-bit variant (draft-eastlake-fnv, 5).
  Wide hash = (Wide{0x6c62272e07bb0142} << 64) | 0x62b821756295c58d;
  const Wide prime = (Wide{1} << 88) | 0x13b;
  for (char c : content) {
    hash ^= static_cast<unsigned char>(c);
    hash *= prime;
  }
  return {static_cast<std::uint64_t>(hash >> 64), static_cast<std::uint64_t>(hash)};
}

}  // namespace sluice::config
