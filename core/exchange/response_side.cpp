// The response side: from the upstream's head (or a local one) through the hooks to the last byte for the client.
#include <fmt/format.h>

#include "base/ascii.h"
#include "exchange/exchange.h"
#include "http/hop_fields.h"

namespace sluice {

void Exchange::on_upstream_event(const Event& event) {
  if (auto* data = std::get_if<DataEvent>(&event)) {
    response_data(data->bytes);
  } else if (std::holds_alternative<HeadersEvent>(event)) {
    upstream_head();
  } else if (std::holds_alternative<EndEvent>(event)) {
    response_end();
  } else if (auto* abort = std::get_if<AbortEvent>(&event)) {
    const bool nothing_came = upstream_ != nullptr && !upstream_->has_response_bytes();
    const bool stale = nothing_came && upstream_->is_reused() && !stale_replaced_;
    if (abort->gone) upstream_ = nullptr;
    if (stage_ == Stage::preparing) {
      // Nothing was sent; send_upstream_head() finds out when the hooks are done.
      return;
    }
    if (answer_ == Answer::none && stale && may_repeat() && (replayable_ || whole_request_ready_)) {
      // A pooled connection that had been closed by the other side: once, on a fresh one, not counted as an attempt.
      stale_replaced_ = fresh_wanted_ = true;
      if (client_ != nullptr && request_.framing != Framing::none) client_->hold(Hold::exchange);
      if (std::exchange(upstream_blocked_, false) && client_ != nullptr) client_->release(Hold::unsent);
      request_timeout_.cancel();
      response_timeout_.cancel();
      upstream_send_timeout_.cancel();
      if (upstream_ != nullptr) std::exchange(upstream_, nullptr)->finish();
      acquire();
      return;
    }
    Error error = abort->error;
    error.origin = Origin::upstream;
    if (error.code == ErrorCode::write_failed) error.code = ErrorCode::upstream_reset;
    if (answer_ == Answer::none) {
      attempt_failed(std::move(error));
      return;
    }
    judge(true, reason(error.code));
    fail(std::move(error));
  }
}

void Exchange::on_upstream_notice(Notice notice) {
  if (client_ == nullptr) return;
  if (notice == Notice::blocked) {
    upstream_blocked_ = true;
    client_->hold(Hold::unsent);
    request_timeout_.cancel();
    wait_for_upstream();
  } else if (notice == Notice::sendable) {
    upstream_blocked_ = false;
    upstream_send_timeout_.cancel();
    expect_request();
    client_->release(Hold::unsent);
  }
}

void Exchange::upstream_head() {
  if (answer_ != Answer::none) return;
  if (response_->is_interim()) {
    if (client_ != nullptr && (response_->status != 100 || request_.expect_continue)) {
      if (!strip_response()) return;
      client_->send_interim(response_->status, response_->headers);
    }
    return;
  }
  stamp(SLUICE_T_FIRST_BYTE);
  const bool bad = is_failure(response_->status);
  const auto status = bad || attempts_ > 1 || config::holds(retry_settings().on_status, response_->status)
                          ? fmt::format("{}", response_->status)
                          : std::string();
  note_time(bad);
  if (bad)
    judge(true, status);
  else if (member()->endpoint->on_trial() || response_->status == 101)
    judge(false, {});
  if (!status.empty()) note_attempt(status);
  if (bad && fall_back_on_hedge()) return;
  drop_hedge();
  if (config::holds(retry_settings().on_status, response_->status) && may_try_again(0, response_->status)) {
    error_ = make_error(ErrorCode::bad_status, status);
    next_attempt(true);
    return;
  }
  arm(response_timeout_, policy().response_body);
  answer_ = Answer::hooks;
  if (response_->status == 101) {
    auto chosen = response_->headers.get(HeaderId::upgrade);
    bool asked = false;
    if (chosen)
      ascii::for_each_element(request_.upgrade,
                              [&](std::string_view offered) { asked |= ascii::iequals(offered, *chosen); });
    // The rest of a body would become bytes of the other protocol.
    if (!asked || !request_complete_) {
      answer_ = Answer::none;
      fail(make_error(ErrorCode::upstream_protocol,
                      asked ? "101 before the request was complete" : "101 that was not asked for"));
      return;
    }
    switch_to_ = *chosen;
  }
  // What the client will be told of the body, before hop-by-hop fields go.
  response_plan_ = {};
  if (response_->framing == Framing::length) {
    response_plan_ = {BodyPlan::length, response_->content_length};
  } else if (response_->framing != Framing::none) {
    response_plan_.kind = BodyPlan::unknown;
  } else if (auto length = response_->headers.get(HeaderId::content_length);
             length && (request_.is_head() || response_->status == 304)) {
    // The length a GET would have had (RFC 9110 8.6).
    if (auto bytes = ascii::to_number(*length)) response_plan_ = {BodyPlan::length, *bytes};
  } else if (request_.is_head()) {
    response_plan_.kind = BodyPlan::unknown;
  }
  if (!strip_response()) return;
  // A response needs the time it was made at (RFC 9110 6.6.1).
  if (!response_->headers.has(HeaderId::date))
    response_->headers.add_parsed("Date", http_date(), HeaderId::date);
  stamp_id();
  run(response_side, SLUICE_ON_RESPONSE);
}

// Fields of the hop before (RFC 9110 7.6.1).
bool Exchange::strip_response() {
  auto& headers = response_->headers;
  if (!remove_connection_options(headers)) {
    fail(make_error(ErrorCode::upstream_protocol, "Connection lists too many options"));
    return false;
  }
  headers.remove(kHopFields);
  if (policy().via) headers.add("Via", response_->version == Version::http10 ? "1.0 sluice" : "1.1 sluice");
  return true;
}

void Exchange::after_response() {
  if (retry_wanted_ && !local_) {
    error_ = make_error(ErrorCode::bad_status, fmt::format("{}, by a hook", response_->status));
    next_attempt(true);
    return;
  }
  if (!switch_to_.empty() && !local_) {
    send_switch();
    return;
  }
  const bool hooks = has_hooks(SLUICE_ON_RESPONSE_BODY) && !response_body_hooks_done_;
  if (local_) {
    if (!hooks) {
      send_whole(local_body_);
      return;
    }
    answer_ = Answer::gathering;
    response_body_hooks_done_ = true;
    run_chunk(response_side, local_body_, true);
    return;
  }
  if (want_whole_response_ && response_plan_.kind != BodyPlan::none && !request_.is_head()) {
    if (response_plan_.kind == BodyPlan::length && response_plan_.length_bytes > whole_response_limit_) {
      fail(make_error(
          ErrorCode::upstream_body_too_large,
          fmt::format("{} bytes, a plugin takes {}", response_plan_.length_bytes, whole_response_limit_)));
      return;
    }
    answer_ = Answer::gathering;
    release_upstream();
    return;
  }
  BodyPlan plan = response_plan_;
  body_hooks_response_ =
      hooks && plan.kind != BodyPlan::none && !request_.is_head() && response_->status != 304;
  if (body_hooks_response_ && may_change(SLUICE_ON_RESPONSE_BODY)) plan.kind = BodyPlan::unknown;
  send_head(plan);
  release_upstream();
}

void Exchange::send_head(BodyPlan body) {
  answer_ = Answer::head_sent;
  drop_replay();
  half_close_timeout_.cancel();
  if (client_ == nullptr) return;
  client_->send_response(response_->status, response_->headers, body, {}, !home_.draining());
}

void Exchange::send_whole(std::string_view body) {
  send_head({body.empty() ? BodyPlan::none : BodyPlan::length, body.size()});
  forward_response(body, true);
}

void Exchange::send_switch() {
  answer_ = Answer::head_sent;
  tunnel_ = true;
  request_complete_ = upstream_complete_ = false;
  for (auto* timeout : {&total_timeout_, &request_timeout_, &response_timeout_, &half_close_timeout_})
    timeout->cancel();
  client_->send_response(101, response_->headers, {}, switch_to_, true);
  client_->become_tunnel();
  if (upstream_ != nullptr) upstream_->become_tunnel();
  client_->release(Hold::exchange);
  release_upstream();
  arm(response_timeout_, policy().tunnel);
}

void Exchange::response_data(std::string_view bytes) {
  if (local_) return;
  if (tunnel_) {
    response_bytes_ += bytes.size();
    arm(response_timeout_, policy().tunnel);
    if (client_ != nullptr) client_->send_data(bytes);
    return;
  }
  if (response_timeout_.armed()) arm(response_timeout_, policy().response_body);
  if (answer_ == Answer::gathering) {
    if (whole_response_.size() + bytes.size() > whole_response_limit_) {
      fail(make_error(ErrorCode::upstream_body_too_large,
                      fmt::format("over {} bytes, a plugin takes no more", whole_response_limit_)));
      return;
    }
    whole_response_.append(bytes);
  } else if (answer_ == Answer::head_sent) {
    if (body_hooks_response_)
      run_chunk(response_side, bytes, false);
    else
      forward_response(bytes, false);
  }
}

void Exchange::response_end() {
  if (local_) return;
  upstream_complete_ = true;
  response_timeout_.cancel();
  if (tunnel_) {
    if (client_ != nullptr) client_->send_end();
    if (request_complete_) finish_response();
    return;
  }
  switch (answer_) {
    case Answer::gathering: {
      const bool hooks = has_hooks(SLUICE_ON_RESPONSE_BODY) && !response_body_hooks_done_;
      response_body_hooks_done_ = true;
      if (hooks)
        run_chunk(response_side, whole_response_, true);
      else
        send_whole(whole_response_);
      break;
    }
    case Answer::head_sent:
      if (body_hooks_response_)
        run_chunk(response_side, {}, true);
      else
        forward_response({}, true);
      break;
    default:
      break;  // hooks still run on the head of a bodiless response: after_response() finds upstream_complete_
  }
}

void Exchange::response_chunk_done(std::string_view bytes, bool last) {
  if (answer_ == Answer::gathering) {
    if (bytes.data() != whole_response_.data()) whole_response_.assign(bytes);
    send_whole(whole_response_);
    return;
  }
  forward_response(bytes, last);
  if (!last) release_upstream();
}

void Exchange::forward_response(std::string_view bytes, bool last) {
  if (client_ == nullptr) return;
  response_bytes_ += bytes.size();
  send_kept(*client_, bytes, runs_[response_side]);
  if (!last) return;
  if (!local_ && response_->trailers.size() > 0)
    client_->send_trailers(response_->trailers);
  else
    client_->send_end();
  finish_response();
}

void Exchange::finish_response() {
  if (answer_ == Answer::done) return;
  answer_ = Answer::done;
  stamp(SLUICE_T_END);
  cancel_runs();
  if (!local_ && upstream_complete_) judge(false, {});
  leave_upstream();
  finish_client();
  log();
}

// The upstream's next bytes are due from now on, unless something here keeps them back.
void Exchange::expect_response() {
  if (tunnel_) arm(response_timeout_, policy().tunnel);
  if (answer_ == Answer::none || tunnel_ || upstream_complete_ || client_blocked_ || upstream_held_) return;
  arm(response_timeout_, policy().response_body);
}

void Exchange::hold_upstream() {
  if (upstream_ == nullptr) return;
  upstream_held_ = true;
  upstream_->hold(Hold::exchange);
}

void Exchange::release_upstream() {
  if (!upstream_held_ || upstream_ == nullptr) return;
  upstream_held_ = false;
  expect_response();
  upstream_->release(Hold::exchange);
}

}  // namespace sluice
