// A client in memory: the stream of one request under check, from the bytes that a client would send to what it would get.
//
//   pieces of bytes --real codec--> events --> the exchange's client side      the exchange --send_*--> status, fields, body
//
// Reads on only while the exchange holds nothing, a piece a step, as a session does. [loop]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/exchange.h"
#include "http/h1/h1_codec.h"
#include "http/stream.h"

namespace sluice::check {

class MemoryClient final : public ServerStream, private CodecSink {
 public:
  // `pieces` make one request (and, after a 101, what follows it); the client closes when `closes` and all is sent.
  MemoryClient(Loop& loop, std::vector<std::string> pieces, bool closes);
  // Before the first step().
  void attach(Exchange& exchange);

  // Send the next piece, if the exchange takes it. True when something was sent. Opens a turn.
  bool step();
  // The connection is gone. In a turn.
  void abort();

  bool is_finished() const { return finished_; }
  int status() const { return status_; }
  // Calls that came from the exchange so far; for telling whether anything moves.
  std::size_t calls() const { return calls_; }
  const std::string& body() const { return body_; }
  bool is_whole() const { return ended_; }

  // ---- ServerStream ----
  void send_interim(int, const HeaderMap&) override { ++calls_; }
  void send_response(int status, const HeaderMap& headers, BodyPlan body, std::string_view upgrade,
                     bool keep_alive) override;
  void send_data(std::string_view bytes) override;
  void send_trailers(const HeaderMap&) override { ended_ = true; }
  void send_end() override { ended_ = true; }
  std::size_t unsent() const override { return 0; }
  void hold(Hold reason) override;
  void release(Hold reason) override {
    holds_ &= static_cast<std::uint8_t>(~static_cast<std::uint8_t>(reason));
  }
  void become_tunnel() override { tunnel_ = true; }
  void finish() override;

 private:
  MessageHead& on_message_begin() override { return exchange_->request(); }
  void on_codec_event(const Event& event) override;

  Loop& loop_;
  HttpLimits limits_;
  h1::H1Codec codec_;
  const std::vector<std::string> pieces_;  // kept, as events view their bytes
  std::size_t piece_ = 0;                  // being sent
  std::size_t sent_ = 0;                   // bytes of it
  Exchange* exchange_ = nullptr;
  const bool closes_;
  std::uint8_t holds_ = 0;
  bool tunnel_ = false;
  bool parsing_ = false;
  bool paused_ = false;       // inside a piece: an event may be due
  bool is_complete_ = false;  // the request; what follows waits for the tunnel
  bool finished_ = false;
  bool closed_ = false;
  bool ended_ = false;
  int status_ = 0;
  std::size_t calls_ = 0;
  std::string body_;
};

}  // namespace sluice::check
