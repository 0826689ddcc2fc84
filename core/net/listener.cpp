#include "net/listener.h"

#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "net/socket_transport.h"

namespace sluice {
namespace {

// Connections taken per readiness event, so that a flood of new ones does not starve those that are there.
constexpr int kAcceptBatch = 16;
// How long accepting rests after EMFILE, ENFILE, ENOMEM: milliseconds.
constexpr std::uint64_t kRestMs = 50;
// How long a handshake may take that had begun when the listener was told to finish: milliseconds. Its other end answers at
// once; slower ones connect again and are refused.
constexpr std::uint64_t kFinishMs = 100;

std::string remedy(int error, const Address& address) {
  switch (error) {
    case EADDRINUSE: return "another program listens there; stop it or choose another port";
    case EACCES:
      return address.is_unix() ? "no permission for the folder of the socket"
                               : "ports below 1024 need root or CAP_NET_BIND_SERVICE";
    case EADDRNOTAVAIL: return "no interface of this machine has that address";
    case ENOENT: return "the folder of the socket does not exist";
    default: return {};
  }
}

std::unexpected<std::string> failure(const char* call, int fd, const Address& address) {
  const int error = errno;
  if (fd >= 0) close(fd);
  auto text = fmt::format("cannot listen on {}: {}: {}", address.text(), call, std::strerror(error));
  if (auto advice = remedy(error, address); !advice.empty()) text += " (" + advice + ")";
  return std::unexpected(text);
}

// A socket file that nobody listens on any more is in the way of bind(); one in use is left alone.
void remove_stale(const sockaddr_un& name) {
  struct stat status{};
  if (lstat(name.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 && errno == ECONNREFUSED)
    unlink(name.sun_path);
  close(probe);
}

}  // namespace

std::expected<int, std::string> open_listen_socket(const Address& address, const ListenOptions& options) {
  const int fd = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure("socket", fd, address);
  if (address.is_unix()) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address.path().data(), address.path().size());
    remove_stale(name);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
      return failure("bind", fd, address);
  } else {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (options.reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
      return failure("SO_REUSEPORT", fd, address);
    // Accepted sockets inherit it: one system call less for each.
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, address.raw(), address.raw_size()) != 0) return failure("bind", fd, address);
  }
  if (listen(fd, options.backlog) != 0) return failure("listen", fd, address);
  return fd;
}

Address bound_address(int fd) {
  sockaddr_storage raw{};
  socklen_t size = sizeof raw;
  getsockname(fd, reinterpret_cast<sockaddr*>(&raw), &size);
  return Address::of(reinterpret_cast<const sockaddr*>(&raw));
}

struct Listener::Block {
  Loop& loop;
  int fd;
  ListenerOwner& owner;
  uv_poll_t poll;
  uv_timer_t rest;
  bool polling = false;
  bool stopped = false;
  bool is_short = false;  // of descriptors or memory
  bool finishing = false;
  bool is_unix = false;
  int open_handles = 2;

  void start() {
    if (polling || stopped) return;
    polling = true;
    uv_poll_start(&poll, UV_READABLE,
                  [](uv_poll_t* handle, int, int) { static_cast<Block*>(handle->data)->accept_some(); });
  }

  void pause() {
    polling = false;
    uv_poll_stop(&poll);
  }

  // One connection; false when there is none, no room, or no descriptor for it.
  bool accept_one() {
    if (!owner.take_room()) {
      pause();
      return false;
    }
    sockaddr_storage remote{};
    socklen_t size = sizeof remote;
    const int socket = accept4(fd, reinterpret_cast<sockaddr*>(&remote), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      const int error = errno;
      owner.give_back_room();
      if (error == EINTR || error == ECONNABORTED) return true;
      if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS) rest_a_little(error);
      return false;
    }
    if (std::exchange(is_short, false)) log::info("connections are accepted again");
    Turn turn(loop);
    if (auto transport = adopt_socket(loop, socket, Address::of(reinterpret_cast<const sockaddr*>(&remote))))
      owner.on_accept(std::move(transport));
    else
      owner.give_back_room();
    return true;
  }

  void accept_some() {
    for (int i = 0; i < kAcceptBatch && polling && accept_one(); ++i) {}
  }

  void rest_a_little(int error) {
    // Said once until a connection is had again: this comes twenty times a second.
    if (!std::exchange(is_short, true))
      log::warn("no connection can be accepted: {}; tried again every {} ms", std::strerror(error), kRestMs);
    pause();
    uv_timer_start(&rest, [](uv_timer_t* handle) { static_cast<Block*>(handle->data)->start(); }, kRestMs, 0);
  }

  // The kernel drops the segments that would begin a connection (SYN without ACK, RFC 9293 3.5), without a reset; those under
  // way are completed. Connecting to a Unix socket is one step: nothing is ever under way there.
  void refuse_new() const {
    constexpr std::uint32_t kFlags = 13, kSyn = 0x02, kAck = 0x10;  // byte of the TCP header, and its bits
    sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlags),
                          BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSyn | kAck),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
                          BPF_STMT(BPF_RET | BPF_K, 0xffffffff)};
    const sock_fprog program{std::size(code), code};
    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  }

  void finish() {
    Turn turn(loop);
    while (accept_one()) {}
    stopped = true;
    if (polling) pause();
    owner.on_finished();
  }

  static void closed(uv_handle_t* handle) {
    auto* block = static_cast<Block*>(handle->data);
    if (--block->open_handles == 0) delete block;
  }
};

Listener::Listener(Loop& loop, int fd, ListenerOwner& owner) : block_(new Block{loop, fd, owner, {}, {}}) {
  uv_poll_init(loop.uv(), &block_->poll, fd);
  uv_timer_init(loop.uv(), &block_->rest);
  block_->poll.data = block_->rest.data = block_;
  block_->is_unix = bound_address(fd).is_unix();
  block_->start();
}

Listener::~Listener() {
  stop();
  uv_close(reinterpret_cast<uv_handle_t*>(&block_->poll), Block::closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&block_->rest), Block::closed);
}

void Listener::wake() { block_->start(); }

void Listener::finish() {
  if (block_->finishing || block_->stopped) return;
  block_->finishing = true;
  if (!block_->is_unix) block_->refuse_new();
  uv_timer_start(
      &block_->rest, [](uv_timer_t* handle) { static_cast<Block*>(handle->data)->finish(); },
      block_->is_unix ? 0 : kFinishMs, 0);
}

void Listener::stop() {
  block_->stopped = true;
  if (block_->polling) block_->pause();
  uv_timer_stop(&block_->rest);
}

}  // namespace sluice
