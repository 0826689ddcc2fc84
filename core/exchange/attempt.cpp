// Attempts: an endpoint is chosen, a connection to it had, and the request's head sent; or another attempt follows.
#include <fmt/format.h>

#include "base/ascii.h"
#include "exchange/exchange.h"
#include "http/hop_fields.h"

namespace sluice {
void Exchange::balance() {
  stage_ = Stage::hooks;
  picked_ = -1;
  if (tried_.view().empty()) set_.reset();  // there may be a newer one
  run(request_side, SLUICE_ON_BALANCE);
}

void Exchange::after_balance() {
  const Group& group = *group_object();
  PickQuery query{home_.loop().now_ns(), home_.random(), tried_.view(), {}};
  int chosen = picked_ >= 0 ? picked_ : set()->pick(query);
  if (const auto old = set_; chosen < 0 && !query.saw_full) {
    // Those that were there when this exchange came may have gone since.
    set_.reset();
    tried_.clear();
    query.tried = {};
    if (set() != old.get()) chosen = set()->pick(query);
  }
  if (chosen < 0) {
    if (error_) {
      fail(std::move(error_));  // of the attempt before
      return;
    }
    fail(make_error(set()->members().empty() ? ErrorCode::no_address : ErrorCode::no_endpoint, group.name()));
    return;
  }
  if (error_) report(error_);  // the request goes on, but not there
  member_ = chosen;
  ++attempts_;
  error_ = {};
  member()->endpoint->enter(0);
  in_flight_ = true;
  fresh_wanted_ = false;
  acquire();
}

void Exchange::acquire() {
  stage_ = Stage::acquiring;
  Pool& pool = home_.pools().of(member()->endpoint);
  // What must not be sent twice wants a connection that is known to be alive.
  const auto want = fresh_wanted_     ? Pool::Want::fresh
                    : is_idempotent() ? Pool::Want::any
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
        (gathered_chains_ == ChainCursor::kChains || !has_hooks(SLUICE_ON_REQUEST_BODY))) {
      body = {BodyPlan::length, whole_request_.size()};
    } else if (request_.framing == Framing::length && !has_hooks(SLUICE_ON_REQUEST_BODY)) {
      body = {BodyPlan::length, request_.content_length};
    }
  }
  upstream_->send_request(request_.method, upstream_target(), upstream_authority(), upstream_headers_, body,
                          request_.upgrade, response_);
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

void Exchange::attempt_failed(Error error) {
  const bool nothing_sent = error.code == ErrorCode::connect_failed ||
                            error.code == ErrorCode::connect_timeout || error.code == ErrorCode::no_address;
  leave_upstream();
  if (nothing_sent && attempts_ < group_object()->settings().retry.attempts) {
    tried_.push(arena_, member_);
    error_ = std::move(error);
    balance();
    return;
  }
  fail(std::move(error));
}

void Exchange::leave_upstream() {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->cancel(*this);
  if (upstream_ != nullptr) std::exchange(upstream_, nullptr)->finish();
  upstream_held_ = upstream_blocked_ = false;
  if (in_flight_) {
    member()->endpoint->leave();
    in_flight_ = false;
  }
}

}  // namespace sluice
