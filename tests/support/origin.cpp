#include "support/origin.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

namespace sluice::test {

namespace {

// A socket bound to `ip` and a free port; the port goes to `port`.
int bind_anywhere(std::uint16_t& port, const char* ip = "127.0.0.1") {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = inet_addr(ip);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("cannot bind a port");
  port = ntohs(address.sin_port);
  return fd;
}

int listen_anywhere(std::uint16_t& port, int backlog, const char* ip = "127.0.0.1") {
  const int fd = bind_anywhere(port, ip);
  if (listen(fd, backlog) != 0) throw std::runtime_error("cannot listen");
  return fd;
}

}  // namespace

Message OriginConnection::read_head() {
  Message request = Wire::read_head();
  origin_.record(request);
  return request;
}

Message OriginConnection::read_request() {
  Message request = Wire::read_request();
  origin_.record(request);
  return request;
}

Script always(std::string response) {
  return [response = std::move(response)](OriginConnection& connection) {
    for (;;) {
      connection.read_request();
      connection.send(response);
    }
  };
}

Script echo() {
  return [](OriginConnection& connection) {
    for (;;) {
      const Message request = connection.read_request();
      nlohmann::json seen = {{"method", request.method()},
                             {"target", request.target()},
                             {"headers", request.headers},
                             {"body_bytes", request.body.size()}};
      const std::string text = request.method() == "HEAD"
                                   ? ""
                                   : seen.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      connection.send(response(200, text, "Content-Type: application/json\r\n"));
    }
  };
}

Origin::Origin(Script script, const char* ip)
    : script_(std::move(script)),
      listener_(listen_anywhere(port_, 1024, ip)),
      acceptor_([this] { accept_all(); }) {}

Origin::~Origin() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (Served& served : served_)
    served.connection->interrupt();
  for (Served& served : served_)
    served.thread.join();
  close(listener_);
}

void Origin::accept_all() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (fd < 0) return;
    ++open_;
    const std::lock_guard lock(mutex_);
    Served& served = served_.emplace_back();
    served.connection = std::make_unique<OriginConnection>(*this, fd, accepted_++);
    served.thread = std::thread([this, connection = served.connection.get()] { serve(*connection); });
  }
}

void Origin::serve(OriginConnection& connection) {
  try {
    script_(connection);
  } catch (const Closed&) {
    // The gateway ended the connection, or the test is over.
  } catch (const std::exception& fault) {
    const std::lock_guard lock(mutex_);
    faults_.emplace_back(fault.what());
  }
  connection.close();
  --open_;
}

void Origin::record(const Message& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
}

std::vector<Message> Origin::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Message Origin::wait_request(std::size_t count) const {
  if (!eventually([&] { return requests().size() >= count; }))
    throw TimedOut("no such request reached the origin");
  return requests()[count - 1];
}

std::vector<std::string> Origin::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

RefusingPort::RefusingPort() : fd_(bind_anywhere(port_)) {}
RefusingPort::~RefusingPort() { close(fd_); }

SilentPort::SilentPort() : listener_(listen_anywhere(port_, 0)) {
  // With a backlog of 0 the kernel queues one connection; the SYNs of further ones are dropped. Fill until one hangs.
  for (bool hangs = false; !hangs;) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fillers_.push_back(fd);
    connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    pollfd entry{fd, POLLOUT, 0};
    hangs = poll(&entry, 1, 100) == 0;
  }
}

SilentPort::~SilentPort() {
  for (const int fd : fillers_)
    close(fd);
  close(listener_);
}

}  // namespace sluice::test
