// Attempts: an endpoint is chosen, a connection to it had, and the request's head sent; or another attempt follows.
#include <fmt/format.h>

#include "base/ascii.h"
#include "exchange/exchange.h"
#include "http/cookie.h"
#include "http/hop_fields.h"
#include "http/query.h"

namespace sluice {
namespace {

// Timeouts stand in a list for each length (net/timeout.h): random times are cut to this many milliseconds.
constexpr std::int64_t kWaitStep = 10;

std::uint32_t condition_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::connect_failed:
    case ErrorCode::connect_timeout: return RetrySettings::connect;
    case ErrorCode::upstream_reset:
    case ErrorCode::upstream_protocol:
    case ErrorCode::write_failed: return RetrySettings::reset;
    case ErrorCode::upstream_idle:  // it does not take the request
    case ErrorCode::first_byte_timeout:
    case ErrorCode::try_timeout: return RetrySettings::timeout;
    default: return 0;
  }
}

}  // namespace

// ---- choosing ----

void Exchange::balance() {
  stage_ = Stage::hooks;
  picked_ = -1;
  if (!std::exchange(in_budget_, true)) group_object()->share().budget.note_request(home_.loop().now_ns());
  if (tried_.empty()) set_.reset();  // there may be a newer one
  run(request_side, SLUICE_ON_BALANCE);
}

void Exchange::after_balance() {
  // Whoever waits was here before.
  const auto& share = group_object()->share();
  const bool others_wait = picked_ < 0 && ticket_ == nullptr && group_object()->settings().queue.max != 0 &&
                           share.queue.size() > 0;
  bool full = others_wait;
  const int chosen = others_wait ? -1 : choose(full);
  if (chosen >= 0)
    enter(chosen);
  else if (full)
    wait_for_room();
  else if (error_)
    fail(std::move(error_));  // of the attempt before
  else
    fail(make_error(set()->members().empty() ? ErrorCode::no_address : ErrorCode::no_endpoint,
                    group_object()->name()));
}

// A member that counts this exchange already, or -1; `full` when one would be there but for its max_in_flight.
int Exchange::choose(bool& full) {
  if (picked_ >= 0) {
    // A hook has looked at its load, or does not mind it (ext/balance.h).
    set()->members()[static_cast<std::size_t>(picked_)].endpoint->enter(0, true);
    return picked_;
  }
  PickQuery query{home_.loop().now_ns(), home_.random(), tried_.view(), hash()};
  const auto pick = [&] {
    query.saw_full = query.past_trial = false;
    // Another worker may take the last place between the pick and the entering.
    for (int again = 0; again < 4; ++again) {
      const int index = set()->pick(query);
      if (index < 0) return index;
      const Member& member = set()->members()[static_cast<std::size_t>(index)];
      if (member.endpoint->enter(member.max_in_flight, query.past_trial)) return index;
      query.saw_full = true;
    }
    return -1;
  };
  int index = pick();
  if (index < 0) {
    // Those that were there when this exchange came may have gone since, and others come.
    const auto at = static_cast<std::size_t>(group_);
    auto fresh = plan_.views[at].set(*group_object());
    const bool is_newer = fresh != set_;
    if (is_newer && fresh->members_pointer() != set_->members_pointer()) {
      member_ = -1;
      tried_.clear();
      query.tried = {};
    }
    if (is_newer) {
      set_ = std::move(fresh);
      index = pick();
    }
    if (index < 0 && !query.saw_full && !tried_.empty() &&
        (!error_ || condition_of(error_.code) != RetrySettings::connect)) {
      // Nobody else is there: the same once more, after its back-off.
      query.tried = {};
      index = pick();
    }
  }
  if (index < 0 && query.saw_full && ticket_ != nullptr && !tried_.empty()) {
    // Room has come at one that was tried: better than to let it stand.
    query.tried = {};
    index = pick();
  }
  full = query.saw_full;
  return index;
}

