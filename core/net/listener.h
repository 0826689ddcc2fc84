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

// Whose connections they are, and who counts them.
class ListenerOwner {
 public:
  // Asked before each accept: room for one more connection is taken. False: accepting pauses until wake().
  virtual bool take_room() = 0;
  // The room is not needed: there was nothing to accept.
  virtual void give_back_room() = 0;
  virtual void on_accept(TransportPtr transport) = 0;
  // After finish(): nothing more will come. The listener may be destroyed inside, and its socket closed.
  virtual void on_finished() = 0;

 protected:
  ~ListenerOwner() = default;
};

class Listener {
 public:
  // Borrows `fd` and `owner`; the caller closes `fd` after this is gone.
  Listener(Loop& loop, int fd, ListenerOwner& owner);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Look again after take_room() said no.
  void wake();
  // Take no new connections, but those that are being made or wait in the kernel, as far as there is room: closing the socket
  // at once would reset them, and their requests would be lost. on_finished() follows a moment later.
  void finish();
  // For good.
  void stop();

 private:
  struct Block;  // libuv handles, freed by their close callback
  Block* block_;
};

}  // namespace sluice
