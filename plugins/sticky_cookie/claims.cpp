#include "claims.h"

#include <map>
#include <mutex>

namespace sticky_cookie {
namespace {

struct Entry {
  std::uint64_t snapshot;
  Claim claim;
};

// The host calls from its configuration thread; the lock is for hosts that have several.
std::mutex mutex;
std::map<std::uint64_t, Entry>& entries() {
  static std::map<std::uint64_t, Entry> all;
  return all;
}
std::uint64_t last_number = 0;

}  // namespace

HeldClaim::HeldClaim(std::uint64_t snapshot, Claim claim, std::optional<std::string>& other) {
  const std::lock_guard lock(mutex);
  for (const auto& [number, entry] : entries()) {
    if (entry.snapshot != snapshot || !entry.claim.is_same_cookie(claim) || entry.claim.place == claim.place)
      continue;
    other = entry.claim.place;
    return;
  }
  number_ = ++last_number;
  entries().emplace(number_, Entry{snapshot, std::move(claim)});
}

HeldClaim::~HeldClaim() {
  if (number_ == 0) return;
  const std::lock_guard lock(mutex);
  entries().erase(number_);
}

}  // namespace sticky_cookie
