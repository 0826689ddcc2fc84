// The table behind <sluice/config.h>: plugins' view of configuration nodes. Stateless; static lifetime. [any-thread]
#pragma once

#include <sluice/config.h>

namespace sluice {

const sluice_config_api& config_api();

}  // namespace sluice