void Exchange::enter(int member) {
  if (error_) report(error_);  // the request goes on, but not there
  member_ = member;
  ++attempts_;
  error_ = {};
  in_flight_ = true;
  fresh_wanted_ = stale_replaced_ = judged_ = false;
  attempt_ns_ = home_.loop().now_ns();
  sent_ns_ = took_ns_ = 0;
  acquire();
}

// What the group's algorithm hashes; computed for those alone that do.
std::optional<std::uint64_t> Exchange::hash() {
  const auto& balance = group_object()->settings().balance;
  if (!is_stable(balance.algorithm)) return {};
  if (hash_set_) return hash_of(hash_key_);
  const auto& on = balance.hash_on;
  std::optional<std::string_view> text;
  switch (on.part) {
    case HashOn::Part::none: break;
    case HashOn::Part::source: text = client_address(); break;
    case HashOn::Part::path: text = path_; break;
    case HashOn::Part::header: text = request_.headers.get(on.name); break;
    case HashOn::Part::cookie:
      for (std::size_t nth = 0; auto field = request_.headers.get(HeaderId::cookie, nth); ++nth)
        if (!text) text = cookie_value(*field, on.name);
      break;
    case HashOn::Part::query: text = query_value(request_.query, on.name); break;
  }
  return text ? std::optional(hash_of(*text)) : std::nullopt;
}

sluice_status Exchange::set_hash(std::string_view key) {
  if (phase() == SLUICE_PHASES || phase() > SLUICE_ON_BALANCE) return SLUICE_WRONG_PHASE;
  hash_key_ = arena_.copy(key);
  hash_set_ = true;
  return SLUICE_OK;
}

void Exchange::acquire() {
  stage_ = Stage::acquiring;
  Pool& pool = home_.pools().of(member()->endpoint);
  // What must not be sent twice wants a connection that is known to be alive.
  const auto want = fresh_wanted_  ? Pool::Want::fresh
                    : may_repeat() ? Pool::Want::any
                                   : Pool::Want::looked_at;
  auto got = pool.acquire(group_object()->settings(), *this, want);
  if (got.session != nullptr)
    use_session(*got.session);
  else if (got.error)
    attempt_failed(std::move(got.error));
  else
    pool_ = &pool;
}

void Exchange::on_pool_ready(h1::H1UpstreamSession* session, const Error& error) {
  pool_ = nullptr;
  if (session != nullptr)
    use_session(*session);
  else
    attempt_failed(error);
}

void Exchange::use_session(UpstreamStream& stream) {
  upstream_ = &stream;
  stream.set_sink(upstream_sink_);
  stamp(SLUICE_T_CONNECTED);
  if (fresh_wanted_) {
    // The same attempt again: its head is made and its hooks have run.
    send_upstream_head();
    return;
  }
  build_upstream_headers();
  stage_ = Stage::preparing;
  run(request_side, SLUICE_ON_UPSTREAM_REQUEST);
}

void Exchange::build_upstream_headers() {
  upstream_headers_.clear();
  const HeaderIds left_out = kHopFields | HeaderIds{HeaderId::host} | rewritten_fields();
  for (auto& field : request_.headers.fields()) {
    if (left_out.has(field.id)) continue;
    upstream_headers_.add_parsed(field.name, field.value, field.id);
  }
  add_forwarding();
}

void Exchange::send_upstream_head() {
  if (upstream_ == nullptr) {
    // It died while a hook was waiting.
    stale_replaced_ = fresh_wanted_ = true;
    acquire();
    return;
  }
  BodyPlan body;
  body_hooks_request_ = has_hooks(SLUICE_ON_REQUEST_BODY) && !whole_request_ready_;
  if (request_.framing != Framing::none) {
    body.kind = BodyPlan::unknown;
    if (whole_request_ready_ && !runs_[request_side].active &&
        (gathered_chains_ == ChainCursor::kChains || !may_change(SLUICE_ON_REQUEST_BODY))) {
      body = {BodyPlan::length, whole_request_.size()};
    } else if (request_.framing == Framing::length && !may_change(SLUICE_ON_REQUEST_BODY)) {
      body = {BodyPlan::length, request_.content_length};
    }
  }
  sent_ns_ = home_.loop().now_ns();
  upstream_->send_request(request_.method, upstream_target(), upstream_authority(), upstream_headers_, body,
                          request_.upgrade, *response_);
  start_streaming();
}

