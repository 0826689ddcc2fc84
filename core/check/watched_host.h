// The host as a plugin under check gets it: the real tables of core/plugin, each function behind a look at the rules.
//
// What a rule forbids is noted (witness.h) and refused instead of done, so that the check lives on to say it. One per process.
#pragma once

#include <sluice/exchange.h>

#include "check/witness.h"
#include "plugin/host.h"

namespace sluice::check {

// Everything that plugins can ask for, as the gateway has it.
Host& watched_host();

// What went to the gateway's log at level error by plugins, the newest last.
std::string last_log_error();

// Hand the waits that were held (Delivery::held) to the host now.
void release_held();

}  // namespace sluice::check
