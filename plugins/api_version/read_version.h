// Reading [[plugin.version]] into a catalogue. At create time only.
#pragma once

#include <sluice/cpp/problems.hpp>
#include <sluice/plugin.hpp>

#include "catalogue.h"

namespace api_version {

using sluice::Problems;

// One entry; `catalogue` has those before it.
void read_version(const sluice::Create& create, sluice::Config node, Catalogue& catalogue,
                  Problems& problems);

}  // namespace api_version
