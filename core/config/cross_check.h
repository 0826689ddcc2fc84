// What only the whole configuration shows: names that must exist, names and addresses that must be unique.
#pragma once

#include "config/config.h"

namespace sluice::config {

// Sets Route::upstream_index and reports what does not fit together. `root` is the tree that `config` was read from.
void cross_check(Config& config, const Node& root, Problems& problems);

}  // namespace sluice::config
