// What is said when a hook of a script fails: one record in the gateway's log, and the reason in the exchange's.
#pragma once

#include <sluice/hooks.h>

namespace sluice::lua {

struct Call;
struct Script;

// The call's coroutine ended with `status` (not LUA_OK): an error, out of memory, or a yield that nobody waits for.
void report_error(Call& call, int status, bool over_budget);
// The hook ended, but what it returned says failure.
void report_text(Call& call, const char* text);
// There was not even memory to begin.
void report_no_memory(sluice_exchange* exchange, const Script& script, sluice_phase phase);

}  // namespace sluice::lua
