#include "http/h1/h1_upstream_session.h"

#include <cassert>

#include "base/ascii.h"
#include "http/h1/h1_writer.h"

namespace sluice::h1 {

H1UpstreamSession::H1UpstreamSession(TransportPtr transport, const HttpLimits& limits, UpstreamHome& home)
    : transport_(std::move(transport)),
      home_(home),
      loop_(transport_->loop()),
      codec_(Role::client, limits, *this) {
  transport_->set_sink(*this);
}

H1UpstreamSession::~H1UpstreamSession() = default;

void H1UpstreamSession::close() { end(make_error(ErrorCode::upstream_reset, "closed here")); }

// ---- incoming ----

void H1UpstreamSession::on_transport_open() {
  state_ = State::idle;
  transport_->read_start();
  home_.on_session_open(*this, {});
}

void H1UpstreamSession::on_transport_read(std::string_view bytes) {
  if (state_ != State::busy) {
    // A server that speaks unasked (a 408 before it closes, or worse): its bytes must never answer the next request.
    end({});
    return;
  }
  response_bytes_ = true;
  take(bytes);
}

void H1UpstreamSession::take(std::string_view bytes) {
  while (!bytes.empty() && holds_ == 0 && state_ == State::busy) {
    if (tunnel_) {
      if (sink_ != nullptr) sink_->on_stream_event(DataEvent{bytes});
      return;
    }
    if (switching_) break;  // the new protocol's first bytes wait for become_tunnel()
    if (response_done_) {
      keep_alive_ = false;  // more than was asked for
      return;
    }
    parsing_ = true;
    const std::size_t used = codec_.parse(bytes);
    parsing_ = false;
    if (used == 0 && !tunnel_) break;  // paused, or broken: what is left has no known meaning
    bytes.remove_prefix(used);
  }
  if (state_ == State::idle && !bytes.empty()) {
    // More than was asked for, in the read that ended the response: what follows must never answer the next request.
    end({});
    return;
  }
  if (state_ != State::busy) return;
  ahead_.append(bytes);
  update_reading();
}

void H1UpstreamSession::take_ahead() {
  if (parsing_ || holds_ != 0 || state_ != State::busy) return;
  if (!tunnel_ && !response_done_ && response_bytes_) {
    // A pause at the last piece of a body leaves its End to be delivered.
    parsing_ = true;
    codec_.parse({});
    parsing_ = false;
  }
  if (!ahead_.empty() && holds_ == 0 && state_ == State::busy && (!switching_ || tunnel_)) {
    ByteQueue held = std::move(ahead_);
    held.for_each([this](std::string_view piece) { take(piece); });
    loop_.keep_until_flushed(std::move(held));
  }
  if (eof_ && ahead_.empty() && holds_ == 0 && state_ == State::busy) on_transport_eof();
}

MessageHead& H1UpstreamSession::on_message_begin() {
  head_->headers.clear();
  head_->trailers.clear();
  head_->status = 0;
  return *head_;
}

void H1UpstreamSession::on_codec_event(const Event& event) {
  if (std::holds_alternative<HeadersEvent>(event) && !head_->is_interim()) {
    switching_ = head_->status == 101;
    keep_alive_ = keep_alive_ && head_->keep_alive && head_->framing != Framing::close;
    note_keep_alive();
  } else if (std::holds_alternative<EndEvent>(event)) {
    response_done_ = true;
    if (switching_) return;  // not the end of anything: the tunnel begins
  } else if (std::holds_alternative<AbortEvent>(event)) {
    keep_alive_ = false;
  }
  if (sink_ != nullptr) sink_->on_stream_event(event);
}

// "Keep-Alive: timeout=5, max=100": reuse must stop before the server closes.
void H1UpstreamSession::note_keep_alive() {
  auto value = head_->headers.get(HeaderId::keep_alive);
  if (!value) return;
  ascii::for_each_element(*value, [this](std::string_view element) {
    if (!element.starts_with("timeout=")) return;
    if (auto seconds = ascii::to_number(element.substr(8)); seconds && *seconds < 86400)
      promised_idle_ = std::chrono::seconds(*seconds);
  });
}

void H1UpstreamSession::on_transport_eof() {
  eof_ = true;
  keep_alive_ = false;
  if (state_ != State::busy) {
    end({});
    return;
  }
  if (holds_ != 0 || !ahead_.empty()) return;  // told once the held bytes are through
  if (tunnel_) {
    if (sink_ != nullptr) sink_->on_stream_event(EndEvent{});
    return;
  }
  if (response_done_) {
    if (switching_) end(make_error(ErrorCode::upstream_reset, "closed after 101"));
    return;
  }
  if (codec_.between_messages()) {
    end(make_error(ErrorCode::upstream_reset, "closed before a response"));
    return;
  }
  codec_.on_eof();
}

void H1UpstreamSession::on_transport_failed(int uv_status) {
  if (state_ == State::connecting) {
    Error error = make_error(ErrorCode::connect_failed, uv_strerror(uv_status));
    error.retryable = true;
    home_.on_session_open(*this, error);
    end(std::move(error));
    return;
  }
  end(make_error(ErrorCode::upstream_reset, uv_strerror(uv_status)));
}

// ---- outgoing ----

void H1UpstreamSession::send_request(std::string_view method, std::string_view target,
                                     std::string_view authority, const HeaderMap& headers, BodyPlan body,
                                     std::string_view upgrade, ResponseHead& head) {
  assert(state_ == State::idle);
  state_ = State::busy;
  ++requests_;
  head_ = &head;
  chunked_ = body.kind == BodyPlan::unknown;
  request_done_ = response_done_ = response_bytes_ = blocked_ = false;
  WriteFraming framing;
  framing.upgrade = upgrade;
  if (body.kind == BodyPlan::length) {
    framing.framing = Framing::length;
    framing.content_length = body.length_bytes;
  } else if (chunked_) {
    framing.framing = Framing::chunked;
  } else {
    // RFC 9110 8.6: methods that usually have a body say that this one is empty.
    framing.write_length_zero = method == "POST" || method == "PUT" || method == "PATCH";
  }
  codec_.expect_response_to(method);
  output_.add(write_request_head(output_.arena(), method, target, authority, headers, framing));
  loop_.flush_later(*this);
}

void H1UpstreamSession::send_data(std::string_view bytes) {
  if (bytes.empty() || state_ != State::busy) return;
  const bool framed = chunked_ && !tunnel_;
  if (framed) output_.add(write_chunk_size(output_.arena(), bytes.size()));
  output_.add(bytes);
  if (framed) output_.add(kChunkEnd);
  loop_.flush_later(*this);
}

void H1UpstreamSession::send_trailers(const HeaderMap& trailers) {
  if (!chunked_ || trailers.size() == 0) {
    send_end();
    return;
  }
  request_done_ = true;
  output_.add(write_trailers(output_.arena(), trailers));
  loop_.flush_later(*this);
}

void H1UpstreamSession::send_end() {
  if (state_ != State::busy) return;
  if (tunnel_)
    fin_wanted_ = true;
  else if (!request_done_ && chunked_)
    output_.add(kLastChunk);
  request_done_ = true;
  loop_.flush_later(*this);
}

std::size_t H1UpstreamSession::unsent() const {
  return output_.bytes() + (transport_ != nullptr ? transport_->unsent() : 0);
}

void H1UpstreamSession::flush() {
  if (transport_ == nullptr) {
    output_.clear();
    return;
  }
  if (!output_.empty()) {
    const bool more_follows = loop_.expects_more() && !request_done_;
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

void H1UpstreamSession::on_transport_drained() {
  if (std::exchange(blocked_, false) && sink_ != nullptr) sink_->on_stream_notice(Notice::sendable);
}

// ---- holding ----

void H1UpstreamSession::hold(Hold reason) {
  holds_ |= static_cast<std::uint8_t>(reason);
  if (parsing_) codec_.pause();
  update_reading();
}

void H1UpstreamSession::release(Hold reason) {
  holds_ &= static_cast<std::uint8_t>(~static_cast<std::uint8_t>(reason));
  take_ahead();
  update_reading();
}

void H1UpstreamSession::update_reading() {
  // While parsing, a hold often ends before it has begun; take() looks again.
  if (transport_ == nullptr || parsing_) return;
  if (holds_ != 0 || !ahead_.empty())
    transport_->read_stop();
  else
    transport_->read_start();
}

void H1UpstreamSession::become_tunnel() {
  tunnel_ = true;
  keep_alive_ = false;
  loop_.defer([](void* self) { static_cast<H1UpstreamSession*>(self)->take_ahead(); }, this);
}

// ---- ends ----

void H1UpstreamSession::finish() {
  sink_ = nullptr;
  if (state_ == State::closed) return;
  holds_ = 0;
  const bool clean = keep_alive_ && request_done_ && response_done_ && !tunnel_ && ahead_.empty() &&
                     output_.empty() && transport_->unsent() == 0;
  if (!clean) {
    // Also cancels a request that the server is still working on.
    end({});
    return;
  }
  head_ = nullptr;
  state_ = State::idle;
  update_reading();
  home_.on_session_idle(*this);
}

void H1UpstreamSession::end(Error error) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  timeout.cancel();
  StreamSink* sink = std::exchange(sink_, nullptr);
  transport_.reset();
  if (sink != nullptr) {
    if (!error) error = make_error(ErrorCode::upstream_reset);
    sink->on_stream_event(AbortEvent{std::move(error), true});
  }
  home_.on_session_closed(*this);
}

}  // namespace sluice::h1
