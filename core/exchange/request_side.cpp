// The request side: from its head through the hooks to the body's last byte.
#include <fmt/format.h>

#include "base/ascii.h"
#include "exchange/exchange.h"
#include "http/hop_fields.h"
#include "http/normalise.h"

namespace sluice {
namespace {

// Upgrades to HTTP/2 in clear (h2c, obsolete by RFC 9113 3.1) or to TLS (RFC 2817) would carry requests past every hook and rule:
// such a request goes on without its Upgrade, as any server may ignore it (RFC 9110 7.8).
bool names_http(std::string_view upgrade) {
  bool found = false;
  ascii::for_each_element(upgrade, [&found](std::string_view protocol) {
    const auto name = protocol.substr(0, protocol.find('/'));
    for (std::string_view http : {"h2c", "h2", "http", "tls"})
      found = found || ascii::iequals(name, http);
  });
  return found;
}

}  // namespace

void Exchange::on_client_event(const Event& event) {
  if (auto* data = std::get_if<DataEvent>(&event)) {
    request_data(data->bytes);
  } else if (std::holds_alternative<HeadersEvent>(event)) {
    begin();
  } else if (std::holds_alternative<EndEvent>(event)) {
    request_end();
  } else if (auto* abort = std::get_if<AbortEvent>(&event)) {
    if (abort->gone) client_ = nullptr;
    if (abort->gone || abort->error.code == ErrorCode::client_closed)
      client_gone(abort->error);
    else
      fail(abort->error);
  }
  // Trailers: they are in request_.trailers when the end comes.
}

void Exchange::on_client_notice(Notice notice) {
  switch (notice) {
    case Notice::blocked:
      client_blocked_ = true;
      if (upstream_ != nullptr) upstream_->hold(Hold::unsent);
      if (answer_ != Answer::none) response_timeout_.cancel();
      wait_for_client();
      break;
    case Notice::sendable:
      client_blocked_ = false;
      client_send_timeout_.cancel();
      if (upstream_ != nullptr) {
        expect_response();
        upstream_->release(Hold::unsent);
      }
      break;
    case Notice::half_closed:
      // Once the response is on its way, what it costs to finish it is less than what it would cost to ask again.
      if (answer_ >= Answer::head_sent || tunnel_) break;
      if (policy().half_close.count() == 0)
        client_gone(make_error(ErrorCode::client_closed, "client closed its side"));
      else
        arm(half_close_timeout_, policy().half_close);
      break;
  }
}

void Exchange::begin() {
  stamp(SLUICE_T_REQUEST_HEAD);
  arm(total_timeout_, policy().total);
  if (Error error = check_head()) {
    fail(std::move(error));
    return;
  }
  if (answer_max_forwards()) return;
  stage_ = Stage::hooks;
  // Body waits in the session until there is somewhere to send it.
  if (request_.framing != Framing::none) client_->hold(Hold::exchange);
  run(request_side, SLUICE_ON_REQUEST);
}

Error Exchange::check_head() {
  if (request_.is_connect()) return make_error(ErrorCode::method_unsupported, "CONNECT is not proxied");
  // Before any hook: what hooks add must not be up to the client to take away.
  if (!remove_connection_options(request_.headers))
    return make_error(ErrorCode::bad_request, "Connection lists too many options");
  if (names_http(request_.upgrade)) request_.upgrade = {};
  auto path = normalise_path(arena_, request_.raw_path);
  if (!path) return make_error(ErrorCode::bad_request, fmt::format("path: {}", explain(path.error())));
  path_ = *path;
  target_changed_ =
      path_.data() != request_.raw_path.data() || request_.target.data() != request_.raw_path.data();
  authority_ = request_.authority;
  if (policy().body_bytes != 0 && request_.framing == Framing::length &&
      request_.content_length > policy().body_bytes)
    return make_error(ErrorCode::body_too_large,
                      fmt::format("{} bytes, {} allowed", request_.content_length, policy().body_bytes));
  return {};
}

// Twice has the effect of once (RFC 9110 9.2.2): such a request may be sent again when its connection died under it.
bool Exchange::is_idempotent() const {
  for (std::string_view method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
    if (request_.method == method) return true;
  return false;
}

// Max-Forwards (RFC 9110 7.6.2): at 0 the request has come to its end here.
bool Exchange::answer_max_forwards() {
  if (request_.method != "OPTIONS" && request_.method != "TRACE") return false;
  const auto text = request_.headers.get("max-forwards");
  const auto hops = text ? ascii::to_number(*text) : std::nullopt;
  if (!hops) return false;
  if (*hops > 0) {
    request_.headers.set("Max-Forwards", fmt::format("{}", *hops - 1));
    return false;
  }
  if (request_.method == "TRACE") {
    fail(make_error(ErrorCode::method_unsupported, "TRACE with Max-Forwards: 0 is not answered"));
  } else {
    make_response(204, {}, {});
    answer_locally();
  }
  return true;
}

void Exchange::after_request() {
  if (must_gather(routed_ ? Stage::acquiring : Stage::hooks)) return;
  if (routed_)
    after_route();
  else
    find_route();
}

void Exchange::find_route() {
  stage_ = Stage::hooks;
  routed_ = true;
  run(request_side, SLUICE_ON_ROUTE, 0, ChainCursor::kChosen);
}

// Once a route is chosen, its own plugins and its upstream's see the request as if they had been there from the beginning:
// on_request, then on_route. They may choose again.
void Exchange::after_route() {
  if (override_ >= 0 && (route_ >= 0 || group_ >= 0 || plan().routes.empty())) use_group(override_);
  if (run_chosen_requests()) return;
  if (!std::exchange(route_hooks_done_, true)) {
    run(request_side, SLUICE_ON_ROUTE, ChainCursor::kChosen);
    return;
  }
  if (must_gather(Stage::acquiring)) return;
  stamp(SLUICE_T_ROUTED);
  if (group_ < 0) {
    fail(route_ < 0 ? make_error(ErrorCode::no_route, std::string(path_))
                    : make_error(ErrorCode::no_upstream, "the route names none"));
    return;
  }
  balance();
}

// True when hooks run now; after_request() follows.
bool Exchange::run_chosen_requests() {
  for (std::uint8_t i = 0; i < request_seen_.size(); ++i) {
    const auto at = static_cast<std::uint8_t>(ChainCursor::kChosen + i);
    if (chains_[at] == request_seen_[i]) continue;
    request_seen_[i] = chains_[at];
    if (chains_[at] == nullptr || chains_[at]->empty(SLUICE_ON_REQUEST)) continue;
    run(request_side, SLUICE_ON_REQUEST, at, static_cast<std::uint8_t>(at + 1));
    return true;
  }
  return false;
}

bool Exchange::must_gather(Stage after) {
  if (!want_whole_request_ || whole_request_ready_) return false;
  if (request_.framing == Framing::none) {
    whole_request_ready_ = true;
    return false;
  }
  if (request_.framing == Framing::length && request_.content_length > whole_request_limit_) {
    fail(make_error(ErrorCode::body_too_large, fmt::format("{} bytes, a plugin takes {}",
                                                           request_.content_length, whole_request_limit_)));
    return true;
  }
  stage_ = Stage::gathering;
  after_gathering_ = after;
  if (request_.expect_continue) {
    // Whoever gathers must ask for the body; the upstream will get it without being asked.
    HeaderMap none(arena_);
    client_->send_interim(100, none);
    request_.headers.remove(HeaderId::expect);
    request_.expect_continue = false;
  }
  arm(request_timeout_, policy().request_body);
  client_->release(Hold::exchange);
  return true;
}

void Exchange::request_data(std::string_view bytes) {
  request_bytes_ += bytes.size();
  if (tunnel_) {
    arm(response_timeout_, policy().tunnel);
    if (upstream_ != nullptr) upstream_->send_data(bytes);
    return;
  }
  if (policy().body_bytes != 0 && request_bytes_ > policy().body_bytes) {
    fail(make_error(ErrorCode::body_too_large, fmt::format("over {} bytes", policy().body_bytes)));
    return;
  }
  if (stage_ == Stage::gathering) {
    arm(request_timeout_, policy().request_body);
    if (whole_request_.size() + bytes.size() > whole_request_limit_) {
      fail(make_error(ErrorCode::body_too_large,
                      fmt::format("over {} bytes, a plugin takes no more", whole_request_limit_)));
      return;
    }
    whole_request_.append(bytes);
  } else if (stage_ == Stage::streaming && upstream_ != nullptr) {
    arm(request_timeout_, policy().request_body);
    if (body_hooks_request_)
      run_chunk(request_side, bytes, false);
    else
      forward_request(bytes, false);
  }
}

void Exchange::request_end() {
  request_complete_ = true;
  request_timeout_.cancel();
  if (tunnel_) {
    if (upstream_ != nullptr) upstream_->send_end();
    if (upstream_complete_) finish_response();
    return;
  }
  if (stage_ == Stage::gathering) {
    // Hooks known so far see it now; a route's and an upstream's see it before it is sent (start_streaming).
    gathered_chains_ = static_cast<std::uint8_t>(chains_[2] != nullptr ? ChainCursor::kChains : 2);
    run_chunk(request_side, whole_request_, true);
  } else if (stage_ == Stage::streaming && request_.framing != Framing::none && upstream_ != nullptr) {
    if (body_hooks_request_)
      run_chunk(request_side, {}, true);
    else
      forward_request({}, true);
  }
}

void Exchange::request_chunk_done(std::string_view bytes, bool last) {
  if (stage_ == Stage::gathering) {
    if (bytes.data() != whole_request_.data()) whole_request_.assign(bytes);
    whole_request_ready_ = true;
    if (after_gathering_ == Stage::hooks)
      find_route();
    else
      after_route();
    return;
  }
  if (whole_request_ready_) {
    if (bytes.data() != whole_request_.data()) whole_request_.assign(bytes);
    bytes = whole_request_;
  }
  forward_request(bytes, last);
  if (client_ != nullptr && !last && stage_ == Stage::streaming) {
    if (!request_timeout_.armed()) expect_request();
    client_->release(Hold::exchange);
  }
}

// The client's next bytes are due from now on, unless something here keeps them back.
void Exchange::expect_request() {
  if (tunnel_ || request_complete_ || upstream_blocked_ || runs_[request_side].active) return;
  arm(request_timeout_, policy().request_body);
}

// The head has gone upstream: body may flow.
void Exchange::start_streaming() {
  stage_ = Stage::streaming;
  if (request_.framing == Framing::none) {
    forward_request({}, true);
    return;
  }
  if (whole_request_ready_) {
    // A hook still has it, from before the connection was replaced; it is sent on when that is done.
    if (runs_[request_side].active) return;
    if (gathered_chains_ < ChainCursor::kChains && has_hooks(SLUICE_ON_REQUEST_BODY)) {
      const auto first = std::exchange(gathered_chains_, std::uint8_t{ChainCursor::kChains});
      run_chunk(request_side, whole_request_, true, first);
    } else {
      forward_request(whole_request_, true);
    }
    return;
  }
  if (!replay_.empty()) {
    // What an attempt before this one was sent.
    replay_.for_each([this](std::string_view piece) { upstream_->send_data(piece); });
  }
  if (request_.framing == Framing::length && request_.content_length > kReplayBytes) replayable_ = false;
  if (runs_[request_side].active) return;  // a piece waits in a hook: nothing may pass it
  if (request_complete_) {
    forward_request({}, true);
    return;
  }
  arm(request_timeout_, policy().request_body);
  client_->release(Hold::exchange);
}

void Exchange::forward_request(std::string_view bytes, bool last) {
  if (upstream_ == nullptr) {
    // Between a connection that died and its replacement.
    if (replayable_) replay_.append(bytes);
    return;
  }
  send_kept(*upstream_, bytes, runs_[request_side]);
  // A reused connection may prove dead, or another attempt follow: what fits is kept for being sent once more.
  if (!bytes.empty() && replayable_ && !whole_request_ready_ && answer_ == Answer::none) {
    replayable_ = may_repeat() && replay_.size() + bytes.size() <= kReplayBytes;
    if (replayable_)
      replay_.append(bytes);
    else
      drop_replay();
  }
  if (!last) return;
  if (request_.trailers.size() > 0)
    upstream_->send_trailers(request_.trailers);
  else
    upstream_->send_end();
  if (answer_ != Answer::none) return;
  expect_head();
  expect_hedge();
}

// A hook's replacement lives in the run, whose memory the next piece takes: keep a copy until the turn's flush.
void Exchange::send_kept(Stream& stream, std::string_view bytes, const HookRun& run) {
  if (bytes.empty()) return;
  if (bytes.data() != run.held.data()) {
    stream.send_data(bytes);
    return;
  }
  ByteQueue copy;
  copy.append(bytes);
  copy.for_each([&stream](std::string_view piece) { stream.send_data(piece); });
  home_.loop().keep_until_flushed(std::move(copy));
}

}  // namespace sluice
