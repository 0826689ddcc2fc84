#include "net/socket_transport.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/byte_queue.h"

namespace sluice {
namespace {

// Pieces handed to the kernel in one writev; more are queued. Linux takes 1024 (UIO_MAXIOV), a turn rarely has over 16.
constexpr std::size_t kPieces = 64;

// Full reads of one connection in a pass of the loop; the rest waits for the next, so that none holds up the others, and what
// is passed on finds its reader awake: measured as cheaper than libuv's 32.
constexpr std::uint8_t kReads = 2;

class SocketTransport final : public Transport {
 public:
  SocketTransport(Loop& loop, Address remote) : loop_(loop), remote_(std::move(remote)), pipe_(nullptr) {}
  ~SocketTransport() override {
    if (is_pipe_) delete pipe_;
  }

  // ---- opening ----
  int init() {
    int status = 0;
    if (remote_.is_unix()) {
      is_pipe_ = true;
      pipe_ = new uv_pipe_t;
      status = uv_pipe_init(loop_.uv(), pipe_, 0);
      pipe_->data = this;
    } else {
      status = uv_tcp_init(loop_.uv(), &tcp_);
      tcp_.data = this;
    }
    return status;
  }

  int adopt(int fd) {
    if (int status = is_pipe_ ? uv_pipe_open(pipe_, fd) : uv_tcp_open(&tcp_, fd); status != 0) return status;
    fd_ = fd;
    return 0;
  }

  void connect() {
    open_ = false;
    auto* request = new uv_connect_t;
    request->data = this;
    if (is_pipe_) {
      uv_pipe_connect(request, pipe_, std::string(remote_.path()).c_str(), connected);
      return;
    }
    if (int status = uv_tcp_connect(request, &tcp_, remote_.raw(), connected); status != 0) {
      delete request;
      fail_later(status);
      return;
    }
    // Small writes must not wait for acknowledgements; the sessions already gather a turn's output.
    uv_tcp_nodelay(&tcp_, 1);
  }

  // ---- Transport ----
  void set_sink(TransportSink& sink) override { sink_ = &sink; }

  void read_start() override {
    want_read_ = true;
    if (!open_ || reading_ || failed_ != 0 || eof_) return;
    reading_ = true;
    uv_read_start(stream(), allocate, read);
  }

  void read_stop() override {
    want_read_ = false;
    if (!reading_) return;
    reading_ = false;
    uv_read_stop(stream());
  }

  std::size_t write(std::span<const std::string_view> pieces, bool more_follows) override {
    if (failed_ != 0) return 0;
    std::size_t skip = 0;
    if (open_ && queue_.empty() && !pieces.empty()) {
      const ssize_t written = send_now(pieces, more_follows);
      if (written < 0 && errno != EAGAIN && errno != ENOBUFS) {
        fail_later(-errno);
        return 0;
      }
      skip = written > 0 ? static_cast<std::size_t>(written) : 0;
    }
    for (auto piece : pieces) {
      const std::size_t gone = std::min(skip, piece.size());
      skip -= gone;
      if (gone < piece.size()) queue_.append(piece.substr(gone));
    }
    if (!queue_.empty()) write_queue();
    return queue_.size();
  }

  std::size_t unsent() const override {
    if (!writing_) return queue_.size();
    // What the running uv_write has got rid of is not yet consumed.
    const auto* at =
        is_pipe_ ? reinterpret_cast<const uv_stream_t*>(pipe_) : reinterpret_cast<const uv_stream_t*>(&tcp_);
    return queue_.size() - in_request_ + uv_stream_get_write_queue_size(at);
  }

  void shut_down() override {
    shut_down_wanted_ = true;
    if (queue_.empty() && open_) send_fin();
  }

  void reset_on_close() override { reset_ = true; }
  const Address& remote() const override { return remote_; }
  Loop& loop() override { return loop_; }