// The request as the upstream sees it: the client's own bytes where nothing had to change.
std::string_view Exchange::upstream_target() {
  if (!target_changed_) return request_.target;
  if (!request_.has_query) return path_;
  if (request_.target.data() == request_.raw_path.data() && path_.data() == request_.raw_path.data() &&
      request_.query.data() == path_.data() + path_.size() + 1)
    return request_.target;
  return arena_.copy(fmt::format("{}?{}", path_, request_.query));
}

std::string_view Exchange::upstream_authority() {
  // HTTP/1.0 clients may have sent no Host; HTTP/1.1 servers need one (RFC 9112 3.2).
  if (authority_changed_ || (policy().preserve_host && !authority_.empty())) return authority_;
  const auto& endpoint = *member()->endpoint;
  return endpoint.authority();
}

// ---- how an attempt ends, and what follows ----

void Exchange::attempt_failed(Error error) {
  if (error.origin == Origin::upstream) judge(true, reason(error.code));
  note_attempt(reason(error.code));
  if (answer_ == Answer::none && fall_back_on_hedge()) return;
  if (!try_again(error)) {
    leave_upstream();
    fail(std::move(error));
  }
}

// Takes `error` when another attempt follows.
bool Exchange::try_again(Error& error) {
  const auto condition = condition_of(error.code);
  if (condition == 0 || !may_try_again(condition, 0)) return false;
  // Nothing was asked of the endpoint that refused: it need not be spared, and another one has nothing to do with it.
  const bool at_once = condition == RetrySettings::connect;
  error_ = std::move(error);
  next_attempt(!at_once);
  return true;
}

// For a failure of this kind, or (`condition` 0) a response of this status. Takes the attempt from the budget.
bool Exchange::may_try_again(std::uint32_t condition, int status) {
  const auto& retry = retry_settings();
  if (attempts_ >= retry.attempts || answer_ > Answer::hooks || client_ == nullptr || tunnel_) return false;
  if (condition != 0 ? (retry.on & condition) == 0 : !config::holds(retry.on_status, status)) return false;
  // A hook that holds a piece of the body would lose it; that may be so even where no connection came, in the place of a stale one.
  if (runs_[request_side].active) return false;
  // Before a connection is there nothing has been sent.
  if (condition != RetrySettings::connect && (!may_repeat() || !has_body_again())) return false;
  return group_object()->share().budget.take(retry, home_.loop().now_ns());
}

// Twice has the effect of once, or somebody takes that upon himself.
bool Exchange::may_repeat() {
  if (is_idempotent()) return true;
  if (request_.headers.get("idempotency-key")) return true;
  return group_object() != nullptr && retry_settings().non_idempotent;
}

bool Exchange::has_body_again() const {
  // A hook that holds a piece of the body would lose it.
  return (replayable_ || whole_request_ready_) && !runs_[request_side].active;
}

const RetrySettings& Exchange::retry_settings() {
  if (!retry_ && route_ >= 0) {
    const auto& own = plan().routes[static_cast<std::size_t>(route_)].retry;
    if (own.given != 0) retry_ = own.over(group_object()->settings().retry);
  }
  return retry_ ? *retry_ : group_object()->settings().retry;
}

sluice_status Exchange::retry_response() {
  if (phase() != SLUICE_ON_RESPONSE) return SLUICE_WRONG_PHASE;
  if (retry_wanted_) return SLUICE_OK;
  const auto& retry = retry_settings();
  if (local_ || answer_ != Answer::hooks || attempts_ >= retry.attempts || client_ == nullptr ||
      !has_body_again())
    return SLUICE_INVALID;
  if (!group_object()->share().budget.take(retry, home_.loop().now_ns())) return SLUICE_INVALID;
  retry_wanted_ = true;
  return SLUICE_OK;
}

