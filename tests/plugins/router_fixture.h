// A router with a configuration of its own, and where requests go: the common part of the router's tests.
#pragma once

#include <catch2/catch_message.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/fake_host.h"

namespace sluice::test {

class Routed {
 public:
  // Upstreams "a", "b" and "c" are there.
  explicit Routed(std::string_view toml) {
    const auto text =
        "upstream = [{ name = \"a\" }, { name = \"b\" }, { name = \"c\" }]\n" + std::string(toml);
    if (!host.load("router", text)) throw std::runtime_error("refused:\n" + host.problem_text());
  }

  // The route's name, "-" for none. Absolute or absolute-path target.
  std::string route(std::string_view target, FakeHeaders headers = {}, std::string method = "GET") {
    auto ex = host.exchange(std::move(method), target, std::move(headers));
    host.run(SLUICE_ON_ROUTE, ex);
    return ex.has(SLUICE_ROUTE) ? ex.field(SLUICE_ROUTE) : "-";
  }

  // What the hooks made of it.
  FakeExchange exchange(std::string_view target, FakeHeaders headers = {}) {
    return host.exchange("GET", target, std::move(headers));
  }
  sluice_verdict run(FakeExchange& ex) { return host.run(SLUICE_ON_ROUTE, ex); }

  FakeHost host;
};

// What the host says to this configuration: problems, one per line.
inline std::string problems_of(std::string_view toml) {
  FakeHost host;
  host.load("router", "upstream = [{ name = \"a\" }, { name = \"b\" }]\n" + std::string(toml));
  return host.problem_text();
}

}  // namespace sluice::test
