// One client connection speaking HTTP/1: reads requests one after another, makes a stream for each, writes responses.
//
//          bytes                events                     send_*                 one write a turn
//   client -----> H1Codec -----> exchange (StreamSink) -----> OutputBatch -----------> client
//
//   idle --first byte--> head --Headers--> busy --finish()--> idle (keep-alive; pipelined bytes are parsed then)
//    |                    |                 |---> lingering (request unfinished, or connection ends: rest, FIN, discard, close)
//    +-- keep_alive       +-- request_header timeout: 408     +---> closed
//
// Owned by its worker through SessionHome, which is told when it ends. An idle session holds its transport, the codec's state
// and nothing else. [loop]
#pragma once

#include <chrono>

#include "base/byte_queue.h"
#include "http/h1/h1_codec.h"
#include "http/output_batch.h"
#include "http/stream.h"
#include "net/loop.h"
#include "net/timeout.h"
#include "net/transport.h"

namespace sluice::h1 {

class H1ServerSession;

struct ServerSessionSettings {
  HttpLimits limits;
  std::chrono::milliseconds request_header{10'000};
  std::chrono::milliseconds keep_alive{75'000};
  std::chrono::milliseconds send{60'000};  // for a connection's last bytes to be taken; 0: no end
  std::uint32_t max_requests = 0;          // per connection; 0: no limit
};

// Who keeps server sessions and makes exchanges.
class SessionHome {
 public:
  virtual ~SessionHome() = default;
  struct Opened {
    StreamSink& sink;
    RequestHead& head;
  };
  // A request begins; the answer's objects live until the stream's finish().
  virtual Opened on_stream_open(H1ServerSession& session, ServerStream& stream) = 0;
  // The connection is over and the session detached from everything: destroy it when the turn ends.
  virtual void on_session_closed(H1ServerSession& session) = 0;
};

class H1ServerSession final : public ServerStream,
                              private TransportSink,
                              private CodecSink,
                              private Flushable {
 public:
  // `settings` and `home` outlive the session.
  H1ServerSession(TransportPtr transport, const ServerSessionSettings& settings, SessionHome& home);
  ~H1ServerSession() override;

  // Begin reading. In a turn.
  void start();
  // No further request is taken: idle sessions close now, busy ones after their response.
  void drain();
  // Close now, whatever is under way (its sink gets an Abort).
  void close();

  Transport* transport() { return transport_.get(); }
  std::uint64_t requests() const { return requests_; }
  bool is_idle() const { return state_ == State::idle; }

  // For the owner's intrusive list and its own use.
  H1ServerSession* next = nullptr;
  H1ServerSession* previous = nullptr;
  void* owner_tag = nullptr;

  // ---- ServerStream ----
  void send_interim(int status, const HeaderMap& headers) override;
  void send_response(int status, const HeaderMap& headers, BodyPlan body, std::string_view upgrade,
                     bool keep_alive) override;
  void send_data(std::string_view bytes) override;
  void send_trailers(const HeaderMap& trailers) override;
  void send_end() override;
  std::size_t unsent() const override;
  void hold(Hold reason) override;
  void release(Hold reason) override;
  void become_tunnel() override;
  void finish() override;

 private:
  enum class State : std::uint8_t { idle, head, busy, finishing, lingering, closed };
  enum class Sent : std::uint8_t { nothing, head, end };

  void on_transport_read(std::string_view bytes) override;
  void on_transport_eof() override;
  void on_transport_drained() override;
  void on_transport_failed(int uv_status) override;
  MessageHead& on_message_begin() override;
  void on_codec_event(const Event& event) override;
  void flush() override;

  void take(std::string_view bytes);
  void take_ahead();
  void parse_ahead();
  void settle_eof();
  void wait_for_reader();
  bool wants_bytes() const;
  void next_request();
  void on_timeout();
  void leave();
  void linger();
  void go_on();
  void arm(std::chrono::milliseconds length);
  void end(Error error);
  void update_reading();
  bool reusable() const;

  TransportPtr transport_;
  const ServerSessionSettings& settings_;
  SessionHome& home_;
  Loop& loop_;
  H1Codec codec_;
  StreamSink* sink_ = nullptr;
  RequestHead* head_ = nullptr;
  OutputBatch output_;
  ByteQueue ahead_;  // read but not parsed: held body, pipelined requests
  Timeout timeout_;
  std::uint32_t requests_ = 0;
  State state_ = State::idle;
  Sent sent_ = Sent::nothing;
  std::uint8_t holds_ = 0;
  bool chunked_ = false;      // framing of the response under way
  bool body_allowed_ = true;  // false for HEAD, 204, 304: data is not written
  bool keep_alive_ = true;
  bool request_done_ = false;
  bool draining_ = false;
  bool tunnel_ = false;
  bool client_eof_ = false;
  bool blocked_ = false;
  bool parsing_ = false;
  std::size_t unsent_at_ = 0;  // when its reader was last seen to take nothing
  bool eof_told_ = false;
  bool discarding_ = false;  // the rest of a request that has been answered
  bool paused_ = false;      // the codec, in this parse
  bool fin_wanted_ = false;
  bool broken_ = false;  // the request had no end that can be found
};

}  // namespace sluice::h1
