// Hooks of a test as one plugin use: functions of the test behind the ABI's C function pointers.
#pragma once

#include <array>
#include <functional>

#include "exchange/exchange.h"
#include "hook/chain.h"

namespace sluice::test {

struct HookScript {
  // `chunk` is null but in the body phases.
  using Fn = std::function<sluice_verdict(Exchange& exchange, const sluice_chunk* chunk)>;

  std::array<Fn, SLUICE_PHASES> on;
  bool deny = true;            // on_failure
  std::uint32_t observes = 0;  // as sluice_plugin.observes
  std::string label = "script@global";

  Fn& operator[](sluice_phase phase) { return on[static_cast<std::size_t>(phase)]; }
  // As a chain binds it; the script stays where it is.
  BoundUse bound();
};

}  // namespace sluice::test
