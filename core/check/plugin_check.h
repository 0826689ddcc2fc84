// `sluice plugin-check`: loads a plugin and exercises it on the gateway's own code, and says what is wrong with it.
//
//   steps (load, create, exchanges, ends, waits, neighbours, snapshots) --each in a child process--> findings --> report
//
// The plugin meets the real loader, host tables and exchange; only the client, the origin, the clock and the plugins beside it
// are the check's own.
#pragma once

#include "check/options.h"

namespace sluice::check {

// Prints the report to standard output. 0: good, warnings included; 1: something failed; 2: it could not be checked. Call while
// the process has one thread.
int plugin_check(const Options& options);

}  // namespace sluice::check
