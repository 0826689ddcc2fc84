#include "check/memory_client.h"

#include <utility>

namespace sluice::check {

// Limits far above a gateway's own: what a configuration may allow, a plugin may meet.
MemoryClient::MemoryClient(Loop& loop, std::vector<std::string> pieces, bool closes)
    : loop_(loop),
      limits_{.header_bytes = 4 << 20, .header_count = 4096, .uri_bytes = 1 << 20},
      codec_(Role::server, limits_, *this),
      pieces_(std::move(pieces)),
      closes_(closes) {}

void MemoryClient::attach(Exchange& exchange) { exchange_ = &exchange; }

bool MemoryClient::step() {
  if (finished_ || closed_ || holds_ != 0) return false;
  if (is_complete_ && !tunnel_ && piece_ < pieces_.size()) return false;
  Turn turn(loop_);
  if (paused_ && !tunnel_) {
    // What was due when the exchange said stop: the End of a body, for one.
    paused_ = false;
    parsing_ = true;
    codec_.parse({});
    parsing_ = false;
    if (finished_ || holds_ != 0) return true;
  }
  if (piece_ == pieces_.size()) {
    if (!closes_) return false;
    closed_ = true;
    if (tunnel_)
      exchange_->client_sink().on_stream_event(EndEvent{});
    else
      exchange_->client_sink().on_stream_notice(Notice::half_closed);
    return true;
  }
  const auto rest = std::string_view(pieces_[piece_]).substr(sent_);
  std::size_t taken = rest.size();
  if (tunnel_) {
    exchange_->client_sink().on_stream_event(DataEvent{rest});
  } else {
    parsing_ = true;
    taken = codec_.parse(rest);
    parsing_ = false;
  }
  sent_ += taken;
  if (sent_ == pieces_[piece_].size()) {
    ++piece_;
    sent_ = 0;
  }
  return true;
}

void MemoryClient::abort() {
  if (finished_ || closed_ || exchange_ == nullptr) return;
  closed_ = finished_ = true;
  exchange_->client_sink().on_stream_event(
      AbortEvent{make_error(ErrorCode::client_closed, "the client went away"), true});
}

void MemoryClient::on_codec_event(const Event& event) {
  is_complete_ |= std::holds_alternative<EndEvent>(event);
  if (!finished_) exchange_->client_sink().on_stream_event(event);
}

void MemoryClient::send_response(int status, const HeaderMap&, BodyPlan, std::string_view, bool) {
  ++calls_;
  status_ = status;
}

void MemoryClient::send_data(std::string_view bytes) {
  ++calls_;
  body_.append(bytes);
}

void MemoryClient::hold(Hold reason) {
  holds_ |= static_cast<std::uint8_t>(reason);
  if (!parsing_) return;
  codec_.pause();
  paused_ = true;
}

void MemoryClient::finish() { finished_ = true; }

}  // namespace sluice::check
