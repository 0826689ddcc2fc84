// One check of one endpoint: connect, perhaps say something, look at what comes, close.
//
//   begin --> connecting --open--> on_open: send --bytes--> judged: done(passed, what was found)
//                 '-- refused, reset, closed: done(false, why)
//
// Owned through CheckPtr by a prober, which keeps the time and hears the end through CheckSink. A check stands on the transport and,
// for HTTP, the codec alone: a session would keep the connection, and cannot ask for `Connection: close`. [loop]
#pragma once

#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "net/socket_transport.h"
#include "net/transport.h"
#include "upstream/endpoint.h"
#include "upstream/settings.h"

namespace sluice {

class CheckSink {
 public:
  // The last call. `found` for people: "200", "connect: connection refused". Never from inside start_check().
  virtual void on_check_done(bool passed, std::string found) = 0;

 protected:
  ~CheckSink() = default;
};

class Check : private TransportSink {
 public:
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;
  ~Check() override = default;

  // Connects. False when there is no socket to be had, which says nothing of the endpoint.
  bool begin(Loop& loop, const Connector& connector, const Address& to, CheckSink& sink);
  // What it is waiting for: "connecting", "waiting for the response".
  std::string_view doing() const { return doing_; }

  // Closes the connection at once and frees the check at the end of the turn: it may be at work further up the stack. In a turn.
  struct Drop {
    void operator()(Check* check) const;
  };

 protected:
  Check() = default;
  virtual void on_open() = 0;
  virtual void on_bytes(std::string_view bytes) = 0;
  virtual void on_end() = 0;

  void send(std::string_view bytes, std::string_view doing);
  void wait_for(std::string_view doing) { doing_ = doing; }
  void done(bool passed, std::string found);
  bool is_done() const { return sink_ == nullptr; }

 private:
  void on_transport_open() final;
  void on_transport_read(std::string_view bytes) final;
  void on_transport_eof() final;
  void on_transport_drained() final {}
  void on_transport_failed(int uv_status) final;

  Loop* loop_ = nullptr;
  CheckSink* sink_ = nullptr;
  TransportPtr transport_;
  std::string_view doing_ = "connecting";
  bool is_open_ = false;
};

using CheckPtr = std::unique_ptr<Check, Check::Drop>;

// Begins what `settings` (not of kind none) say. Null when there is no socket to be had. `random`: for the bytes of a TLS hello, which
// are no secret. In a turn.
CheckPtr start_check(Loop& loop, const Connector& connector, const Endpoint& endpoint,
                     const CheckSettings& settings, std::mt19937_64& random, CheckSink& sink);

}  // namespace sluice
