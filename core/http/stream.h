// One request and its response as seen at one end: the seam between an exchange and any protocol's session.
//
// A session (connection + codec) makes streams. Incoming events go to the stream's sink; outgoing ones come through its
// methods. The same interface serves the client side (requests come in) and the upstream side (responses come in), and
// HTTP/1 and HTTP/2.
//
// All on the loop's thread, all inside a loop turn (net/loop.h). Views given to send_* are used or copied before the turn
// ends; views in events are valid until the turn ends.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "http/message.h"

namespace sluice {

// Why reading is held; reading goes on when no reason is left.
enum class Hold : std::uint8_t {
  exchange = 1,   // the exchange is not ready for body (hooks, connecting)
  unsent = 2,     // the other side is slow
  session = 4,    // the session itself (a pipelined request waits for its turn)
};

class Transport;

class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual void on_stream_event(const Event& event) = 0;
  // `unsent()` has fallen to the low-water mark after having been above the high one.
  virtual void on_stream_sendable() = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // ---- outgoing: head, data*, trailers?, end ----
  // `end`: nothing follows. Server role: a ResponseHead's fields, status may be interim (then more heads follow).
  virtual void send_data(std::string_view bytes) = 0;
  virtual void send_trailers(const HeaderMap& trailers) = 0;  // also ends
  virtual void send_end() = 0;
  // Bytes taken but not yet with the kernel.
  virtual std::size_t unsent() const = 0;

  // ---- incoming ----
  virtual void hold(Hold reason) = 0;
  virtual void release(Hold reason) = 0;

  // Give up: the other end sees an incomplete message (HTTP/1: the connection closes; HTTP/2: RST_STREAM). No event follows.
  virtual void abort() = 0;
};

}  // namespace sluice
