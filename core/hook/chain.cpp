#include "hook/chain.h"

#include <cstring>

namespace sluice {

sluice_hook_fn hook_of(const sluice_hooks& hooks, sluice_phase phase) {
  // The members stand in the order of sluice_phase, one pointer each, after `size`.
  const std::size_t at =
      offsetof(sluice_hooks, on_connect) + static_cast<std::size_t>(phase) * sizeof(sluice_hook_fn);
  if (at + sizeof(sluice_hook_fn) > hooks.size) return nullptr;
  sluice_hook_fn hook = nullptr;
  std::memcpy(&hook, reinterpret_cast<const char*>(&hooks) + at, sizeof hook);
  return hook;
}

const char* name(sluice_phase phase) {
  constexpr const char* kNames[SLUICE_PHASES] = {
      "on_connect",          "on_request",  "on_request_body",  "on_route", "on_balance",
      "on_upstream_request", "on_response", "on_response_body", "on_error", "on_log"};
  return phase >= 0 && phase < SLUICE_PHASES ? kNames[phase] : "none";
}

Chain::Chain(std::span<const BoundUse> uses) {
  for (int phase = 0; phase < SLUICE_PHASES; ++phase) {
    for (auto& use : uses) {
      if (use.hooks == nullptr || (use.wants & (1u << phase)) == 0) continue;
      auto hook = hook_of(*use.hooks, static_cast<sluice_phase>(phase));
      if (hook == nullptr) continue;
      hooks_[static_cast<std::size_t>(phase)].push_back({hook, use.self, &use});
      if (!use.only_observes(static_cast<sluice_phase>(phase))) changes_ |= 1u << phase;
    }
  }
}

const Hook* ChainCursor::next(const std::array<const Chain*, kChains>& chains, sluice_phase phase) {
  const bool reversed = is_reversed(phase);
  while (chain < end) {
    const Chain* at = chains[reversed ? kChains - 1 - chain : chain];
    if (at != nullptr) {
      auto hooks = at->in(phase);
      if (index < hooks.size()) {
        const std::size_t i = index++;
        return &hooks[reversed ? hooks.size() - 1 - i : i];
      }
    }
    ++chain;
    index = 0;
  }
  return nullptr;
}

}  // namespace sluice
