// Resolves the names of endpoints in the background, again and again, off the workers.
//
// Runs on the control thread's loop with libuv's getaddrinfo (a pool thread each). A failure keeps the last good addresses and
// is logged when the state changes. Never decides whether a configuration is valid.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "net/loop.h"
#include "upstream/endpoint.h"

namespace sluice {

class Resolver {
 public:
  explicit Resolver(Loop& loop) : loop_(loop) {}
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  struct Wanted {
    std::shared_ptr<Endpoint> endpoint;
    std::chrono::milliseconds refresh;
  };
  // From now on exactly these (literals are left out); those that were there keep their rhythm.
  void watch(const std::vector<Wanted>& wanted);

 private:
  struct Entry;
  void start(Entry& entry);

  Loop& loop_;
  std::vector<std::shared_ptr<Entry>> entries_;
};

}  // namespace sluice
