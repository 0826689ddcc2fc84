// What `sluice plan` prints: listeners, upstreams, routes, and the hooks of each route in the order they will run.
#pragma once

#include <string>

#include "server/snapshot.h"

namespace sluice {

std::string show_plan(const Snapshot& snapshot);

}  // namespace sluice
