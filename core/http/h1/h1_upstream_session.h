// One upstream connection speaking HTTP/1: sends requests one after another, reads their responses.
//
//   connecting --open--> idle --send_request--> busy --finish() after a whole response--> idle (back in its pool)
//        |                 |                      '--finish() before, error, close-delimited--> closed
//        +-- failed        +-- EOF or bytes nobody expects --> closed
//
// Owned through UpstreamHome (a pool), which is told of every change. An idle session keeps reading armed, so that a server's
// close is seen at once. [loop]
#pragma once

#include "base/byte_queue.h"
#include "http/h1/h1_codec.h"
#include "http/output_batch.h"
#include "http/stream.h"
#include "net/loop.h"
#include "net/timeout.h"
#include "net/transport.h"

namespace sluice::h1 {

class H1UpstreamSession;

class UpstreamHome {
 public:
  virtual ~UpstreamHome() = default;
  // Connected; or, with an error, failed: then on_session_closed follows.
  virtual void on_session_open(H1UpstreamSession& session, const Error& error) = 0;
  // A response ended cleanly; the session can take another request.
  virtual void on_session_idle(H1UpstreamSession& session) = 0;
  // Over; destroy it when the turn ends.
  virtual void on_session_closed(H1UpstreamSession& session) = 0;
};

class H1UpstreamSession final : public UpstreamStream,
                                private TransportSink,
                                private CodecSink,
                                private Flushable {
 public:
  H1UpstreamSession(TransportPtr transport, const HttpLimits& limits, UpstreamHome& home);
  ~H1UpstreamSession() override;

  // Close now. A request under way gets an Abort, then on_session_closed.
  void close();
  bool is_idle() const { return state_ == State::idle; }
  // Nothing unexpected waits in the socket.
  bool is_quiet() const { return transport_ != nullptr && transport_->is_quiet(); }
  std::uint32_t requests() const { return requests_; }
  // It waits in a pool before its first request: whoever asked for it has left.
  void mark_pooled() { pooled_ = true; }
  // What the server said in "Keep-Alive: timeout=N" last; 0: nothing.
  std::chrono::seconds promised_idle() const { return promised_idle_; }
  Transport* transport() { return transport_.get(); }

  // The owner's own: its intrusive lists, who waits for the connect, connect and idle time.
  H1UpstreamSession* next = nullptr;
  H1UpstreamSession* previous = nullptr;
  void* owner_list = nullptr;
  void* owner = nullptr;
  void* waiter = nullptr;
  Timeout timeout;

  // ---- UpstreamStream ----
  void set_sink(StreamSink& sink) override { sink_ = &sink; }
  void send_request(std::string_view method, std::string_view target, std::string_view authority,
                    const HeaderMap& headers, BodyPlan body, std::string_view upgrade,
                    ResponseHead& head) override;
  void send_data(std::string_view bytes) override;
  void send_trailers(const HeaderMap& trailers) override;
  void send_end() override;
  std::size_t unsent() const override;
  void hold(Hold reason) override;
  void release(Hold reason) override;
  void become_tunnel() override;
  bool is_reused() const override { return requests_ > 1 || pooled_; }
  bool has_response_bytes() const override { return response_bytes_; }
  void finish() override;

 private:
  enum class State : std::uint8_t { connecting, idle, busy, closed };

  void on_transport_open() override;
  void on_transport_read(std::string_view bytes) override;
  void on_transport_eof() override;
  void on_transport_drained() override;
  void on_transport_failed(int uv_status) override;
  MessageHead& on_message_begin() override;
  void on_codec_event(const Event& event) override;
  void flush() override;

  void take(std::string_view bytes);
  void take_ahead();
  void update_reading();
  void note_keep_alive();
  void end(Error error);

  TransportPtr transport_;
  UpstreamHome& home_;
  Loop& loop_;
  H1Codec codec_;
  StreamSink* sink_ = nullptr;
  ResponseHead* head_ = nullptr;
  OutputBatch output_;
  ByteQueue ahead_;  // read but held
  std::chrono::seconds promised_idle_{0};
  std::uint32_t requests_ = 0;
  State state_ = State::connecting;
  std::uint8_t holds_ = 0;
  bool chunked_ = false;
  bool pooled_ = false;
  bool request_done_ = false;
  bool response_done_ = false;
  bool response_bytes_ = false;
  bool keep_alive_ = true;
  bool switching_ = false;  // a 101 has come
  bool tunnel_ = false;
  bool blocked_ = false;
  bool parsing_ = false;
  bool fin_wanted_ = false;
  bool eof_ = false;
};

}  // namespace sluice::h1
