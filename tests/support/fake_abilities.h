// The `sluice_host` of the fake host and its abilities: routes, balance, log, timer. Used by FakeHost only.
#pragma once

#include <sluice/abi.h>

namespace sluice::test {

class FakeHost;

// One per process, so that an object's entry runs once, whatever the number of tests.
const sluice_host& fake_sluice_host();
// The FakeHost that abilities without an exchange speak for; throws std::logic_error while another one lives. Null: none.
void set_current_host(FakeHost* host);
// The table of sluice.balance/1 ends as in ABI 1.1, until the next host is set.
void set_older_balance();

}  // namespace sluice::test
