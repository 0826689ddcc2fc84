// The host's side of the ABI where it touches a running exchange: the table of sluice/exchange.h and the abilities timer,
// callout, balance and (its second half) routes. Thin: each function finds the Exchange behind the opaque pointer and calls it.
#pragma once

#include <sluice/exchange.h>
#include <sluice/ext/balance.h>
#include <sluice/ext/callout.h>
#include <sluice/ext/routes.h>
#include <sluice/ext/timer.h>

#include <cstddef>
#include <cstdint>

namespace sluice {

// All of it but `slot`, which is the slot registry's.
sluice_exchange_api make_exchange_api();
const sluice_timer_api& timer_api();
const sluice_callout_api& callout_api();
const sluice_balance_api& balance_api();

// For the routes ability.
sluice_status routes_select(sluice_exchange* ex, std::size_t index);
std::int64_t routes_selected(sluice_exchange* ex);
sluice_status upstream_select(sluice_exchange* ex, std::int64_t upstream);
sluice_status upstream_override(sluice_exchange* ex, std::int64_t upstream);

}  // namespace sluice
