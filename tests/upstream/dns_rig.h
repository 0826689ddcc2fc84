// A loop, a scripted DNS server and a sink that keeps what it is told: for tests of sources.
#pragma once

#include <string>
#include <vector>

#include "net/loop.h"
#include "support/dns_server.h"
#include "support/patience.h"
#include "support/temp_dir.h"
#include "upstream/discovery/dns.h"

namespace sluice::test {

struct RecordingSink final : SourceSink {
  std::vector<std::vector<Found>> told;
  void on_found(Source&, const std::vector<Found>& found) override { told.push_back(found); }
};

// "10.0.0.1:80", or with more of each endpoint: "10.0.0.1:80 a.test:80 weight 2 priority 1".
inline std::vector<std::string> addresses_of(const std::vector<Found>& found) {
  std::vector<std::string> texts;
  for (const auto& each : found)
    texts.push_back(each.address.text());
  return texts;
}
inline std::vector<std::string> texts_of(const std::vector<Found>& found) {
  std::vector<std::string> texts;
  for (const auto& each : found)
    texts.push_back(each.address.text() + " " + each.authority + " weight " + std::to_string(each.weight) +
                    " priority " + std::to_string(each.priority));
  return texts;
}

// Turns the loop until `holds()`; false when it does not in time.
template <class Condition>
bool runs_until(Loop& loop, Condition holds) {
  return eventually([&] {
    loop.run_once(false);
    return holds();
  });
}

using Texts = std::vector<std::string>;

struct DnsRig {
  TempDir dir;
  Loop loop;
  DnsServer server;
  RecordingSink sink;

  // Asks again soon, so that tests see a second answer; only the test's own hosts. The timeout is long: a busy machine is no failure.
  DnsSettings settings() const {
    using namespace std::chrono_literals;
    DnsSettings fast;
    fast.servers = {server.address()};
    fast.timeout = 5s;
    fast.tries = 1;
    fast.min_ttl = 10ms;
    fast.max_ttl = 20ms;
    fast.retry = 10ms;
    fast.hosts_file = (dir.path() / "hosts").string();
    fast.resolv_conf = (dir.path() / "resolv.conf").string();
    return fast;
  }
  static DnsQuery query(std::string name, DnsQuery::Family family = DnsQuery::Family::ipv4) {
    DnsQuery query;
    query.family = family;
    query.name = std::move(name);
    query.port = 80;
    return query;
  }
  static DnsQuery service(std::string name, DnsQuery::Family family = DnsQuery::Family::ipv4) {
    auto query = DnsRig::query(std::move(name), family);
    query.kind = DnsQuery::Kind::service;
    return query;
  }
  template <class Condition>
  bool until(Condition holds) {
    return runs_until(loop, holds);
  }
  bool until_told(const Texts& addresses) {
    return until([&] { return !sink.told.empty() && addresses_of(sink.told.back()) == addresses; });
  }
  // Another question has come after this call.
  bool until_asked_again(const std::string& question, std::size_t times = 1) {
    const auto before = server.count(question);
    return until([&] { return server.count(question) >= before + times; });
  }
};

}  // namespace sluice::test
