// A real DNS server of a test: dnsmasq from Debian, on a free port of loopback, with records of the test's own under `test.`
// and a TTL of a second. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.h"
#include "support/temp_dir.h"

namespace sluice::test {

class Dnsmasq {
 public:
  // `hosts`: as in hosts(5), read again by reload(). `extra`: more options. Throws when it does not start.
  explicit Dnsmasq(std::string_view hosts, std::vector<std::string> extra = {});

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void reload(std::string_view hosts);
  void stop();

 private:
  bool try_start();

  TempDir dir_;
  std::string hosts_;
  std::vector<std::string> extra_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace sluice::test
