// Walking a phase's hooks: calling, waiting, verdicts, and what follows when the walk is done.
#include "exchange/exchange.h"

#include "base/log.h"

namespace sluice {

bool Exchange::has_hooks(sluice_phase phase) const {
  for (const Chain* chain : chains_)
    if (chain != nullptr && !chain->empty(phase)) return true;
  return false;
}

// True when a hook of this phase may change what passes, and with it its length.
bool Exchange::may_change(sluice_phase phase) const {
  for (const Chain* chain : chains_)
    if (chain != nullptr && chain->changes(phase)) return true;
  return false;
}

void Exchange::run(Side side, sluice_phase phase, std::uint8_t first_chain, std::uint8_t end_chain) {
  HookRun& run = runs_[side];
  run.phase = phase;
  run.side = side;
  run.active = true;
  run.responded = false;
  run.cursor = {first_chain, end_chain, 0};
  advance(run);
}

// A hook chose another route or upstream: what stands at `chain` is new, and none of its hooks has run.
void Exchange::go_back_to(std::uint8_t chain) {
  auto* run = const_cast<HookRun*>(current_run());
  if (run == nullptr || is_reversed(run->phase) || run->cursor.chain < chain) return;
  run->cursor.chain = chain;
  run->cursor.index = 0;
}

void Exchange::run_chunk(Side side, std::string_view bytes, bool last, std::uint8_t first_chain) {
  HookRun& run = runs_[side];
  run.phase = side == request_side ? SLUICE_ON_REQUEST_BODY : SLUICE_ON_RESPONSE_BODY;
  run.side = side;
  run.active = true;
  run.responded = false;
  run.cursor = {first_chain, ChainCursor::kChains, 0};
  run.chunk = {sizeof(sluice_chunk), bytes.data() != nullptr ? bytes.data() : "", bytes.size(), last};
  advance(run);
}

void Exchange::advance(HookRun& run) {
  while ((run.hook = run.cursor.next(chains_, run.phase)) != nullptr) {
    HookRun* outer = std::exchange(running_, &run);
    const sluice_verdict verdict =
        is_body_phase(run.phase)
            ? reinterpret_cast<sluice_body_hook_fn>(reinterpret_cast<void*>(run.hook->call))(
                  this, run.hook->self, &run.chunk)
            : run.hook->call(this, run.hook->self);
    running_ = outer;
    home_.loop().clock_is_stale();
    if (!take_verdict(run, verdict)) return;
  }
  run_done(run);
}

bool Exchange::take_verdict(HookRun& run, sluice_verdict verdict) {
  // A response was made in this call, or before it waited: going on without it would send half of two.
  const bool responded = std::exchange(run.responded, false);
  if (responded && verdict == SLUICE_CONTINUE) verdict = SLUICE_RESPOND;
  if (verdict == SLUICE_PAUSE && run.token != nullptr) {
    run.responded = responded;
    if (is_body_phase(run.phase) && run.chunk.data != run.held.data()) {
      // The piece's bytes end with the turn.
      run.held.assign(run.chunk.data, run.chunk.length);
      run.chunk.data = run.held.data();
    }
    // Neither side is late while a hook keeps it waiting.
    if (run.phase == SLUICE_ON_REQUEST_BODY && client_ != nullptr) {
      client_->hold(Hold::exchange);
      request_timeout_.cancel();
    }
    if (run.phase == SLUICE_ON_RESPONSE || run.phase == SLUICE_ON_RESPONSE_BODY) {
      hold_upstream();
      response_timeout_.cancel();
    }
    return false;
  }
  if (run.token != nullptr) {
    // Took a token but did not wait: it is void.
    cancel(run);
  }
  switch (verdict) {
    case SLUICE_CONTINUE: return true;
    case SLUICE_RESPOND:
      if (run.phase == SLUICE_ON_CONNECT) {
        run.active = false;
        connect_done_(connect_arg_, false);
        over();
        return false;
      }
      if (answer_ >= Answer::head_sent || run.phase == SLUICE_ON_LOG) break;
      blamed_ = run.hook->use;
      if (!local_) make_response(204, {}, {});
      // A response or error hook changes the answer in place; the hooks after it see the new one.
      if (run.phase == SLUICE_ON_RESPONSE) leave_for_local();
      if (run.phase == SLUICE_ON_RESPONSE || run.phase == SLUICE_ON_ERROR) return true;
      if (run.phase == SLUICE_ON_RESPONSE_BODY) response_body_hooks_done_ = true;
      run.active = false;
      answer_locally();
      return false;
    default: break;
  }
  // FAIL, a verdict that is not possible here, or no verdict at all.
  const BoundUse& use = *run.hook->use;
  if (fail_reason_.empty()) {
    fail_reason_ = verdict == SLUICE_FAIL ? std::string_view("failed without a reason")
                   : verdict == SLUICE_PAUSE
                       ? std::string_view("PAUSE without a token")
                       : std::string_view("a verdict that is not possible in this hook");
  }
  log::warn("{} {} failed ({}): {} [request {}]", use.label, name(run.phase), use.deny ? "deny" : "allow",
            fail_reason_, request_id());
  if (!use.deny || run.phase == SLUICE_ON_LOG) {
    fail_reason_ = {};
    if (!responded || run.phase == SLUICE_ON_LOG) return true;
    // It goes on as if the response had not been made, but where that has taken the place of another one already.
    if (answer_ != Answer::none || run.side == response_side) return take_verdict(run, SLUICE_RESPOND);
    take_back_response();
    return true;
  }
  blamed_ = &use;
  run.active = false;
  if (run.phase == SLUICE_ON_CONNECT) {
    connect_done_(connect_arg_, false);
    over();
    return false;
  }
  Error error = make_error(ErrorCode::plugin_failed, std::string(fail_reason_));
  error.origin = Origin::plugin;
  if (run.phase == SLUICE_ON_RESPONSE || run.phase == SLUICE_ON_RESPONSE_BODY)
    response_hooks_done_ = response_body_hooks_done_ = true;
  if (run.phase == SLUICE_ON_ERROR) {
    run.active = true;  // the default answer stands
    return true;
  }
  fail(std::move(error));
  return false;
}

void Exchange::run_done(HookRun& run) {
  run.active = false;
  switch (run.phase) {
    case SLUICE_ON_CONNECT:
      connect_done_(connect_arg_, true);
      over();
      break;
    case SLUICE_ON_REQUEST:
      for (std::size_t i = 0; i < request_seen_.size(); ++i)
        if (run.cursor.end > ChainCursor::kChosen + i) request_seen_[i] = chains_[ChainCursor::kChosen + i];
      after_request();
      break;
    case SLUICE_ON_ROUTE: after_route(); break;
    case SLUICE_ON_BALANCE: after_balance(); break;
    case SLUICE_ON_UPSTREAM_REQUEST: send_upstream_head(); break;
    case SLUICE_ON_REQUEST_BODY:
      request_chunk_done({run.chunk.data, run.chunk.length}, run.chunk.last);
      break;
    case SLUICE_ON_RESPONSE:
      response_hooks_done_ = true;
      after_response();
      break;
    case SLUICE_ON_RESPONSE_BODY:
      response_chunk_done({run.chunk.data, run.chunk.length}, run.chunk.last);
      break;
    case SLUICE_ON_ERROR: answer_locally(); break;
    case SLUICE_ON_LOG: over(); break;
    default: break;
  }
}

// The hook that runs now; outside of any, the one that waits: its plugin may call while it holds the token.
const Exchange::HookRun* Exchange::current_run() const {
  if (running_ != nullptr) return running_;
  for (auto& run : runs_)
    if (run.token != nullptr) return &run;
  return nullptr;
}

sluice_phase Exchange::phase() const {
  const HookRun* run = current_run();
  return run != nullptr ? run->phase : SLUICE_PHASES;
}

// ---- waiting ----

sluice_token* Exchange::pause() {
  if (running_ == nullptr || running_->token != nullptr) return nullptr;
  auto* token = new sluice_token;
  token->mailbox = home_.loop().mailbox();
  token->loop = &home_.loop();
  token->exchange = this;
  token->side = running_->side;
  token->home = &home_;
  token->plan = &plan_;
  ++plan_.in_use;
  running_->token = token;
  return token;
}

void Exchange::on_token(sluice_token& token) {
  HookRun& run = runs_[static_cast<std::size_t>(token.side)];
  if (run.token != &token) {
    // The wait was called off; the plugin still wants to know.
    if (token.gone_fn != nullptr) token.gone_fn(token.user);
    return;
  }
  run.token = nullptr;
  token.exchange = nullptr;
  token_release(&token);
  sluice_verdict verdict = token.verdict;
  if (token.fn != nullptr) {
    HookRun* outer = std::exchange(running_, &run);
    verdict = token.fn(this, token.user);
    running_ = outer;
  }
  if (take_verdict(run, verdict)) advance(run);
}

void Exchange::cancel(HookRun& run) {
  if (run.token == nullptr) return;
  auto* token = std::exchange(run.token, nullptr);
  token->exchange = nullptr;
  token->gone.store(true, std::memory_order_release);
  token_release(token);
}

void Exchange::cancel_runs() {
  for (auto& run : runs_) {
    cancel(run);
    run.active = false;
  }
}

sluice_status Exchange::replace_chunk(std::string_view bytes) {
  auto* run = const_cast<HookRun*>(current_run());
  if (run == nullptr || !is_body_phase(run->phase) || run->hook->use->only_observes(run->phase))
    return SLUICE_WRONG_PHASE;
  run->held.assign(bytes);
  run->chunk.data = run->held.data();
  run->chunk.length = run->held.size();
  return SLUICE_OK;
}

}  // namespace sluice
