// Names that are watched, against a scripted server on loopback.
#include <catch2/catch_test_macros.hpp>

#include <fstream>

#include "dns_rig.h"
#include "support/captured_log.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using Family = DnsQuery::Family;

TEST_CASE("Both families of a name are found, sorted, each with the name for Host") {
  DnsRig rig;
  rig.server.set("app.test", "A", {{a_record("10.0.0.2"), a_record("10.0.0.1")}, {}});
  rig.server.set("app.test", "AAAA", {{aaaa_record("2001:db8::1")}, {}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::query("app.test", Family::any), rig.sink);
  CHECK(rig.sink.told.empty());
  REQUIRE(rig.until_told({"10.0.0.1:80", "10.0.0.2:80", "[2001:db8::1]:80"}));
  CHECK(rig.sink.told.front().front().authority == "app.test:80");
  CHECK(source->status().what == "A/AAAA app.test");
  CHECK(source->status().found == 3);
  CHECK(source->status().error.empty());
}

TEST_CASE("Only the wanted family is asked for") {
  DnsRig rig;
  rig.server.set("app.test", "A", {{a_record("10.0.0.1")}, {}});
  rig.server.set("app.test", "AAAA", {{aaaa_record("::1")}, {}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::query("app.test", Family::ipv6), rig.sink);
  REQUIRE(rig.until_told({"[::1]:80"}));
  CHECK(rig.server.count("A app.test") == 0);
}

TEST_CASE("The next question comes when the least TTL is over, kept between the least and the most") {
  DnsRig rig;
  rig.server.set("app.test", "A", {{a_record("10.0.0.1", 300), a_record("10.0.0.2", 120)}, {}});
  auto settings = rig.settings();
  settings.max_ttl = 1h;
  Dns dns(rig.loop, settings);
  const auto source = dns.watch(DnsRig::query("app.test"), rig.sink);
  REQUIRE(rig.until([&] { return source->status().found == 2; }));
  const auto status = source->status();
  // The two are read from the clock one after the other.
  const auto wait = status.next_at_ms - status.good_at_ms;
  CHECK(wait >= 120'000);
  CHECK(wait < 300'000);
}

TEST_CASE("A change is told once the TTL is over, and an answer that changes nothing is not told") {
  DnsRig rig;
  rig.server.set("app.test", "A", {{a_record("10.0.0.1"), a_record("10.0.0.2")}, {}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::query("app.test"), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:80", "10.0.0.2:80"}));
  rig.server.set("app.test", "A", {{a_record("10.0.0.2"), a_record("10.0.0.1")}, {}});
  REQUIRE(rig.until_asked_again("A app.test", 3));
  CHECK(rig.sink.told.size() == 1);
  rig.server.set("app.test", "A", {{a_record("10.0.0.3")}, {}});
  CHECK(rig.until_told({"10.0.0.3:80"}));
  CHECK(rig.sink.told.size() == 2);
}

struct Failure {
  const char* name;
  DnsScript script;
  const char* error;
};

TEST_CASE("Whatever fails, the last good set stays, and it is said once") {
  const Failure failures[] = {
      {"nxdomain", {.answers = {}, .additional = {}, .code = 3}, "A app.test: NXDOMAIN"},
      {"servfail", {.answers = {}, .additional = {}, .code = 2}, "A app.test: SERVFAIL"},
      {"refused", {.answers = {}, .additional = {}, .code = 5}, "A app.test: REFUSED"},
      {"no data", {}, "A app.test: no such record"},
      {"silence", {.answers = {}, .additional = {}, .is_silent = true}, "A app.test: no answer in time"},
      {"garbage", {.answers = {}, .additional = {}, .garbage = "\xc0\x0c\x00"}, "A app.test: an answer "}};
  for (const auto& failure : failures) {
    INFO(failure.name);
    DnsRig rig;
    const CapturedLog log;
    rig.server.set("app.test", "A", {{a_record("10.0.0.1")}, {}});
    auto settings = rig.settings();
    if (failure.script.is_silent) settings.timeout = 1s;
    Dns dns(rig.loop, settings);
    const auto source = dns.watch(DnsRig::query("app.test"), rig.sink);
    REQUIRE(rig.until_told({"10.0.0.1:80"}));
    rig.server.set("app.test", "A", failure.script);
    REQUIRE(rig.until([&] { return source->status().error.starts_with(failure.error); }));
    REQUIRE(rig.until_asked_again("A app.test", 2));
    CHECK(rig.sink.told.size() == 1);
    CHECK(source->status().found == 1);
    CHECK(log.count("its last 1 endpoints stay") == 1);
    CHECK(log.count(failure.error) == 1);
    rig.server.set("app.test", "A", {{a_record("10.0.0.9")}, {}});
    REQUIRE(rig.until_told({"10.0.0.9:80"}));
    CHECK(log.count("A app.test: answered again") == 1);
  }
}

TEST_CASE("A name that was never answered tells nothing, and each question is named") {
  DnsRig rig;
  const CapturedLog log;
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::query("none.test", Family::any), rig.sink);
  REQUIRE(rig.until([&] { return !source->status().error.empty(); }));
  CHECK(source->status().error == "A none.test: NXDOMAIN; AAAA none.test: NXDOMAIN");
  CHECK(source->status().good_at_ms == 0);
  CHECK(rig.sink.told.empty());
  CHECK(log.count("no endpoints are known") == 1);
}

TEST_CASE("A server that is not there is a failure, and its coming is found") {
  DnsRig rig;
  auto settings = rig.settings();
  std::string address;
  {
    const DnsServer gone;
    address = gone.address();
  }
  settings.servers = {address};
  Dns dns(rig.loop, settings);
  const auto source = dns.watch(DnsRig::query("app.test"), rig.sink);
  REQUIRE(rig.until([&] { return !source->status().error.empty(); }));
  CHECK(rig.sink.told.empty());
}

TEST_CASE("While one family fails, its last addresses stay beside the new ones of the other") {
  DnsRig rig;
  rig.server.set("app.test", "A", {{a_record("10.0.0.1")}, {}});
  rig.server.set("app.test", "AAAA", {{aaaa_record("::1")}, {}});
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::query("app.test", Family::any), rig.sink);
  REQUIRE(rig.until_told({"[::1]:80", "10.0.0.1:80"}));
  rig.server.set("app.test", "AAAA", {.answers = {}, .additional = {}, .code = 2});
  rig.server.set("app.test", "A", {{a_record("10.0.0.2")}, {}});
  REQUIRE(rig.until_told({"[::1]:80", "10.0.0.2:80"}));
  CHECK(source->status().error == "AAAA app.test: SERVFAIL");
}

TEST_CASE("A first set does not wait for a family that does not answer") {
  DnsRig rig;
  rig.server.set("app.test", "A", {{a_record("10.0.0.1")}, {}});
  rig.server.set("app.test", "AAAA", {.answers = {}, .additional = {}, .is_silent = true});
  auto settings = rig.settings();
  settings.timeout = 60s;
  Dns dns(rig.loop, settings);
  const auto source = dns.watch(DnsRig::query("app.test", Family::any), rig.sink);
  CHECK(rig.until_told({"10.0.0.1:80"}));
}

TEST_CASE("The hosts file comes before the DNS, and is read again when it changes") {
  DnsRig rig;
  rig.dir.write("hosts", "# ours\n10.0.0.1 other App.Test # and more\nnonsense app.test\n");
  Dns dns(rig.loop, rig.settings());
  const auto source = dns.watch(DnsRig::query("app.test", Family::any), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.dir.write("hosts", "10.0.0.2 app.test\n::1 app.test\n");
  CHECK(rig.until_told({"[::1]:80", "10.0.0.2:80"}));
  CHECK(rig.server.asked().empty());
}

TEST_CASE("Names are absolute unless the search list is asked for; then each name that was asked is told") {
  DnsRig rig;
  rig.dir.write("resolv.conf", "search one.test two.test\noptions ndots:2\n");
  rig.server.set("app.x.two.test", "A", {{a_record("10.0.0.1")}, {}});
  auto settings = rig.settings();
  Dns absolute(rig.loop, settings);
  settings.search = true;
  Dns searching(rig.loop, settings);
  RecordingSink nobody;
  const auto as_is = absolute.watch(DnsRig::query("app.x"), nobody);
  const auto found = searching.watch(DnsRig::query("app.x"), rig.sink);
  const auto missing = searching.watch(DnsRig::query("no.x"), nobody);
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  REQUIRE(rig.until([&] { return !missing->status().error.empty() && !as_is->status().error.empty(); }));
  CHECK(as_is->status().error == "A app.x: NXDOMAIN");
  CHECK(missing->status().error == "A no.x.one.test: NXDOMAIN; A no.x.two.test: NXDOMAIN; A no.x: NXDOMAIN");
}

TEST_CASE("A resolv.conf that has changed holds from the next question on") {
  DnsRig rig;
  rig.server.set("app.one.test", "A", {{a_record("10.0.0.1")}, {}});
  rig.server.set("app.two.test", "A", {{a_record("10.0.0.2")}, {}});
  rig.dir.write("resolv.conf", "search one.test\n");
  auto settings = rig.settings();
  settings.search = true;
  Dns dns(rig.loop, settings);
  const auto source = dns.watch(DnsRig::query("app"), rig.sink);
  REQUIRE(rig.until_told({"10.0.0.1:80"}));
  rig.dir.write("resolv.conf", "search two.test\n");
  CHECK(rig.until_told({"10.0.0.2:80"}));
}

TEST_CASE("A server that is no address makes each question fail with that reason") {
  DnsRig rig;
  const CapturedLog log;
  auto settings = rig.settings();
  settings.servers = {"not an address"};
  Dns dns(rig.loop, settings);
  const auto source = dns.watch(DnsRig::query("app.test"), rig.sink);
  REQUIRE(rig.until([&] { return !source->status().error.empty(); }));
  CHECK(source->status().error.find("not an address") != std::string::npos);
}

TEST_CASE("A Dns and its sources may die while questions are open, and nobody is told") {
  DnsRig rig;
  rig.server.set("app.test", "A", {.answers = {}, .additional = {}, .is_silent = true});
  rig.server.set("_http._tcp.test", "SRV", {{srv_record(1, 1, 80, "app.test")}, {}});
  {
    auto settings = rig.settings();
    settings.timeout = 60s;
    Dns dns(rig.loop, settings);
    const auto name = dns.watch(DnsRig::query("app.test"), rig.sink);
    const auto service = dns.watch(DnsRig::service("_http._tcp.test"), rig.sink);
    REQUIRE(rig.until([&] { return rig.server.count("A app.test") == 2; }));
  }
  while (rig.loop.run_once(false)) {}
  CHECK(rig.sink.told.empty());
}

TEST_CASE("A sink may end its source, and the Dns with it, while it is told") {
  struct Ending final : SourceSink {
    std::unique_ptr<Dns> dns;
    std::unique_ptr<Source> source;
    std::size_t told = 0;
    void on_found(Source&, const std::vector<Found>& found) override {
      told += found.size();
      source.reset();
      dns.reset();
    }
  } sink;
  DnsRig rig;
  rig.server.set("app.test", "A", {{a_record("10.0.0.1")}, {}});
  sink.dns = std::make_unique<Dns>(rig.loop, rig.settings());
  sink.source = sink.dns->watch(DnsRig::query("app.test"), sink);
  REQUIRE(rig.until([&] { return sink.told == 1; }));
  CHECK(rig.until([&] { return !rig.loop.run_once(false); }));
}

TEST_CASE("A name whose server is silent holds up no other, and a thousand sources start together") {
  constexpr std::size_t kMany = 1000;
  DnsRig rig;
  auto settings = rig.settings();
  settings.timeout = 60s;
  settings.max_ttl = 1h;
  Dns dns(rig.loop, settings);
  std::vector<std::unique_ptr<Source>> sources;
  for (std::size_t i = 0; i < kMany; ++i) {
    const auto name = "n" + std::to_string(i) + ".test";
    const auto last = std::to_string(i % 250 + 1);
    rig.server.set(name, "A",
                   {.answers = {a_record("10.0.0." + last)}, .additional = {}, .is_silent = i % 10 == 0});
    sources.push_back(dns.watch(DnsRig::query(name), rig.sink));
  }
  CHECK(rig.until([&] { return rig.sink.told.size() == kMany - kMany / 10; }));
}

}  // namespace
}  // namespace sluice::test
