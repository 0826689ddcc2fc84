// SIGHUP: the configuration, the script and the plugins become one new snapshot, or none of them does; no request is lost.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <optional>

#include "support/gateway.h"
#include "support/load.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

// As many reloads as a second and a bit of full load takes; more on a fast machine.
constexpr int kReloads = 40;
constexpr std::uint64_t kAnswersPerReload = 25;

// Answers with a fixed text, without remembering what was asked.
Script saying(std::string text) {
  return [text = std::move(text)](OriginConnection& connection) {
    for (;;) {
      connection.Wire::read_request();
      connection.send(response(200, text));
    }
  };
}

// One version of everything: an upstream that says its letter, a script that says its number, and a plugin's build.
class Version {
 public:
  Version(const Origin& origin, std::string letter) : origin_(origin), letter_(std::move(letter)) {}

  std::string write(const Gateway& gateway, int number) const {
    gateway.write("s.lua", "return { on_response = function(req, res) res:set_header('x-script', '" +
                               letter_ + std::to_string(number) + "') end }\n");
    gateway.write("my.so", read_file(std::string(SLUICE_BINARY_DIR "/tests/objects/stamp_") +
                                     (letter_ == "a" ? "one" : "two") + ".so"));
    return configuration();
  }
  std::string configuration() const {
    return proxy_to(
        origin_,
        "workers = 2\n[[plugin]]\nuse = \"lua\"\nscript = \"s.lua\"\n[[plugin]]\nuse = \"./my.so\"\n");
  }

 private:
  const Origin& origin_;
  const std::string letter_;
};

// All of an answer is of one version: the body from its upstream, the header from its script, the stamp from its plugin.
std::string judge_whole(const Message& answer) {
  if (answer.status() != 200) return "status: " + answer.head + answer.body;
  const std::string script = answer.header("X-Script"), build = answer.header("X-Build");
  const bool plain = script.empty() && build.empty();  // before the first reload
  const bool first = answer.body == "a" && script.starts_with("a") && build == "one";
  const bool second = answer.body == "b" && script.starts_with("b") && build == "two";
  return plain || first || second ? "" : "of two versions: " + answer.head + answer.body;
}

TEST_CASE("Reloads at full load lose no request, mix no versions, and count at once") {
  Origin a(saying("a")), b(saying("b"));
  const Version versions[] = {{a, "a"}, {b, "b"}};
  Gateway gateway(proxy_to(a, "workers = 2"));
  Load load({.port = gateway.port(), .keeping = 3, .fresh = 2, .judge = judge_whole});
  Client kept = gateway.connect();
  for (int i = 0; i < kReloads; ++i) {
    gateway.reload(versions[i % 2].write(gateway, i));
    const std::string expected = std::string(i % 2 == 0 ? "a" : "b") + std::to_string(i);
    REQUIRE(kept.exchange(get("/")).header("X-Script") == expected);
    REQUIRE(gateway.once(get("/")).header("X-Script") == expected);
    REQUIRE(load.wait_answered(kAnswersPerReload));
  }
  load.stop();
  CHECK(load.faults() == "");
  CHECK(load.fault_count() == 0);
  CHECK(load.closing() == 0);
}

// What reloads must not leave behind: script states, plugin objects and copies, plans, endpoints, threads. scripts/soak does the
// same ten thousand times. Sanitizers make each reload several times as slow, and their memory says nothing.
TEST_CASE("Many reloads under load leave memory, descriptors and threads where they were") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int kHalf = 10;
  constexpr bool kMemoryIsItsOwn = false;
#else
  constexpr int kHalf = 50;
  constexpr bool kMemoryIsItsOwn = true;
#endif
  // 20 KiB for each reload of the second half: one script's state alone takes ten times that.
  constexpr std::size_t kMayGrowKib = 20 * kHalf;
  Origin a(saying("a")), b(saying("b"));
  const Version versions[] = {{a, "a"}, {b, "b"}};
  Gateway gateway(proxy_to(a, "workers = 2"));
  Load load({.port = gateway.port(), .keeping = 1, .fresh = 1, .judge = judge_whole});
  const auto half = [&] {
    for (int i = 0; i < kHalf; ++i) {
      gateway.reload(versions[i % 2].write(gateway, i));
      REQUIRE(load.wait_answered(2));
    }
  };
  half();
  const std::size_t memory = gateway.process().private_kib();
  const std::size_t descriptors = gateway.process().open_descriptors();
  const std::size_t threads = gateway.process().threads();
  half();
  load.stop();
  CHECK(load.faults() == "");
  // Old snapshots go a moment after their last exchange, and connections after their last byte.
  CHECK(eventually([&] { return gateway.process().open_descriptors() <= descriptors; }));
  CHECK(gateway.process().threads() <= threads);
  if (kMemoryIsItsOwn)
    CHECK(eventually([&] { return gateway.process().private_kib() < memory + kMayGrowKib; }));
}

