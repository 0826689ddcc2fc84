// One request and its response as seen at one end: the seam between an exchange and any protocol's session.
//
// A session (connection + codec) makes streams. Incoming events go to the stream's sink; outgoing ones come through its
// methods. ServerStream is the client side (requests come in), UpstreamStream the upstream side (responses come in); HTTP/1
// and HTTP/2 sessions both provide them, so the exchange knows no protocol.
//
// All on the loop's thread, all inside a loop turn (net/loop.h). Views given to send_* must stay valid until the turn's
// flush; views in events are valid until the turn ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "http/message.h"
#include "net/address.h"

namespace sluice {

// Why incoming data is held; it flows when no reason is left.
enum class Hold : std::uint8_t {
  exchange = 1,  // the exchange is not ready for body (hooks, connecting)
  unsent = 2,    // the other side is slow
  session = 4,   // the session itself (a pipelined request waits for its turn)
};

enum class Notice : std::uint8_t {
  blocked,      // over kUnsentHigh bytes wait for the other end's reading: stop sending
  sendable,     // all of them have gone
  half_closed,  // client side: the client sends no more, after a complete request
};

// Bytes waiting in a connection's queue from which the source is held: one shared read buffer's worth, so that a slow reader
// costs at most about twice that.
inline constexpr std::size_t kUnsentHigh = 64 * 1024;

class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual void on_stream_event(const Event& event) = 0;
  virtual void on_stream_notice(Notice notice) = 0;
};

// What the sender knows of the body it is about to send; the session chooses the framing.
struct BodyPlan {
  enum Kind : std::uint8_t { none, length, unknown } kind = none;
  std::uint64_t length_bytes = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // ---- outgoing, after the head: data*, then trailers or end ----
  virtual void send_data(std::string_view bytes) = 0;
  virtual void send_trailers(const HeaderMap& trailers) = 0;  // also ends the message
  virtual void send_end() = 0;
  // Bytes taken but not yet with the kernel.
  virtual std::size_t unsent() const = 0;

  // ---- incoming ----
  virtual void hold(Hold reason) = 0;
  virtual void release(Hold reason) = 0;

  // From now on bytes are opaque both ways: Data and End (half close) events, send_data and send_end. After a 101.
  virtual void become_tunnel() = 0;
};

// The client side.
class ServerStream : public Stream {
 public:
  // An interim response (100, 103); none once the final head was sent. Left out for HTTP/1.0 clients.
  virtual void send_interim(int status, const HeaderMap& headers) = 0;
  // The final head, or 101 with `upgrade` set. `keep_alive` false ends the connection after this exchange.
  virtual void send_response(int status, const HeaderMap& headers, BodyPlan body, std::string_view upgrade,
                             bool keep_alive) = 0;
  // The exchange is over; the sink is not called again and heads may go once this turn has flushed. An unfinished response cuts
  // the connection (HTTP/2: RST_STREAM); an unfinished request closes it gently after the response.
  virtual void finish() = 0;
};

// The upstream side.
class UpstreamStream : public Stream {
 public:
  virtual void set_sink(StreamSink& sink) = 0;
  // `head` is where the response goes; it lives until finish(). `upgrade`: protocol to ask for, or empty.
  virtual void send_request(std::string_view method, std::string_view target, std::string_view authority,
                            const HeaderMap& headers, BodyPlan body, std::string_view upgrade,
                            ResponseHead& head) = 0;
  // True when this connection had served other requests before, so that its death may be staleness.
  virtual bool is_reused() const = 0;
  // True when bytes of the response have been seen.
  virtual bool has_response_bytes() const = 0;
  // The exchange is over; the sink is not called again. A clean end puts the connection back into the pool, anything else
  // closes it.
  virtual void finish() = 0;
};

}  // namespace sluice
