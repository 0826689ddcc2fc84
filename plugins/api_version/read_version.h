// Reading [[plugin.version]] into a catalogue. At create time only.
#pragma once

#include <sluice/plugin.hpp>

#include "catalogue.h"
#include "problems.h"

namespace api_version {

// One entry; `catalogue` has those before it.
void read_version(const sluice::Create& create, sluice::Config node, Catalogue& catalogue,
                  Problems& problems);

}  // namespace api_version