TEST_CASE("A storm of SIGHUPs at full load loses no request") {
  Origin a(saying("a"));
  const Version version(a, "a");
  Gateway gateway(proxy_to(a, "workers = 2"));
  gateway.reload(version.write(gateway, 0));
  Load load({.port = gateway.port(), .keeping = 3, .fresh = 2, .judge = judge_whole});
  // Signals come faster than snapshots can be made: some fall together, the last one counts.
  for (int i = 0; i < 200; ++i) {
    gateway.process().signal(SIGHUP);
    REQUIRE(load.wait_answered(3));
  }
  gateway.reload(version.write(gateway, 7));
  CHECK(eventually([&] { return gateway.once(get("/")).header("X-Script") == "a7"; }));
  load.stop();
  CHECK(load.faults() == "");
}

TEST_CASE("A bad configuration is refused whole, each fault with its place, and the old one serves on") {
  Origin a(saying("a")), b(saying("b"));
  const Version version(a, "a");
  Gateway gateway(proxy_to(a, "workers = 2"));
  gateway.reload(version.write(gateway, 1));
  Load load({.port = gateway.port(), .keeping = 2, .fresh = 1, .judge = [](const Message& answer) {
               return answer.header("X-Script") == "a1" ? std::string() : "changed: " + answer.head;
             }});
  const std::string file = gateway.folder() + "/sluice.toml:";
  // A good upstream with a bad key; two faults at once; a syntax error; a plugin that is no plugin; a script with a fault.
  const std::string unknown = gateway.reload_refused("wrokers = 2\n" + proxy_to(b, "max_connections = -1"));
  CHECK(unknown.contains(file + "1:1: "));
  CHECK(unknown.contains("\"workers\""));
  CHECK(eventually([&] { return gateway.log().contains(file + "2:19: "); }));
  CHECK(gateway.reload_refused("[[listener]\n").contains(file + "1:"));
  gateway.write("bad.so",
                "\x7f"
                "ELF, or so it says");
  CHECK(gateway.reload_refused(proxy_to(b, "[[plugin]]\nuse = \"./bad.so\"")).contains(file + "2:7: "));
  gateway.write("bad.lua", "return {\n  on_request = function(req)\n    req:respond(\n}\n");
  CHECK(gateway.reload_refused(proxy_to(b, "[[plugin]]\nuse = \"lua\"\nscript = \"bad.lua\""))
            .contains("bad.lua:4:"));
  REQUIRE(load.wait_answered(50));
  load.stop();
  CHECK(load.faults() == "");
}

TEST_CASE("An address that cannot be had refuses the reload with the line that asked for it") {
  Origin a(saying("a"));
  const RefusingPort taken;
  Gateway gateway(proxy_to(a));
  const std::string said =
      gateway.reload_refused(proxy_to(a) + "[[listener]]\naddress = \"" + taken.endpoint() + "\"\n");
  CHECK(said.contains(gateway.folder() + "/sluice.toml:"));
  CHECK(said.contains(taken.endpoint()));
  CHECK(gateway.once(get("/")).body == "a");
}

TEST_CASE("A listener that goes lets its requests end, and its address can be had again") {
  Gate asked, go;
  Origin slow([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    go.wait();
    connection.send(response(200, "slow"));
  });
  std::optional<RefusingPort> free_port(std::in_place);
  const std::string address = free_port->endpoint();
  const std::uint16_t port = free_port->port();
  free_port.reset();
  const std::string with = proxy_to(slow, "workers = 2") + "[[listener]]\naddress = \"" + address + "\"\n";
  Gateway gateway(with);
  Client busy(port);
  busy.send(get("/"));
  asked.wait();
  Client idle(port);
  gateway.reload(proxy_to(slow, "workers = 2"));
  CHECK_THROWS_AS(Client(port), Closed);
  CHECK(idle.wait_end() == End::closed);
  gateway.reload(with);
  go.open();
  CHECK(busy.read_response().body == "slow");
  CHECK(busy.wait_end() == End::closed);
  CHECK(Client::once(port, get("/")).body == "slow");
}

TEST_CASE("A request that began before a reload ends by the rules it began with") {
  Gate asked, go;
  Origin a([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    go.wait();
    connection.send(response(200, "a"));
    connection.wait_end();
  });
  Origin b(saying("b"));
  Gateway gateway(proxy_to(a));
  gateway.reload(Version(a, "a").write(gateway, 1));
  Client before = gateway.connect();
  before.send(get("/"));
  asked.wait();
  gateway.reload(Version(b, "b").write(gateway, 2));
  CHECK(gateway.once(get("/")).header("X-Script") == "b2");
  go.open();
  const Message answer = before.read_response();
  CHECK(answer.body == "a");
  CHECK(answer.header("X-Script") == "a1");
  CHECK(answer.header("X-Build") == "one");
  CHECK(before.exchange(get("/")).header("X-Script") == "b2");
}

}  // namespace
}  // namespace sluice::test
