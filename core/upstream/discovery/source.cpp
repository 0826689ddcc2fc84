#include "upstream/discovery/source.h"

#include <tuple>

namespace sluice {

bool Found::operator==(const Found& other) const {
  // The address last: its comparison makes texts.
  return std::tie(authority, weight, priority, zone, max_in_flight) ==
             std::tie(other.authority, other.weight, other.priority, other.zone, other.max_in_flight) &&
         address.port() == other.address.port() && address == other.address;
}

}  // namespace sluice
