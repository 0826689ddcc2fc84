#include "support/hook_script.h"

namespace sluice::test {
namespace {

template <int Phase>
sluice_verdict call(sluice_exchange* ex, void* self) {
  return static_cast<HookScript*>(self)->on[Phase](static_cast<Exchange&>(*ex), nullptr);
}

template <int Phase>
sluice_verdict call_body(sluice_exchange* ex, void* self, const sluice_chunk* chunk) {
  return static_cast<HookScript*>(self)->on[Phase](static_cast<Exchange&>(*ex), chunk);
}

constexpr sluice_hooks kHooks{sizeof(sluice_hooks),
                              call<SLUICE_ON_CONNECT>,
                              call<SLUICE_ON_REQUEST>,
                              call_body<SLUICE_ON_REQUEST_BODY>,
                              call<SLUICE_ON_ROUTE>,
                              call<SLUICE_ON_BALANCE>,
                              call<SLUICE_ON_UPSTREAM_REQUEST>,
                              call<SLUICE_ON_RESPONSE>,
                              call_body<SLUICE_ON_RESPONSE_BODY>,
                              call<SLUICE_ON_ERROR>,
                              call<SLUICE_ON_LOG>};

}  // namespace

BoundUse HookScript::bound() {
  std::uint32_t wants = 0;
  for (std::size_t phase = 0; phase < on.size(); ++phase)
    if (on[phase]) wants |= 1u << phase;
  return {&kHooks, this, label, deny, wants, observes};
}

}  // namespace sluice::test
