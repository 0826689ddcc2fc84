// Accepts connections on one address for one worker.
//
// Each worker has its own socket with SO_REUSEPORT on the same address (made by open_listen_socket on the configuration
// thread, so that errors are known before anything runs), or shares a Unix socket's descriptor. Accepting pauses at a limit
// and on EMFILE, and goes on by itself when connections close or a little later. [loop]
#pragma once

#include <uv.h>

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "net/loop.h"
#include "net/transport.h"

namespace sluice {

struct ListenOptions {
  int backlog = 1024;      // pending connections; the kernel caps it at net.core.somaxconn
  bool reuse_port = true;  // IPv4 and IPv6
};

// A bound, listening, non-blocking socket. The error is a sentence: what, where, why (errno), and the remedy when there is one.
std::expected<int, std::string> open_listen_socket(const Address& address, const ListenOptions& options);
// Where a socket is bound (the real port for port 0).
Address bound_address(int fd);

class Listener {
 public:
  using OnAccept = std::function<void(TransportPtr)>;
  // Borrows `fd`; the caller closes it after this is gone. `may_accept` is asked before each accept.
  Listener(Loop& loop, int fd, std::function<bool()> may_accept, OnAccept on_accept);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Look again after may_accept() said no.
  void wake();
  // For good.
  void stop();

 private:
  struct Block;  // libuv handles, freed by their close callback
  Block* block_;
};

}  // namespace sluice
