// Connections without a kernel: what a session writes is kept, what it shall read is put in by the test, one event at a time.
//
//   session --write--> queued --room--> sent (the far end has it)      incoming --step()--> session
//
// Nothing happens by itself: step() brings the next event (a connect that ends, bytes, EOF, room for what is queued) in a turn
// of its own, as libuv would. Bytes read live in a block of their own until their turn has ended, so that AddressSanitizer sees
// a view that is kept longer. The nth operation can be made to fail. Used on the loop's thread.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/socket_transport.h"
#include "net/transport.h"

namespace sluice::test {

class FakeNet;

// How an operation fails: the connection breaks; it ends as if the far end had closed it; nothing moves on it any more.
enum class Fault { reset, close, stall };

class FakeTransport final : public Transport {
 public:
  FakeTransport(FakeNet& net, const Address& remote) : net_(net), remote_(remote) {}

  // ---- the far end's view ----
  std::string sent;    // all that it has got
  std::string queued;  // taken by write(), waiting for room
  std::size_t room = std::string::npos;
  std::deque<std::string> incoming;  // each piece is one read, or several when the net cuts
  bool incoming_end = false;         // FIN behind them
  int incoming_error = 0;            // a uv status: the connection breaks before them
  bool is_connecting = false;
  int connect_status = 0;
  bool is_closed = false;  // let go of
  bool fin_sent = false;
  bool reset = false;      // closed with RST
  bool is_broken = false;  // failed under the session
  bool is_stalled = false;
  bool is_reading = false;

  // Put bytes in, as one read.
  void feed(std::string_view bytes) { incoming.emplace_back(bytes); }
  // True when the far end sees a clean end behind `sent`.
  bool has_ended() const { return fin_sent || (is_closed && !reset && !is_broken); }

  // ---- Transport ----
  void set_sink(TransportSink& sink) override { sink_ = &sink; }
  void read_start() override { is_reading = true; }
  void read_stop() override { is_reading = false; }
  std::size_t write(std::span<const std::string_view> pieces, bool more_follows = false) override;
  std::size_t unsent() const override { return queued.size(); }
  void shut_down() override;
  void reset_on_close() override { reset_wanted_ = true; }
  const Address& remote() const override { return remote_; }
  Address local() const override { return remote_; }
  Loop& loop() override;
  bool is_quiet() const override { return incoming.empty() && !incoming_end && incoming_error == 0; }

 private:
  friend class FakeNet;
  void close() override;
  bool step();
  bool step_read();
  void move_queued();
  void fail(int status);
  void fail_later(int status);

  FakeNet& net_;
  TransportSink* sink_ = nullptr;
  Address remote_;
  bool fin_wanted_ = false;
  bool end_told_ = false;
  bool reset_wanted_ = false;
  bool told_ = false;  // of the failure
};

class FakeNet {
 public:
  explicit FakeNet(Loop& loop) : loop_(loop) {}

  // A connection that is open: the session's end, and the far one.
  std::pair<TransportPtr, FakeTransport*> open(std::string_view remote = "192.0.2.7:5555");
  // Connects to fake far ends; they end up in `connected`.
  Connector connector();
  std::vector<FakeTransport*> connected;
  int connect_status = 0;      // of the connects to come
  int connects_refused = 0;    // so many of them are refused all the same
  bool connects_hang = false;  // the connects to come never end

  // The next event. False when there is none.
  bool step();
  void settle() {
    while (step()) {}
  }
  // The nth operation from now on (from 1: a connect, a read, a write) fails like this; 0: none.
  void fail_nth(int nth, Fault how) {
    nth_ = nth;
    how_ = how;
    operations_ = 0;
  }
  bool has_failed() const { return nth_ != 0 && operations_ >= nth_; }
  // Most bytes that one read brings.
  std::size_t cut = std::string::npos;
  // Connections that a session still holds.
  std::size_t alive() const;
  Loop& loop() { return loop_; }

 private:
  friend class FakeTransport;
  bool is_due() { return ++operations_ == nth_; }

  Loop& loop_;
  std::vector<std::unique_ptr<FakeTransport>> all_;
  std::size_t turn_ = 0;
  int nth_ = 0;
  int operations_ = 0;
  Fault how_ = Fault::reset;
};

}  // namespace sluice::test
