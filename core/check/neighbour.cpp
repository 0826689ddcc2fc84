#include "check/neighbour.h"

#include <thread>
#include <utility>

#include "exchange/token.h"

namespace sluice::check {

Neighbour::~Neighbour() { resume_late(); }

void Neighbour::act(Act act, sluice_phase phase) {
  act_ = act;
  phase_ = phase;
  acted_ = 0;
}

void Neighbour::resume_late() {
  auto* token = std::exchange(late_, nullptr);
  if (token != nullptr) std::thread([token] { token_resume(token, SLUICE_CONTINUE); }).join();
}

void Neighbour::choose(Exchange& exchange, sluice_phase phase) {
  // A plugin that routes may leave a request without a route; the later hooks are to be seen all the same.
  if (phase == SLUICE_ON_ROUTE && exchange.group() < 0) {
    if (exchange.route() < 0 && !exchange.plan().routes.empty()) exchange.select_route(0);
    if (exchange.group() < 0) exchange.select_group(0);
  }
  if (phase == SLUICE_ON_BALANCE && refuses_) exchange.select_endpoint(1);
}

sluice_verdict Neighbour::run(Exchange& exchange, sluice_phase phase) {
  if (is_last_) choose(exchange, phase);
  if (phase != phase_ || act_ == Act::nothing || acted_ > 0) return SLUICE_CONTINUE;
  ++acted_;
  switch (act_) {
    case Act::nothing: break;
    case Act::respond:
      if (phase != SLUICE_ON_CONNECT) exchange.respond(403, "text/plain", "no\n");
      return SLUICE_RESPOND;
    case Act::fail: exchange.fail_reason("a neighbour failed on purpose"); return SLUICE_FAIL;
    case Act::wait_and_go_on:
    case Act::wait_and_drop: {
      auto* token = exchange.pause();
      const auto verdict = act_ == Act::wait_and_drop ? SLUICE_FAIL : SLUICE_CONTINUE;
      std::thread([token, verdict] { token_resume(token, verdict); }).join();
      return SLUICE_PAUSE;
    }
    case Act::wait_beyond_end: late_ = exchange.pause(); return SLUICE_PAUSE;
  }
  return SLUICE_CONTINUE;
}

template <sluice_phase phase>
sluice_verdict Neighbour::hook(sluice_exchange* ex, void* self) {
  return static_cast<Neighbour*>(self)->run(static_cast<Exchange&>(*ex), phase);
}

template <sluice_phase phase>
sluice_verdict Neighbour::body_hook(sluice_exchange* ex, void* self, const sluice_chunk*) {
  return hook<phase>(ex, self);
}

const sluice_hooks& Neighbour::hooks() {
  static constexpr sluice_hooks all{sizeof(sluice_hooks),
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
  return all;
}

BoundUse Neighbour::bound() {
  // Body hooks of a neighbour would turn every body into chunks for everyone; only where they are to act.
  std::uint32_t wants = (1u << SLUICE_PHASES) - 1;
  if (phase_ != SLUICE_ON_REQUEST_BODY) wants &= ~(1u << SLUICE_ON_REQUEST_BODY);
  if (phase_ != SLUICE_ON_RESPONSE_BODY) wants &= ~(1u << SLUICE_ON_RESPONSE_BODY);
  return {&hooks(), this, is_last_ ? "neighbour-after@check" : "neighbour-before@check", true, wants};
}

}  // namespace sluice::check
