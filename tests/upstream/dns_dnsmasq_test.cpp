// Against a real server: dnsmasq from Debian (support/dnsmasq.h).
#include <catch2/catch_test_macros.hpp>

#include "dns_rig.h"
#include "support/dnsmasq.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

DnsSettings settings_for(const Dnsmasq& server) {
  DnsSettings settings;
  settings.servers = {server.address()};
  settings.hosts_file = "/dev/null";
  settings.resolv_conf = "/dev/null";
  settings.timeout = 5s;
  settings.min_ttl = 20ms;
  settings.max_ttl = 1s;
  settings.retry = 20ms;
  return settings;
}

TEST_CASE("A name at dnsmasq is followed when its addresses change, and kept when the server ends") {
  Dnsmasq server("10.0.0.1 app.test\n10.0.0.2 app.test\n::7 app.test\n");
  Loop loop;
  RecordingSink sink;
  Dns dns(loop, settings_for(server));
  const auto source = dns.watch(DnsRig::query("app.test", DnsQuery::Family::any), sink);
  const auto is_told = [&](const Texts& texts) {
    return runs_until(loop, [&] { return !sink.told.empty() && addresses_of(sink.told.back()) == texts; });
  };
  REQUIRE(is_told({"[::7]:80", "10.0.0.1:80", "10.0.0.2:80"}));
  server.reload("10.0.0.3 app.test\n10.0.0.2 app.test\n");
  REQUIRE(is_told({"10.0.0.2:80", "10.0.0.3:80"}));
  server.reload("10.0.0.9 other.test\n");
  REQUIRE(runs_until(
      loop, [&] { return source->status().error == "A app.test: NXDOMAIN; AAAA app.test: NXDOMAIN"; }));
  server.stop();
  REQUIRE(runs_until(
      loop, [&] { return source->status().error.find("no server could be reached") != std::string::npos; }));
  CHECK(source->status().found == 2);
  CHECK(addresses_of(sink.told.back()) == Texts{"10.0.0.2:80", "10.0.0.3:80"});
}

TEST_CASE("A service at dnsmasq is followed through its targets") {
  Dnsmasq server("10.0.0.1 a.test\n10.0.0.2 b.test\n", {"--srv-host=_http._tcp.test,a.test,8001,10,3",
                                                        "--srv-host=_http._tcp.test,b.test,8002,20,5"});
  Loop loop;
  RecordingSink sink;
  Dns dns(loop, settings_for(server));
  const auto source = dns.watch(DnsRig::service("_http._tcp.test", DnsQuery::Family::any), sink);
  REQUIRE(runs_until(loop, [&] { return source->status().found == 2; }));
  CHECK(texts_of(sink.told.back()) == Texts{"10.0.0.1:8001 a.test:8001 weight 3 priority 0",
                                            "10.0.0.2:8002 b.test:8002 weight 5 priority 1"});
  server.reload("10.0.0.1 a.test\n10.0.0.7 b.test\n");
  CHECK(runs_until(
      loop, [&] { return addresses_of(sink.told.back()) == Texts{"10.0.0.1:8001", "10.0.0.7:8002"}; }));
}

TEST_CASE("Five hundred services at dnsmasq come by TCP") {
  std::vector<std::string> records;
  std::string hosts;
  for (int i = 1; i <= 500; ++i) {
    const auto name = "t" + std::to_string(i) + ".test";
    records.push_back("--srv-host=_many._tcp.test," + name + "," + std::to_string(1000 + i));
    hosts += "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + " " + name + "\n";
  }
  Dnsmasq server(hosts, records);
  Loop loop;
  RecordingSink sink;
  auto settings = settings_for(server);
  settings.timeout = 5s;
  Dns dns(loop, settings);
  const auto source = dns.watch(DnsRig::service("_many._tcp.test"), sink);
  REQUIRE(runs_until(loop, [&] { return source->status().found == 500; }));
  CHECK(source->status().error.empty());
}

}  // namespace
}  // namespace sluice::test
