// The server behind the gateway in a test: a script decides, connection by connection, what it does.
//
// Listens on 127.0.0.1 (or all addresses) with a port of the system's choice; each connection has a thread that runs the script and is closed when
// the script returns. A script reads and writes through its OriginConnection, waits for Gates, and must not assert (Catch2 is not
// thread-safe): what it throws stands in faults(), but for Closed, which is how the gateway's going away looks.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/wire.h"

namespace sluice::test {

class Origin;

class OriginConnection final : public Wire {
 public:
  OriginConnection(Origin& origin, int fd, std::size_t number) : Wire(fd), origin_(origin), number_(number) {}

  // As Wire's, and recorded for Origin::requests().
  Message read_request();
  Message read_head();
  // 0 for the origin's first connection.
  std::size_t number() const { return number_; }

 private:
  Origin& origin_;
  std::size_t number_;
};

using Script = std::function<void(OriginConnection&)>;

// Answers every request with these bytes, keeping the connection.
Script always(std::string response);
// Answers every request 200 with what arrived, as JSON: method, target, headers (name, value pairs), body_bytes.
Script echo();

class Origin {
 public:
  // `ip` "0.0.0.0": on 127.0.0.2 and all others too, for names with several addresses.
  explicit Origin(Script script = echo(), const char* ip = "127.0.0.1");
  // Ends all connections and joins their threads.
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  std::uint16_t port() const { return port_; }
  // "127.0.0.1:port".
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

  std::vector<Message> requests() const;
  // Waits for the `count`-th request; throws TimedOut.
  Message wait_request(std::size_t count = 1) const;
  // Connections accepted so far, and those still open.
  std::size_t accepted() const { return accepted_; }
  std::size_t open() const { return open_; }
  std::vector<std::string> faults() const;

 private:
  friend class OriginConnection;
  struct Served {
    std::unique_ptr<OriginConnection> connection;
    std::thread thread;
  };

  void accept_all();
  void serve(OriginConnection& connection);
  void record(const Message& request);

  Script script_;
  int listener_;
  std::uint16_t port_;
  std::atomic<std::size_t> accepted_ = 0;
  std::atomic<std::size_t> open_ = 0;
  mutable std::mutex mutex_;  // of what follows
  std::list<Served> served_;
  std::vector<Message> requests_;
  std::vector<std::string> faults_;
  std::thread acceptor_;  // last: it uses all the others
};

// A port at which connecting fails at once: taken, but nobody listens.
class RefusingPort {
 public:
  RefusingPort();
  ~RefusingPort();
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  std::uint16_t port() const { return port_; }
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_;
  std::uint16_t port_;
};

// A port at which connecting hangs: its queue is full and never emptied.
class SilentPort {
 public:
  SilentPort();
  ~SilentPort();
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int listener_;
  std::uint16_t port_;
  std::vector<int> fillers_;
};

}  // namespace sluice::test
