// A plugin that stands beside the one under check, before it and after it: it chooses a route where nobody did, and does to
// the exchange what other plugins do: answer, fail, and wait in every way that a wait can end.
#pragma once

#include <sluice/hooks.h>

#include <cstdint>
#include <string_view>

#include "exchange/exchange.h"

namespace sluice::check {

// What it does in `phase`, once in an exchange.
enum class Act : std::uint8_t {
  nothing,
  respond,          // 403
  fail,             // on_failure is "deny"
  wait_and_go_on,   // PAUSE, resumed from another thread
  wait_and_drop,    // PAUSE, the token dropped from another thread
  wait_beyond_end,  // PAUSE; the token is resumed when the exchange has long ended
};

class Neighbour {
 public:
  // `is_last`: the one after the plugin, which also sees to the route and the endpoint.
  explicit Neighbour(bool is_last) : is_last_(is_last) {}
  ~Neighbour();
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  // For the exchanges from now on.
  void act(Act act, sluice_phase phase);
  // Attempts go to the endpoint that refuses connections.
  void refuse_attempts(bool refuse) { refuses_ = refuse; }
  // Times that act() came to its phase.
  int acted() const { return acted_; }
  // Resume what waits beyond the end.
  void resume_late();
  bool is_waiting() const { return late_ != nullptr; }

  // With every phase wanted; lives as long as this.
  BoundUse bound();

 private:
  template <sluice_phase phase>
  static sluice_verdict hook(sluice_exchange* ex, void* self);
  template <sluice_phase phase>
  static sluice_verdict body_hook(sluice_exchange* ex, void* self, const sluice_chunk* chunk);
  static const sluice_hooks& hooks();

  sluice_verdict run(Exchange& exchange, sluice_phase phase);
  void choose(Exchange& exchange, sluice_phase phase);

  const bool is_last_;
  Act act_ = Act::nothing;
  sluice_phase phase_ = SLUICE_PHASES;
  bool refuses_ = false;
  int acted_ = 0;
  sluice_token* late_ = nullptr;
};

}  // namespace sluice::check
