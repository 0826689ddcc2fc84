// The plugin's hooks behind watched ones: each call is bracketed for the witness, and what it throws stops here.
#pragma once

#include <sluice/hooks.h>

#include <functional>
#include <string>

#include "hook/chain.h"
#include "plugin/instance.h"

namespace sluice::check {

// One use on one worker. Outlives the chains that it is bound into.
struct WatchedUse {
  const sluice_hooks* real = nullptr;
  void* self = nullptr;
  // After each call of a hook, before its verdict goes to the host.
  std::function<void()> after_call{};
};

// What stands in a chain for `instance` on `worker`: same hooks, same wishes, same answer to failure.
BoundUse watch(const Instance& instance, std::uint32_t worker, WatchedUse& use);

}  // namespace sluice::check
