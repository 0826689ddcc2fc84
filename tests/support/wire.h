// One end of a TCP connection in a test: sends exact bytes, reads exact bytes or messages, and ends in every way there is.
//
// The other end is the gateway. All waiting ends after kPatience with an exception. Used by one thread, but for interrupt().
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/http_text.h"
#include "support/patience.h"

namespace sluice::test {

// The other end closed or reset before what was expected.
struct Closed : std::runtime_error {
  using runtime_error::runtime_error;
};
struct TimedOut : std::runtime_error {
  using runtime_error::runtime_error;
};

enum class End { none, closed, reset };

class Wire {
 public:
  // Takes over a connected socket.
  explicit Wire(int fd);
  virtual ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // ---- sending ----
  void send(std::string_view bytes);
  // What the kernel takes now, without waiting; 0 when it takes none.
  std::size_t send_now(std::string_view bytes);
  // Keep sending `piece` until the other side takes no more for `quiet`; bytes taken.
  std::size_t send_until_stuck(std::string_view piece, std::chrono::milliseconds quiet);

  // ---- receiving ----
  std::string read_exactly(std::size_t size);
  std::string read_until(std::string_view mark);                   // through the mark
  std::string read_to_end();                                       // until the other end closes or resets
  Message read_request();                                          // whole
  Message read_response(std::string_view request_method = "GET");  // whole; an interim one counts as one
  Message read_head();                                             // only the head
  void read_body(Message& message, const BodyLength& length);
  // The next chunk of a chunked body; empty for the last one, whose trailers go to `message`.
  std::string read_chunk(Message& message);
  // How the other end ended, once it does, with no byte coming before; End::none when it has not within `patience`, or a
  // byte came.
  End wait_end(std::chrono::milliseconds patience = kPatience);
  // True when a byte (or the end) can be read within `patience`.
  bool has_input(std::chrono::milliseconds patience);

  // ---- ending ----
  void half_close();  // FIN, still reading
  void close();
  void reset();      // RST
  void interrupt();  // make every wait of the owner's thread end with Closed [any-thread]
  bool is_open() const { return fd_ >= 0; }

  // ---- counting ----
  // Bytes that the kernel has taken from here, and given to here, so far. [any-thread]
  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }

 private:
  bool fill();  // one more piece into input_; false: the other end closed
  void wait_for(short events);

  int fd_;
  std::mutex closing_;  // of fd_ against interrupt()
  std::string input_;   // received, not yet handed out
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> received_ = 0;
  End ended_ = End::none;
};

// Connect to 127.0.0.1:port; `receive_buffer` (bytes) makes a slow reader's kernel buffer small, 0 leaves it alone.
int connect_to(std::uint16_t port, int receive_buffer = 0);

class Client final : public Wire {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0) : Wire(connect_to(port, receive_buffer)) {}

  // Send and read the whole response; interim ones are dropped.
  Message exchange(std::string_view request);
  // One request on a connection of its own.
  static Message once(std::uint16_t port, std::string_view request);
};

}  // namespace sluice::test
