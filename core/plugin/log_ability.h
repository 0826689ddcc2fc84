// Ability "sluice.log/1" over the gateway's own log.
#pragma once

#include <sluice/exchange.h>
#include <sluice/ext/log.h>

namespace sluice {

// The table, whose records carry what `exchange` tells of an exchange: request id, route, running hook. Both live as long
// as the process; there is one exchange table per process. [any-thread]
const sluice_log_api& log_ability(const sluice_exchange_api& exchange);

}  // namespace sluice
