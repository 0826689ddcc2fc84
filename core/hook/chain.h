// The hooks of one place (global, a listener, a route, an upstream) in each phase, ready to call.
//
// Built per worker and snapshot by the plugin layer, immutable then. An exchange walks up to four chains in order, or all of it
// in reverse for the response phases (hooks.h). A phase that no plugin asked for is an empty span: one comparison.
#pragma once

#include <sluice/hooks.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sluice {

// A plugin use as one worker calls it.
struct BoundUse {
  const sluice_hooks* hooks = nullptr;
  void* self = nullptr;
  std::string label;           // "lua@route api", for logs
  bool deny = true;            // on_failure
  std::uint32_t wants;         // bit per phase
  std::uint32_t observes = 0;  // likewise: body hooks that change nothing

  bool only_observes(sluice_phase phase) const { return (observes >> phase & 1u) != 0; }
};

// Pointer to the hook for `phase` as the table has it (size checked); null when it has none. Body phases are
// sluice_body_hook_fn in truth.
sluice_hook_fn hook_of(const sluice_hooks& hooks, sluice_phase phase);

constexpr bool is_body_phase(sluice_phase phase) {
  return phase == SLUICE_ON_REQUEST_BODY || phase == SLUICE_ON_RESPONSE_BODY;
}
constexpr bool is_reversed(sluice_phase phase) {
  return phase == SLUICE_ON_RESPONSE || phase == SLUICE_ON_RESPONSE_BODY || phase == SLUICE_ON_ERROR;
}
const char* name(sluice_phase phase);

struct Hook {
  sluice_hook_fn call;
  void* self;
  const BoundUse* use;
};

class Chain {
 public:
  Chain() = default;
  // `uses` outlive the chain.
  explicit Chain(std::span<const BoundUse> uses);
  std::span<const Hook> in(sluice_phase phase) const { return hooks_[static_cast<std::size_t>(phase)]; }
  bool empty(sluice_phase phase) const { return hooks_[static_cast<std::size_t>(phase)].empty(); }
  // True when a hook of this phase may change what passes.
  bool changes(sluice_phase phase) const { return (changes_ >> phase & 1u) != 0; }

 private:
  std::array<std::vector<Hook>, SLUICE_PHASES> hooks_;
  std::uint32_t changes_ = 0;  // bit per phase
};

// Where in the order of a phase a run is. A chain still ahead may change while it is under way (route, upstream).
struct ChainCursor {
  static constexpr std::size_t kChains = 4;
  // Chains that are there from the beginning (global, listener) come before those that on_route chooses.
  static constexpr std::uint8_t kChosen = 2;
  std::uint8_t chain = 0;  // how many chains are behind
  std::uint8_t end = kChains;
  std::uint32_t index = 0;

  // The next hook of `phase` over `chains` (null entries are skipped), reversed if the phase is; null at the end.
  const Hook* next(const std::array<const Chain*, kChains>& chains, sluice_phase phase);
};

}  // namespace sluice