// Back to before the attempt; the next one begins after its back-off, or at once.
void Exchange::next_attempt(bool back_off) {
  if (client_ != nullptr && request_.framing != Framing::none) client_->hold(Hold::exchange);
  const bool was_blocked = upstream_blocked_;
  leave_upstream();
  if (was_blocked && client_ != nullptr) client_->release(Hold::unsent);
  tried_.push(arena_, member_);
  for (auto* timeout : {&request_timeout_, &response_timeout_, &upstream_send_timeout_})
    timeout->cancel();
  upstream_complete_ = body_hooks_response_ = false;
  retry_wanted_ = response_hooks_done_ = want_whole_response_ = false;
  whole_response_.clear();
  answer_ = Answer::none;
  response_ = &first_response_;
  response_->status = 0;
  response_->headers.clear();
  response_->trailers.clear();
  response_plan_ = {};
  switch_to_ = {};
  const auto& retry = retry_settings();
  const auto most =
      std::min(retry.backoff.count() << std::min(attempts_ - 1, 16u), retry.backoff_max.count());
  if (!back_off || most <= 0) {
    balance();
    return;
  }
  const auto steps = static_cast<std::uint32_t>(most / kWaitStep) + 1;
  stage_ = Stage::waiting;
  arm(wait_timeout_, std::chrono::milliseconds((home_.random().below(steps) + 1) * kWaitStep));
}

// In the record, once there is more than one: "10.0.0.1:80 connect_failed 3.2ms, 10.0.0.2:80 200 11.5ms".
void Exchange::note_attempt(std::string_view how) {
  const Member* at = member();
  if (at == nullptr) return;
  const auto took = static_cast<double>(home_.loop().now_ns() - attempt_ns_) / 1e6;
  attempts_text_ =
      arena_.copy(fmt::format("{}{}{} {} {:.1f}ms", attempts_text_, attempts_text_.empty() ? "" : ", ",
                              at->endpoint->text(), how, took));
  if (attempts_ > 1) note("upstream.attempts", attempts_text_);
}

// The head has come: how long that took, if it says something of how long the endpoint needs.
void Exchange::note_time(bool bad) {
  const Member* at = member();
  if (at == nullptr || sent_ns_ == 0) return;
  const auto now = home_.loop().now_ns();
  took_ns_ = now - sent_ns_;
  if (bad) return;  // a refusal is quick
  at->endpoint->note_latency(took_ns_, now);
  if (group_object()->settings().hedge.percentile != 0) group_object()->share().latencies.note(took_ns_);
}

// Says how the endpoint did, once an attempt: at once what is bad, the good when the response is whole, since one that always breaks
// off must not look well at each head. On trial a good head is enough: a stream may never end.
void Exchange::judge(bool failed, std::string_view why) {
  const Member* at = member();
  if (at == nullptr || home_.ejector() == nullptr || std::exchange(judged_, true)) return;
  Outcome outcome;
  outcome.failed = failed;
  outcome.took_ns = took_ns_;
  outcome.why = why;
  outcome.began_ns = attempt_ns_;
  home_.ejector()->note(at->endpoint, group_object()->settings().ejection, outcome);
}

// Views of it may wait in output until the turn ends.
void Exchange::drop_replay() {
  if (!replay_.empty()) home_.loop().keep_until_flushed(std::move(replay_));
}

void Exchange::leave_upstream() {
  leave_queue();
  drop_hedge();
  wait_timeout_.cancel();
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->cancel(*this);
  if (upstream_ != nullptr) std::exchange(upstream_, nullptr)->finish();
  upstream_held_ = upstream_blocked_ = false;
  if (!std::exchange(in_flight_, false)) return;
  member()->endpoint->leave();
  group_object()->share().queue.room();
}

}  // namespace sluice
