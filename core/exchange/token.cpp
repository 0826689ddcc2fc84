#include "exchange/token.h"

#include "exchange/exchange.h"

namespace sluice {
namespace {

// On the loop's thread, in a turn: hand the result over and drop the plugin's reference.
void deliver(void* arg) {
  auto* token = static_cast<sluice_token*>(arg);
  if (token->exchange != nullptr)
    token->exchange->on_token(*token);
  else if (token->gone_fn != nullptr)
    token->gone_fn(token->user);
  auto* home = token->home;
  auto* plan = token->plan;
  token_release(token);
  home->on_token_back(*plan);
}

bool send(sluice_token* token) {
  const bool alive = !token->gone.load(std::memory_order_acquire);
  if (Loop::current() == token->loop && token->loop->depth() > 0) {
    token->loop->defer(deliver, token);
    return alive;
  }
  auto mailbox = token->mailbox;
  if (!mailbox->post([token] { deliver(token); })) {
    // The worker is gone, and its exchanges with it; so may be whatever `gone` would touch.
    token_release(token);
    return false;
  }
  return alive;
}

}  // namespace

void token_release(sluice_token* token) {
  if (token->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete token;
}

bool token_resume(sluice_token* token, sluice_verdict verdict) {
  token->verdict = verdict == SLUICE_PAUSE ? SLUICE_FAIL : verdict;
  return send(token);
}

bool token_resume_with(sluice_token* token, sluice_resume_fn fn, void (*gone)(void*), void* user) {
  token->fn = fn;
  token->gone_fn = gone;
  token->user = user;
  return send(token);
}

}  // namespace sluice
