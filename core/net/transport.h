// Bytes to and from one connection, whatever carries them: the seam under every session and tunnel.
//
//   session --write(pieces)--> Transport --> kernel          kernel --> Transport --on_read(bytes)--> session
//
// A write tries the socket at once; only what did not fit is copied and queued. Reading fills the loop's one shared buffer, so
// an idle connection holds none. Reading is armed all the time except while read_stop() holds it.
//
// Lifetime: held by TransportPtr; letting go closes the connection, after which the sink is never called again (the owner may
// die at once, even inside its own callback). The block itself is freed by libuv's close callback. [loop]
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/error.h"
#include "net/address.h"

namespace sluice {

class Loop;

class TransportSink {
 public:
  virtual ~TransportSink() = default;
  // Connecting is over (client side only); the first call there.
  virtual void on_transport_open() {}
  // `bytes` are valid until the turn ends.
  virtual void on_transport_read(std::string_view bytes) = 0;
  // The other end will send no more. Writing may go on.
  virtual void on_transport_eof() = 0;
  // The queue is empty again after write() had to queue.
  virtual void on_transport_drained() = 0;
  // Reset, write failure, or failure to connect: nothing moves any more. Last call; let go of the transport.
  virtual void on_transport_failed(int uv_status) = 0;
};

class Transport {
 public:
  // Whose calls come from now on. Reading begins with read_start().
  virtual void set_sink(TransportSink& sink) = 0;
  virtual void read_start() = 0;
  virtual void read_stop() = 0;
  // Send the pieces in order. What the kernel does not take now is copied. Returns unsent() afterwards. Failures come through
  // the sink, never from inside this call. In a turn. `more_follows`: more bytes are certain to be written within moments, so
  // that the last packet may wait to be filled up (MSG_MORE in send(2)); they leave at the latest with the next
  // acknowledgement.
  virtual std::size_t write(std::span<const std::string_view> pieces, bool more_follows = false) = 0;
  // Bytes queued here, not yet with the kernel.
  virtual std::size_t unsent() const = 0;
  // Send FIN once the queue is empty. No write() after it.
  virtual void shut_down() = 0;
  // Close at once with RST instead of FIN (SO_LINGER 0) when let go.
  virtual void reset_on_close() = 0;
  virtual const Address& remote() const = 0;
  virtual Address local() const = 0;
  virtual Loop& loop() = 0;
  // False when the kernel already knows of EOF or bytes nobody expects: not to be reused. For idle pooled connections.
  virtual bool is_quiet() const = 0;

 protected:
  friend struct TransportClose;
  virtual ~Transport() = default;
  virtual void close() = 0;
};

struct TransportClose {
  void operator()(Transport* transport) const { transport->close(); }
};
using TransportPtr = std::unique_ptr<Transport, TransportClose>;

}  // namespace sluice
