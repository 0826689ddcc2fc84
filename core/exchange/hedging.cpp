// When a second request goes out beside the first, and which of the two counts (hedge.h).
#include <fmt/format.h>

#include "exchange/exchange.h"

namespace sluice {
namespace {

// Timeouts stand in a list for each length (net/timeout.h): delays are rounded up to this many milliseconds.
constexpr std::int64_t kDelayStep = 10;

}  // namespace

// The request has gone out whole.
void Exchange::expect_hedge() {
  const auto& settings = group_object()->settings().hedge;
  if (settings.delay.count() == 0 && settings.percentile == 0) return;
  if (attempts_ != 1 || retry_settings().attempts < 2 || picked_ >= 0 || request_.framing != Framing::none ||
      !request_.upgrade.empty() || !may_repeat())
    return;
  auto delay = settings.delay;
  if (settings.percentile != 0)
    delay = std::max(delay, group_object()->share().latencies.percentile(settings.percentile));
  if (delay.count() == 0) return;
  arm(hedge_timeout_, std::chrono::milliseconds((delay.count() + kDelayStep - 1) / kDelayStep * kDelayStep));
}

void Exchange::on_hedge_due() {
  if (answer_ != Answer::none || stage_ != Stage::streaming || upstream_ == nullptr) return;
  const int first[] = {member_};
  PickQuery query{home_.loop().now_ns(), home_.random(), first, {}};
  const int member = set()->pick(query);
  if (member < 0) return;
  const Member& chosen = set()->members()[static_cast<std::size_t>(member)];
  // Never in the place of somebody's first attempt.
  if (group_object()->share().queue.size() > 0 ||
      !group_object()->share().budget.take(retry_settings(), home_.loop().now_ns()))
    return;
  if (!chosen.endpoint->enter(chosen.max_in_flight)) return;
  hedge_ =
      std::make_unique<Hedge>(static_cast<HedgeOwner&>(*this), home_, *group_object(), set_, member, arena_);
  hedge_->start();
}

void Exchange::send_hedge(UpstreamStream& stream, const Endpoint& endpoint, ResponseHead& head) {
  ++attempts_;
  const auto authority = authority_changed_ || (policy().preserve_host && !authority_.empty())
                             ? authority_
                             : std::string_view(endpoint.authority());
  stream.send_request(request_.method, upstream_target(), authority, upstream_headers_, {}, {}, head);
  stream.send_end();
}

void Exchange::on_hedge_head(Hedge& hedge) {
  const int status = hedge.head().status;
  if (is_failure(status) || config::holds(retry_settings().on_status, status)) {
    if (is_failure(status)) judge_hedge(hedge, fmt::format("{}", status));
    drop_hedge();
    return;
  }
  note_attempt("cancelled");
  // It would have taken longer than this: left out, the percentile would only know those that were quick.
  if (group_object()->settings().hedge.percentile != 0)
    group_object()->share().latencies.note(home_.loop().now_ns() - sent_ns_);
  take_hedge();
  upstream_head();
}

void Exchange::on_hedge_failed(Hedge& hedge, const Error& error) {
  if (!hedge.may_be_stale() && error.origin == Origin::upstream) judge_hedge(hedge, reason(error.code));
  drop_hedge();
}

void Exchange::judge_hedge(Hedge& hedge, std::string_view why) {
  if (home_.ejector() == nullptr) return;
  Outcome outcome;
  outcome.failed = true;
  outcome.why = why;
  outcome.began_ns = hedge.began_ns();
  home_.ejector()->note(hedge.set()->members()[static_cast<std::size_t>(hedge.member())].endpoint,
                        group_object()->settings().ejection, outcome);
}

// What was the hedge is the attempt from now on; the one before is cancelled.
void Exchange::take_hedge() {
  auto hedge = std::move(hedge_);
  UpstreamStream* stream = hedge->release();
  leave_upstream();
  upstream_ = stream;
  upstream_->set_sink(upstream_sink_);
  response_ = &hedge->head();
  set_ = hedge->set();
  member_ = hedge->member();
  sent_ns_ = hedge->sent_ns();
  attempt_ns_ = sent_ns_;
  in_flight_ = true;
  judged_ = false;
  taken_hedge_ = std::move(hedge);
}

// True when a hedge goes on in the place of the attempt that has failed.
bool Exchange::fall_back_on_hedge() {
  if (hedge_ == nullptr || !hedge_->is_sent()) return false;
  tried_.push(arena_, member_);
  take_hedge();
  expect_head();
  return true;
}

// It may be calling right now.
void Exchange::drop_hedge() {
  hedge_timeout_.cancel();
  if (hedge_ == nullptr) return;
  hedge_->cancel();
  home_.loop().defer([](void* dead) { delete static_cast<Hedge*>(dead); }, hedge_.release());
}

}  // namespace sluice
