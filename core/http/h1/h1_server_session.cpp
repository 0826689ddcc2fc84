#include "http/h1/h1_server_session.h"

#include <cassert>

#include "http/h1/h1_writer.h"

namespace sluice::h1 {
namespace {

// How long a closing connection is read on so that its last response is not lost to a reset (RFC 9112 9.6), and how much.
constexpr std::chrono::milliseconds kLinger{2000};
// What is read ahead of a request that waits, so that a client which leaves is noticed: one more read may come on top.
constexpr std::size_t kAhead = 16 * 1024;
// A request body that nobody wants any more is read to its end, and the connection kept, when it is no longer than this.
constexpr std::uint64_t kDiscarded = 64 * 1024;

}  // namespace

H1ServerSession::H1ServerSession(TransportPtr transport, const ServerSessionSettings& settings,
                                 SessionHome& home)
    : transport_(std::move(transport)),
      settings_(settings),
      home_(home),
      loop_(transport_->loop()),
      codec_(Role::server, settings.limits, *this),
      timeout_([](void* self) { static_cast<H1ServerSession*>(self)->on_timeout(); }, this) {
  transport_->set_sink(*this);
}

H1ServerSession::~H1ServerSession() = default;

void H1ServerSession::start() {
  // A new connection has the header time, not the keep-alive time, to show its first request.
  arm(settings_.request_header);
  transport_->read_start();
}

void H1ServerSession::drain() {
  draining_ = true;
  if (state_ == State::idle) leave();
  if (std::exchange(discarding_, false)) linger();
}

void H1ServerSession::close() {
  if (state_ == State::closed) return;
  if (transport_ != nullptr) transport_->reset_on_close();
  end(make_error(ErrorCode::draining));
}

// ---- incoming ----

void H1ServerSession::on_transport_read(std::string_view bytes) {
  if (state_ == State::lingering) return;
  if (ahead_.empty()) {
    take(bytes);
    return;
  }
  ahead_.append(bytes);
  take_ahead();
  if (state_ != State::closed) update_reading();
}

// Parse while this request wants bytes; the rest is kept: body that is held, or a pipelined request, which waits until the
// response before it is out (RFC 9112 9.3.2).
void H1ServerSession::take(std::string_view bytes) {
  // A hold that began and ended inside the parse has paused the codec all the same: an End may still be due.
  bool due = false;
  while ((!bytes.empty() || due) && wants_bytes()) {
    if (tunnel_) {
      if (sink_ != nullptr) sink_->on_stream_event(DataEvent{bytes});
      return;
    }
    paused_ = false;
    parsing_ = true;
    bytes.remove_prefix(codec_.parse(bytes));
    parsing_ = false;
    due = paused_;
  }
  if (state_ == State::closed || state_ == State::lingering) return;
  ahead_.append(bytes);
  update_reading();
}

void H1ServerSession::take_ahead() {
  if (parsing_) return;
  parse_ahead();
  settle_eof();
}

void H1ServerSession::parse_ahead() {
  if (!wants_bytes()) return;
  if (state_ == State::busy && !tunnel_) {
    // A pause at the last piece of a body leaves its End to be delivered.
    parsing_ = true;
    codec_.parse({});
    parsing_ = false;
  }
  if (ahead_.empty() || !wants_bytes()) return;
  ByteQueue held = std::move(ahead_);
  held.for_each([this](std::string_view piece) { take(piece); });
  loop_.keep_until_flushed(std::move(held));
}

bool H1ServerSession::wants_bytes() const {
  if (holds_ != 0) return false;
  if (tunnel_) return state_ == State::busy;
  return state_ == State::idle || state_ == State::head ||
         (state_ == State::busy && !request_done_ && !broken_);
}

MessageHead& H1ServerSession::on_message_begin() {
  ++requests_;
  state_ = State::head;
  sent_ = Sent::nothing;
  keep_alive_ = true;
  request_done_ = false;
  body_allowed_ = true;
  eof_told_ = false;
  chunked_ = false;
  auto opened = home_.on_stream_open(*this, *this);
  sink_ = &opened.sink;
  head_ = &opened.head;
  arm(settings_.request_header);
  return opened.head;
}

void H1ServerSession::on_codec_event(const Event& event) {
  if (std::holds_alternative<HeadersEvent>(event)) {
    timeout_.cancel();
    state_ = State::busy;
    keep_alive_ = head_->keep_alive;
    if (head_->is_head()) body_allowed_ = false;
  } else if (std::holds_alternative<EndEvent>(event)) {
    request_done_ = true;
    if (std::exchange(discarding_, false)) {
      state_ = State::finishing;
      loop_.defer([](void* self) { static_cast<H1ServerSession*>(self)->next_request(); }, this);
      return;
    }
  } else if (std::holds_alternative<AbortEvent>(event)) {
    timeout_.cancel();
    state_ = State::busy;
    keep_alive_ = false;
    broken_ = true;  // the rest of the bytes has no known meaning
  }
  if (sink_ != nullptr) sink_->on_stream_event(event);
}

void H1ServerSession::on_transport_eof() {
  client_eof_ = true;
  settle_eof();
}

// What the end of the client's bytes means, once all of them have been parsed.
void H1ServerSession::settle_eof() {
  if (!client_eof_ || !ahead_.empty()) return;
  switch (state_) {
    case State::head: end(make_error(ErrorCode::client_closed, "connection closed inside a request")); break;
    case State::busy:
      if (tunnel_ || request_done_) {
        keep_alive_ = false;
        if (std::exchange(eof_told_, true) || sink_ == nullptr) break;
        if (tunnel_)
          sink_->on_stream_event(EndEvent{});
        else
          sink_->on_stream_notice(Notice::half_closed);
      } else if (discarding_) {
        discarding_ = keep_alive_ = false;
        leave();
      } else if (!codec_.at_end()) {  // else its End follows when it is let go
        end(make_error(ErrorCode::client_closed, "connection closed inside a request"));
      }
      break;
    case State::finishing: keep_alive_ = false; break;
    case State::idle: leave(); break;
    case State::lingering:
      if (transport_->unsent() == 0) end({});
      break;
    case State::closed: break;
  }
}

void H1ServerSession::on_transport_failed(int uv_status) {
  end(make_error(ErrorCode::client_closed, uv_strerror(uv_status)));
}

void H1ServerSession::on_timeout() {
  if (state_ == State::head && sink_ != nullptr) {
    keep_alive_ = false;
    broken_ = true;
    state_ = State::busy;
    sink_->on_stream_event(AbortEvent{make_error(ErrorCode::header_timeout)});
    return;
  }
  if (state_ == State::lingering || (holds_ & static_cast<std::uint8_t>(Hold::session)) != 0) {
    if (const auto waiting = transport_->unsent(); waiting > 0 && waiting != unsent_at_) {
      wait_for_reader();  // slow, not stuck
      return;
    }
    // Without its rest the response must not look whole (RFC 9112 8).
    if (transport_->unsent() > 0) transport_->reset_on_close();
    end({});
    return;
  }
  leave();
}

// ---- outgoing ----

void H1ServerSession::send_interim(int status, const HeaderMap& headers) {
  if (sent_ != Sent::nothing || head_ == nullptr || head_->version == Version::http10) return;
  output_.add(write_response_head(output_.arena(), status, headers, {}));
  loop_.flush_later(*this);
}

void H1ServerSession::send_response(int status, const HeaderMap& headers, BodyPlan body,
                                    std::string_view upgrade, bool keep_alive) {
  assert(sent_ == Sent::nothing);
  sent_ = Sent::head;
  const bool http10 = head_->version == Version::http10;
  const bool no_body = status == 204 || status == 304 || status == 101;
  // A body that is not read to its end leaves the connection at an unknown place.
  const bool may_discard = head_->framing == Framing::none ||
                           (head_->framing == Framing::length && head_->content_length <= kDiscarded);
  const bool is_readable = request_done_ || (may_discard && !head_->expect_continue);
  keep_alive_ = keep_alive_ && keep_alive && !draining_ && !broken_ && is_readable &&
                !(client_eof_ && ahead_.empty()) &&
                (settings_.max_requests == 0 || requests_ < settings_.max_requests);
  WriteFraming framing;
  switch (body.kind) {
    case BodyPlan::none: framing.write_length_zero = !no_body && body_allowed_; break;
    case BodyPlan::length:
      if (status == 204) break;  // RFC 9110 8.6
      framing.framing = Framing::length;
      framing.content_length = body.length_bytes;
      break;
    case BodyPlan::unknown:
      framing.framing = http10 || !body_allowed_ || no_body ? Framing::close : Framing::chunked;
      if (http10) keep_alive_ = false;
  }
  if (no_body) body_allowed_ = false;
  chunked_ = framing.framing == Framing::chunked;
  framing.keep_alive = keep_alive_ || !upgrade.empty();
  framing.keep_alive_http10 = http10 && keep_alive_;
  framing.upgrade = upgrade;
  output_.add(write_response_head(output_.arena(), status, headers, framing));
  loop_.flush_later(*this);
}

void H1ServerSession::send_data(std::string_view bytes) {
  if (bytes.empty() || state_ == State::closed) return;
  if (!tunnel_ && !body_allowed_) return;
  if (chunked_ && !tunnel_) output_.add(write_chunk_size(output_.arena(), bytes.size()));
  output_.add(bytes);
  if (chunked_ && !tunnel_) output_.add(kChunkEnd);
  loop_.flush_later(*this);
}

void H1ServerSession::send_trailers(const HeaderMap& trailers) {
  if (!chunked_ || trailers.size() == 0) {
    send_end();
    return;
  }
  sent_ = Sent::end;
  output_.add(write_trailers(output_.arena(), trailers));
  loop_.flush_later(*this);
}

void H1ServerSession::send_end() {
  if (sent_ == Sent::end) return;
  sent_ = Sent::end;
  if (tunnel_)
    fin_wanted_ = true;
  else if (chunked_)
    output_.add(kLastChunk);
  loop_.flush_later(*this);
}

std::size_t H1ServerSession::unsent() const {
  return output_.bytes() + (transport_ != nullptr ? transport_->unsent() : 0);
}

void H1ServerSession::flush() {
  if (transport_ == nullptr) {
    output_.clear();
    return;
  }
  if (!output_.empty()) {
    const bool more_follows = loop_.expects_more() && sent_ == Sent::head;
    const std::size_t waiting = transport_->write(output_.pieces(), more_follows);
    output_.clear();
    if (waiting >= kUnsentHigh && !blocked_) {
      blocked_ = true;
      if (sink_ != nullptr) sink_->on_stream_notice(Notice::blocked);
    }
  }
  if (fin_wanted_) {
    fin_wanted_ = false;
    transport_->shut_down();
  }
}

void H1ServerSession::on_transport_drained() {
  if (state_ == State::lingering) {
    // The rest of the response is out.
    if (client_eof_)
      end({});
    else
      arm(kLinger);
    return;
  }
  if (state_ == State::idle && (holds_ & static_cast<std::uint8_t>(Hold::session)) != 0) {
    holds_ = 0;
    go_on();
    return;
  }
  if (std::exchange(blocked_, false) && sink_ != nullptr) sink_->on_stream_notice(Notice::sendable);
}

// ---- holding ----

void H1ServerSession::hold(Hold reason) {
  holds_ |= static_cast<std::uint8_t>(reason);
  if (parsing_) {
    codec_.pause();
    paused_ = true;
  }
  update_reading();
}

void H1ServerSession::release(Hold reason) {
  holds_ &= static_cast<std::uint8_t>(~static_cast<std::uint8_t>(reason));
  take_ahead();
  update_reading();
}

void H1ServerSession::update_reading() {
  // While parsing, a hold often ends before it has begun; take() looks again.
  if (transport_ == nullptr || parsing_) return;
  // Held by a slow reader: not a byte more. Held by the exchange, or read ahead of its turn: a little more, since only
  // reading shows that the client has left.
  const bool is_blocked = (holds_ & ~static_cast<unsigned>(Hold::exchange)) != 0 || (holds_ != 0 && tunnel_);
  if (state_ != State::lingering && (is_blocked || ahead_.size() >= kAhead))
    transport_->read_stop();
  else
    transport_->read_start();
}

void H1ServerSession::become_tunnel() {
  tunnel_ = true;
  eof_told_ = false;  // an end that was a half-closed request so far
  sent_ = Sent::head;
  // What the client sent ahead of the 101 is the tunnel's first bytes.
  loop_.defer([](void* self) { static_cast<H1ServerSession*>(self)->take_ahead(); }, this);
}

// ---- ends ----

void H1ServerSession::arm(std::chrono::milliseconds length) {
  timeout_.cancel();
  if (length.count() > 0) timeout_.arm(loop_.timeouts(length));
}

bool H1ServerSession::reusable() const {
  return keep_alive_ && request_done_ && sent_ == Sent::end && !tunnel_ && !draining_;
}

void H1ServerSession::finish() {
  if (state_ == State::closed) return;
  sink_ = nullptr;
  state_ = State::finishing;
  // What is still to be written may view the exchange's memory, and parsing on must not happen inside its calls.
  loop_.flush_later(*this);
  loop_.defer([](void* self) { static_cast<H1ServerSession*>(self)->next_request(); }, this);
}

void H1ServerSession::next_request() {
  if (state_ != State::finishing) return;
  head_ = nullptr;
  holds_ = 0;
  blocked_ = false;
  if (sent_ != Sent::end) {
    // The client must not take half a response for a whole one.
    transport_->reset_on_close();
    end({});
    return;
  }
  if (keep_alive_ && !request_done_ && !tunnel_ && !draining_) {
    discarding_ = true;
    state_ = State::busy;
    arm(settings_.request_header.count() > 0 ? settings_.request_header : kLinger);
    take_ahead();
    if (state_ != State::closed) update_reading();
    return;
  }
  if (!reusable()) {
    linger();
    return;
  }
  state_ = State::idle;
  request_done_ = false;
  if (transport_->unsent() >= kUnsentHigh) {
    // It asks and does not take the answers: no further request until it has (on_transport_drained).
    holds_ = static_cast<std::uint8_t>(Hold::session);
    wait_for_reader();
    update_reading();
    return;
  }
  go_on();
}

// Idle, and ready for the next request.
void H1ServerSession::go_on() {
  arm(settings_.keep_alive);
  take_ahead();
  update_reading();
}

void H1ServerSession::wait_for_reader() {
  unsent_at_ = transport_->unsent();
  arm(settings_.send);
}

// Between requests: nothing is lost by closing, but what a slow client has not yet read of its last response.
void H1ServerSession::leave() {
  if (transport_->unsent() > 0)
    linger();
  else
    end({});
}

void H1ServerSession::linger() {
  // Nothing of the client's is unread, so closing sends FIN behind the response, not RST.
  if (request_done_ && ahead_.empty() && transport_->unsent() == 0 && !tunnel_) {
    end({});
    return;
  }
  state_ = State::lingering;
  ahead_.clear();
  if (client_eof_ && transport_->unsent() == 0) {
    end({});
    return;
  }
  if (transport_->unsent() > 0)
    wait_for_reader();
  else
    arm(kLinger);
  transport_->shut_down();
  update_reading();
}

void H1ServerSession::end(Error error) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  timeout_.cancel();
  StreamSink* sink = std::exchange(sink_, nullptr);
  transport_.reset();
  if (sink != nullptr) {
    if (!error) error = make_error(ErrorCode::client_closed);
    sink->on_stream_event(AbortEvent{std::move(error), true});
  }
  home_.on_session_closed(*this);
}

}  // namespace sluice::h1
