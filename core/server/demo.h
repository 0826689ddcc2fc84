// Small origins inside the program, so that a first try needs no other server.
//
// Each listens on one of the addresses that the configuration's upstreams name and answers every request with a short text:
// which origin it is, and what it was asked. A thread of its own; the gateway reaches them over sockets like any other.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"

namespace sluice {

class Demo {
 public:
  ~Demo();
  // Origins on all of `config`'s endpoints that are on the loopback. The error is a sentence.
  static std::expected<std::unique_ptr<Demo>, std::string> start(const config::Config& config);
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  struct Origin;
  Demo() = default;
  std::vector<std::string> addresses_;
  std::unique_ptr<Origin> origin_;
};

}  // namespace sluice
