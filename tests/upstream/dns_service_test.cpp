// SRV records that are watched, against a scripted server on loopback.
#include <catch2/catch_test_macros.hpp>

#include "dns_rig.h"
#include "support/captured_log.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using Family = DnsQuery::Family;

TEST_CASE(
    "A service gives ports, weights and priorities; its targets are asked for where no address came along") {
  DnsRig rig;
  rig.server.set("_http._tcp.test", "SRV",
                 {{srv_record(10, 3, 8001, "a.test"), srv_record(20, 5, 8002, "b.test")},
                  {a_record("10.0.0.1", 60, "A.test")}});
  rig.server.set("b.test", "A", {{a_record("10.0.0.2")}, {}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::service("_http._tcp.test"), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:8001", "10.0.0.2:8002"}));
  CHECK(texts_of(rig.sink.told.back()) == Texts{"10.0.0.1:8001 a.test:8001 weight 3 priority 0",
                                                "10.0.0.2:8002 b.test:8002 weight 5 priority 1"});
  CHECK(rig.server.count("A a.test") == 0);
  CHECK(source->status().what == "SRV _http._tcp.test");
}

TEST_CASE("Glue of one family does not stand for the other") {
  DnsRig rig;
  rig.server.set("_http._tcp.test", "SRV",
                 {{srv_record(1, 1, 80, "a.test")}, {a_record("10.0.0.1", 60, "a.test")}});
  rig.server.set("a.test", "AAAA", {{aaaa_record("::1")}, {}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::service("_http._tcp.test", Family::any), rig.sink);
  CHECK(rig.until_told({"[::1]:80", "10.0.0.1:80"}));
}

TEST_CASE("Five hundred records come by TCP") {
  DnsRig rig;
  DnsScript script;
  for (int i = 0; i < 500; ++i) {
    const auto name = "t" + std::to_string(i) + ".test";
    script.answers.push_back(srv_record(1, 1, static_cast<std::uint16_t>(1000 + i), name));
    rig.server.set(name, "A", {{a_record("10.0.0.1")}, {}});
  }
  script.is_cut_by_udp = true;
  rig.server.set("_http._tcp.test", "SRV", script);
  auto settings = rig.settings();
  settings.timeout = 10s;
  Dns dns(rig.loop, settings);
  const auto source = dns.watch(DnsRig::service("_http._tcp.test"), rig.sink);
  REQUIRE(rig.until([&] { return source->status().found == 500; }));
  CHECK(source->status().error.empty());
  CHECK(rig.server.by_tcp() >= 1);
}

TEST_CASE("A target that is \".\" is an empty set, told and said once") {
  DnsRig rig;
  const CapturedLog log;
  rig.server.set("_http._tcp.test", "SRV",
                 {{srv_record(1, 1, 80, "a.test")}, {a_record("10.0.0.1", 60, "a.test")}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::service("_http._tcp.test"), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.server.set("_http._tcp.test", "SRV", {{srv_record(0, 0, 0, ".")}, {}});
  REQUIRE(rig.until_told({}));
  REQUIRE(rig.until_asked_again("SRV _http._tcp.test", 3));
  CHECK(source->status().error.empty());
  CHECK(log.count("the service is not available (RFC 2782)") == 1);
}

TEST_CASE("A service without records, or whose targets are all unknown, keeps what was") {
  DnsRig rig;
  rig.server.set("_http._tcp.test", "SRV",
                 {{srv_record(1, 1, 80, "a.test")}, {a_record("10.0.0.1", 60, "a.test")}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::service("_http._tcp.test"), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.server.set("_http._tcp.test", "SRV", {{srv_record(1, 1, 80, "gone.test")}, {}});
  REQUIRE(rig.until([&] { return source->status().error == "A gone.test: NXDOMAIN"; }));
  rig.server.forget("_http._tcp.test", "SRV");
  REQUIRE(rig.until([&] { return source->status().error == "SRV _http._tcp.test: NXDOMAIN"; }));
  CHECK(rig.sink.told.size() == 1);
}

TEST_CASE("A target that does not exist any more goes, one that cannot be asked keeps its addresses") {
  DnsRig rig;
  rig.server.set(
      "_http._tcp.test", "SRV",
      {{srv_record(1, 1, 80, "a.test"), srv_record(1, 1, 80, "b.test"), srv_record(1, 1, 80, "c.test")}, {}});
  rig.server.set("a.test", "A", {{a_record("10.0.0.1")}, {}});
  rig.server.set("b.test", "A", {{a_record("10.0.0.2")}, {}});
  rig.server.set("c.test", "A", {{a_record("10.0.0.3")}, {}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::service("_http._tcp.test"), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"}));
  rig.server.set("b.test", "A", {.answers = {}, .additional = {}, .code = 2});
  rig.server.forget("c.test", "A");
  CHECK(rig.until_told({"10.0.0.1:80", "10.0.0.2:80"}));
}

TEST_CASE("A target that nobody can connect to is left out and named") {
  DnsRig rig;
  rig.server.set(
      "_http._tcp.test", "SRV",
      {{srv_record(1, 1, 80, "a.test"), srv_record(1, 1, 0, "a.test"), srv_record(1, 1, 80, "b ad\r\n.test")},
       {a_record("10.0.0.1", 60, "a.test")}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::service("_http._tcp.test"), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  const auto error = source->status().error;
  INFO(error);
  CHECK(error.find("SRV _http._tcp.test: target \"a.test:0\" has port 0") != std::string::npos);
  CHECK(error.find("has no valid host") != std::string::npos);
  CHECK(error.find('\r') == std::string::npos);
}

TEST_CASE("The least TTL of a service and its targets counts") {
  DnsRig rig;
  rig.server.set("_http._tcp.test", "SRV", {{srv_record(1, 1, 80, "a.test", 3000)}, {}});
  rig.server.set("a.test", "A", {{a_record("10.0.0.1", 200)}, {}});
  auto settings = rig.settings();
  settings.max_ttl = 1h;
  Dns dns(rig.loop, settings);
  const auto source = dns.watch(DnsRig::service("_http._tcp.test"), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  const auto wait = source->status().next_at_ms - source->status().good_at_ms;
  CHECK(wait >= 200'000);
  CHECK(wait < 3'000'000);
}

}  // namespace
}  // namespace sluice::test
