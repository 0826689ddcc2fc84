#include "check/watched_hooks.h"

#include <fmt/format.h>

#include <exception>

#include "check/place.h"
#include "check/witness.h"

namespace sluice::check {
namespace {

constexpr auto kCatch =
    "catch it in the hook, call fail_reason() and answer SLUICE_FAIL; an exception that leaves a hook ends the process";

template <class Run>
sluice_verdict watched_call(sluice_exchange* ex, sluice_phase phase, const WatchedUse& use, Run run) {
  auto& witness = Witness::process();
  HookCall call{ex, phase};
  int verdict = SLUICE_FAIL;
  {
    Place place(name(phase));
    witness.enter(call);
    try {
      verdict = number_of(run());
    } catch (const std::exception& fault) {
      call.said_why = true;
      witness.fault(fmt::format("{} threw an exception: {}", name(phase), fault.what()), kCatch);
    } catch (...) {
      call.said_why = true;
      witness.fault(fmt::format("{} threw an exception that is no std::exception", name(phase)), kCatch);
    }
    witness.leave(call, verdict);
  }
  if (use.after_call) use.after_call();
  // What is no verdict counts as FAIL, here as in the gateway.
  return verdict >= SLUICE_CONTINUE && verdict <= SLUICE_FAIL ? static_cast<sluice_verdict>(verdict)
                                                              : SLUICE_FAIL;
}

template <sluice_phase phase>
sluice_verdict hook(sluice_exchange* ex, void* self) {
  const auto& use = *static_cast<WatchedUse*>(self);
  return watched_call(ex, phase, use, [&] { return hook_of(*use.real, phase)(ex, use.self); });
}

template <sluice_phase phase>
sluice_verdict body_hook(sluice_exchange* ex, void* self, const sluice_chunk* chunk) {
  const auto& use = *static_cast<WatchedUse*>(self);
  const auto call = phase == SLUICE_ON_REQUEST_BODY ? use.real->on_request_body : use.real->on_response_body;
  return watched_call(ex, phase, use, [&] { return call(ex, use.self, chunk); });
}

constexpr sluice_hooks kWatched{sizeof(sluice_hooks),
                                hook<SLUICE_ON_CONNECT>,
                                hook<SLUICE_ON_REQUEST>,
                                body_hook<SLUICE_ON_REQUEST_BODY>,
                                hook<SLUICE_ON_ROUTE>,
                                hook<SLUICE_ON_BALANCE>,
                                hook<SLUICE_ON_UPSTREAM_REQUEST>,
                                hook<SLUICE_ON_RESPONSE>,
                                body_hook<SLUICE_ON_RESPONSE_BODY>,
                                hook<SLUICE_ON_ERROR>,
                                hook<SLUICE_ON_LOG>};

}  // namespace

BoundUse watch(const Instance& instance, std::uint32_t worker, WatchedUse& use) {
  use.real = &instance.hooks();
  use.self = instance.self(worker);
  std::uint32_t wants = 0;
  for (int phase = 0; phase < SLUICE_PHASES; ++phase)
    if (instance.wants(static_cast<sluice_phase>(phase))) wants |= 1u << phase;
  return {&kWatched,
          &use,
          instance.label(),
          instance.on_failure() == config::OnFailure::deny,
          wants,
          instance.library().plugin().observes};
}

}  // namespace sluice::check