  Address local() const override {
    sockaddr_storage address{};
    int size = sizeof address;
    if (is_pipe_ || uv_tcp_getsockname(&tcp_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      return remote_;
    return Address::of(reinterpret_cast<const sockaddr*>(&address));
  }

  bool is_quiet() const override {
    if (failed_ != 0 || eof_) return false;
    char byte;
    return recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  void close() override {
    sink_ = nullptr;
    if (reading_) uv_read_stop(stream());
    reading_ = false;
    if (reset_ && !is_pipe_) {
      // libuv refuses a reset while a shutdown is under way; then FIN has to do.
      if (uv_tcp_close_reset(&tcp_, closed) == 0) return;
    }
    uv_close(handle(), closed);
  }

 private:
  uv_stream_t* stream() {
    return is_pipe_ ? reinterpret_cast<uv_stream_t*>(pipe_) : reinterpret_cast<uv_stream_t*>(&tcp_);
  }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(stream()); }

  // What uv_try_write does, with send(2)'s flags: no signal, and packets filled up when more follows.
  ssize_t send_now(std::span<const std::string_view> pieces, bool more_follows) {
    const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more_follows ? MSG_MORE : 0);
    ssize_t written;
    if (pieces.size() == 1) {
      do
        written = send(fd_, pieces[0].data(), pieces[0].size(), flags);
      while (written < 0 && errno == EINTR);
      return written;
    }
    iovec buffers[kPieces];
    const std::size_t count = std::min(pieces.size(), kPieces);
    for (std::size_t i = 0; i < count; ++i)
      buffers[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    msghdr message{};
    message.msg_iov = buffers;
    message.msg_iovlen = count;
    do
      written = sendmsg(fd_, &message, flags);
    while (written < 0 && errno == EINTR);
    return written;
  }

  static void closed(uv_handle_t* handle) { delete static_cast<SocketTransport*>(handle->data); }

  static void connected(uv_connect_t* request, int status) {
    auto& self = *static_cast<SocketTransport*>(request->data);
    delete request;
    if (self.sink_ == nullptr) return;
    Turn turn(self.loop_);
    if (status != 0) {
      self.fail(status);
      return;
    }
    self.open_ = true;
    uv_fileno(self.handle(), &self.fd_);
    if (self.want_read_) self.read_start();
    if (!self.queue_.empty())
      self.write_queue();
    else if (self.shut_down_wanted_)
      self.send_fin();
    self.sink_->on_transport_open();
  }

  static void allocate(uv_handle_t* handle, size_t, uv_buf_t* out) {
    auto& self = *static_cast<SocketTransport*>(handle->data);
    if (self.pass_ != self.loop_.pass()) {
      self.pass_ = self.loop_.pass();
      self.reads_ = 0;
    }
    if (self.reads_++ == kReads) {
      *out = uv_buf_init(nullptr, 0);  // libuv then goes on to the next connection
      return;
    }
    auto buffer = self.loop_.read_buffer();
    *out = uv_buf_init(buffer.data(), static_cast<unsigned>(buffer.size()));
  }

  static void read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
    auto& self = *static_cast<SocketTransport*>(stream->data);
    if (count == 0 || count == UV_ENOBUFS || self.sink_ == nullptr) return;
    Turn turn(self.loop_);
    if (count > 0) {
      self.loop_.expect_more(static_cast<std::size_t>(count) == buffer->len);
      self.sink_->on_transport_read({buffer->base, static_cast<std::size_t>(count)});
    } else if (count == UV_EOF) {
      self.eof_ = true;
      self.reading_ = false;
      self.sink_->on_transport_eof();
    } else {
      self.fail(static_cast<int>(count));
    }
  }

  void write_queue() {
    if (writing_ || !open_) return;
    std::string_view pieces[kPieces];
    uv_buf_t buffers[kPieces];
    const std::size_t count = queue_.pieces(pieces, kPieces);
    in_request_ = 0;
    for (std::size_t i = 0; i < count; ++i) {
      buffers[i] = uv_buf_init(const_cast<char*>(pieces[i].data()), static_cast<unsigned>(pieces[i].size()));
      in_request_ += pieces[i].size();
    }
    if (write_ == nullptr) {
      write_ = std::make_unique<uv_write_t>();
      write_->data = this;
    }
    if (int status = uv_write(write_.get(), stream(), buffers, static_cast<unsigned>(count), written);
        status != 0) {
      fail_later(status);
      return;
    }
    writing_ = true;
  }

  static void written(uv_write_t* request, int status) {
    auto& self = *static_cast<SocketTransport*>(request->data);
    self.writing_ = false;
    if (self.sink_ == nullptr) return;
    Turn turn(self.loop_);
    if (status != 0) {
      self.fail(status);
      return;
    }
    self.queue_.consume(self.in_request_);
    if (!self.queue_.empty()) {
      self.write_queue();
      return;
    }
    self.write_.reset();
    if (self.shut_down_wanted_) self.send_fin();
    self.sink_->on_transport_drained();
  }

  void send_fin() {
    if (fin_sent_) return;
    fin_sent_ = true;
    auto* request = new uv_shutdown_t;
    if (uv_shutdown(request, stream(), [](uv_shutdown_t* done, int) { delete done; }) != 0) delete request;
  }

  void fail(int status) {
    if (failed_ != 0) return;
    failed_ = status;
    read_stop();
    if (sink_ != nullptr) sink_->on_transport_failed(status);
  }

  // For failures found inside a caller's own call. The block cannot be freed before the turn ends: that takes a pass of libuv.
  void fail_later(int status) {
    if (pending_failure_ != 0) return;
    pending_failure_ = status;
    loop_.defer(
        [](void* self) {
          static_cast<SocketTransport*>(self)->fail(static_cast<SocketTransport*>(self)->pending_failure_);
        },
        this);
  }

  Loop& loop_;
  TransportSink* sink_ = nullptr;
  Address remote_;
  union {
    uv_tcp_t tcp_;
    uv_pipe_t* pipe_;
  };
  std::unique_ptr<uv_write_t> write_;  // while something is queued
  ByteQueue queue_;
  std::size_t in_request_ = 0;  // bytes of the queue that the running uv_write covers
  uv_os_fd_t fd_ = -1;          // once open; libuv closes it
  int failed_ = 0;
  int pending_failure_ = 0;
  std::uint32_t pass_ = 0;  // of the loop, in which reads_ were made
  std::uint8_t reads_ = 0;
  bool is_pipe_ = false;
  bool open_ = true;
  bool want_read_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool eof_ = false;
  bool shut_down_wanted_ = false;
  bool fin_sent_ = false;
  bool reset_ = false;
};

}  // namespace

TransportPtr adopt_socket(Loop& loop, int fd, const Address& remote) {
  auto* transport = new SocketTransport(loop, remote);
  if (transport->init() != 0) {
    delete transport;
    ::close(fd);
    return nullptr;
  }
  TransportPtr owned(transport);
  if (transport->adopt(fd) != 0) {
    ::close(fd);
    return nullptr;
  }
  return owned;
}

TransportPtr connect_socket(Loop& loop, const Address& to) {
  auto* transport = new SocketTransport(loop, to);
  if (transport->init() != 0) {
    delete transport;
    return nullptr;
  }
  transport->connect();
  return TransportPtr(transport);
}

}  // namespace sluice
