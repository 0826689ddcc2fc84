#include "support/wire.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sluice::test {

Wire::Wire(int fd) : fd_(fd) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Wire::~Wire() { close(); }

void Wire::wait_for(short events) {
  pollfd entry{fd_, events, 0};
  const int ready = poll(&entry, 1, static_cast<int>(kPatience.count()));
  if (ready == 0)
    throw TimedOut((events & POLLIN) != 0 ? "no byte came; so far: " + input_ : "no byte was taken");
}

void Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      sent_ += static_cast<std::uint64_t>(sent);
    }
    if (sent < 0 && errno == EAGAIN) wait_for(POLLOUT);
    if (sent < 0 && errno != EAGAIN) throw Closed(std::string("send: ") + std::strerror(errno));
  }
}

std::size_t Wire::send_now(std::string_view bytes) {
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) throw Closed(std::string("send: ") + std::strerror(errno));
  if (sent < 0) return 0;
  sent_ += static_cast<std::uint64_t>(sent);
  return static_cast<std::size_t>(sent);
}

std::size_t Wire::send_until_stuck(std::string_view piece, std::chrono::milliseconds quiet) {
  std::size_t sum = 0;
  for (std::size_t at = 0;; at %= piece.size()) {
    const std::size_t sent = send_now(piece.substr(at));
    at += sent, sum += sent;
    if (sent > 0) continue;
    pollfd entry{fd_, POLLOUT, 0};
    if (poll(&entry, 1, static_cast<int>(quiet.count())) == 0) return sum;
  }
}

bool Wire::fill() {
  if (ended_ != End::none) return false;
  char bytes[65536];
  for (;;) {
    const ssize_t size = recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size > 0) {
      input_.append(bytes, static_cast<std::size_t>(size));
      received_ += static_cast<std::uint64_t>(size);
      return true;
    }
    if (size < 0 && errno == EAGAIN) {
      wait_for(POLLIN);
      continue;
    }
    ended_ = size == 0 ? End::closed : End::reset;
    return false;
  }
}

std::string Wire::read_exactly(std::size_t size) {
  while (input_.size() < size)
    if (!fill())
      throw Closed("closed with " + std::to_string(input_.size()) + " of " + std::to_string(size) + " bytes");
  std::string taken = input_.substr(0, size);
  input_.erase(0, size);
  return taken;
}

std::string Wire::read_until(std::string_view mark) {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t at = input_.find(mark, searched);
    if (at != std::string::npos) return read_exactly(at + mark.size());
    searched = input_.size() < mark.size() ? 0 : input_.size() - mark.size() + 1;
    if (!fill()) throw Closed("closed before the mark, after: " + input_);
  }
}

std::string Wire::read_to_end() {
  while (fill())
    continue;
  return std::exchange(input_, {});
}

Message Wire::read_head() { return parse_head(read_until("\r\n\r\n")); }

Message Wire::read_request() {
  Message request = read_head();
  read_body(request, request_body_length(request));
  return request;
}

Message Wire::read_response(std::string_view request_method) {
  Message response = read_head();
  if (!response.start_line.starts_with("HTTP/1.1 ")) throw Malformed("status line: " + response.start_line);
  read_body(response, response_body_length(response, request_method));
  return response;
}

void Wire::read_body(Message& message, const BodyLength& length) {
  switch (length.kind) {
    case BodyLength::Kind::none: return;
    case BodyLength::Kind::length: message.body = read_exactly(length.bytes); return;
    case BodyLength::Kind::until_close:
      message.body = read_to_end();
      if (ended_ == End::reset) throw Closed("reset within a body");
      message.until_close = true;
      return;
    case BodyLength::Kind::chunked: break;
  }
  for (std::string piece = read_chunk(message); !piece.empty(); piece = read_chunk(message)) {
    message.body += piece;
    message.chunks.push_back(std::move(piece));
  }
}

std::string Wire::read_chunk(Message& message) {
  message.chunked = true;
  std::string line = read_until("\r\n");
  const std::uint64_t size = parse_chunk_size(std::string_view(line).substr(0, line.size() - 2));
  if (size == 0) {
    while ((line = read_until("\r\n")) != "\r\n")
      message.trailers.push_back(parse_field(std::string_view(line).substr(0, line.size() - 2)));
    return {};
  }
  std::string piece = read_exactly(size);
  if (read_exactly(2) != "\r\n") throw Malformed("chunk without its line end");
  return piece;
}

End Wire::wait_end(std::chrono::milliseconds patience) {
  if (!input_.empty() || !has_input(patience)) return End::none;
  fill();
  return input_.empty() ? ended_ : End::none;
}

bool Wire::has_input(std::chrono::milliseconds patience) {
  if (!input_.empty() || ended_ != End::none) return true;
  pollfd entry{fd_, POLLIN, 0};
  return poll(&entry, 1, static_cast<int>(patience.count())) > 0;
}

void Wire::half_close() { shutdown(fd_, SHUT_WR); }

void Wire::close() {
  const std::lock_guard lock(closing_);
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Wire::reset() {
  const linger abort{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  close();
}

void Wire::interrupt() {
  const std::lock_guard lock(closing_);
  if (fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

int connect_to(std::uint16_t port, int receive_buffer) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  const int fault = errno;
  if (fd >= 0) ::close(fd);
  throw Closed("connect to port " + std::to_string(port) + ": " + std::strerror(fault));
}

Message Client::exchange(std::string_view request) {
  send(request);
  const std::string_view method = request.substr(0, request.find(' '));
  for (;;) {
    Message response = read_response(method);
    if (response.status() >= 200 || response.status() == 101) return response;
  }
}

Message Client::once(std::uint16_t port, std::string_view request) { return Client(port).exchange(request); }

}  // namespace sluice::test
