// <sluice/plugin.hpp>: classes, configuration, waiting and failing, against the host in memory.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "support/fake_host.h"

namespace {

using namespace sluice::test;
using Catch::Matchers::ContainsSubstring;

// The host in memory has no defaults for tables.
constexpr auto kPlain = "more = {}\n";
constexpr auto kObject = SLUICE_BINARY_DIR "/tests/objects/cpp_layer.so";

// Guards that live in coroutine frames now, which only frames that were not destroyed have.
std::string guards(FakeHost& host) {
  auto ex = host.exchange("GET", "/");
  host.run(SLUICE_ON_LOG, ex);
  return ex.note("layer.guards");
}

}  // namespace

TEST_CASE("a class gets its configuration with defaults, and a worker's object has the hooks") {
  FakeHost host;
  REQUIRE(host.load(kObject, "more = {}\nnames = ['a', 'b']\n"));
  auto ex = host.exchange("GET", "/");
  CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("layer.config") == "a;b;4096;3");
  CHECK(ex.note("layer.worker") == "0");
}

TEST_CASE("a constructor that refuses makes a problem at the key") {
  FakeHost host;
  CHECK(host.load(kObject, "word = 'refuse'\n") == nullptr);
  CHECK_THAT(host.problem_text(), ContainsSubstring(":1:8: \"refuse\" is refused"));
}

TEST_CASE("respond, headers, slots and body pieces work as in C") {
  FakeHost host;
  REQUIRE(host.load(kObject, "more = {}\nword = 'w'\n"));
  auto ex = host.exchange("GET", "/", {{"X-Do", "deny"}});
  CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_RESPOND);
  CHECK(ex.status() == 403);
  CHECK(host.run(SLUICE_ON_RESPONSE, ex) == SLUICE_CONTINUE);
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "x-word") == "w");
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "X-Seen") == "deny");
  CHECK_THAT(ex.note("layer.names"), ContainsSubstring("X-Word,X-Seen,"));
  CHECK(host.run(SLUICE_ON_RESPONSE_BODY, ex, "no", true) == SLUICE_CONTINUE);
  CHECK(ex.passed_on() == "<no>");
}

TEST_CASE("an exception in a hook fails it with its text") {
  FakeHost host;
  REQUIRE(host.load(kObject, kPlain));
  auto ex = host.exchange("GET", "/", {{"X-Do", "throw"}});
  CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() == "thrown on purpose");
}

TEST_CASE("nested coroutines wait one after the other and hand their results up") {
  FakeHost host;
  REQUIRE(host.load(kObject, kPlain));
  auto ex = host.exchange("GET", "/", {{"X-Do", "add"}});
  CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
  CHECK(host.timers() == 1);
  host.advance(10);
  CHECK(host.step(ex) == SLUICE_PAUSE);
  host.advance(10);
  CHECK(host.settle(ex) == SLUICE_CONTINUE);
  CHECK(ex.note("layer.sum") == "9");
  CHECK(guards(host) == "0");
}

TEST_CASE("an exception after a wait fails the hook like one before") {
  FakeHost host;
  REQUIRE(host.load(kObject, kPlain));
  auto ex = host.exchange("GET", "/", {{"X-Do", "sleep then throw"}});
  CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
  host.advance(10);
  CHECK(host.settle(ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() == "thrown after a wait");
  CHECK(guards(host) == "0");
}

TEST_CASE("another thread ends a wait with a value") {
  FakeHost host;
  REQUIRE(host.load(kObject, kPlain));
  auto ex = host.exchange("GET", "/", {{"X-Do", "thread"}});
  CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
  CHECK(host.settle(ex) == SLUICE_CONTINUE);
  CHECK(ex.note("layer.thread") == "from a thread");
}

TEST_CASE("a wait that nobody will end ends as an exception") {
  FakeHost host;
  REQUIRE(host.load(kObject, kPlain));
  for (auto [what, reason] : {std::pair{"give up", "a wait was given up"}, {"throw at start", "at start"}}) {
    auto ex = host.exchange("GET", "/", {{"X-Do", what}});
    CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
    CHECK(host.settle(ex) == SLUICE_FAIL);
    CHECK(ex.fail_reason() == reason);
  }
  auto ex = host.exchange("GET", "/", {{"X-Do", "foreign"}});
  CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  CHECK_THAT(ex.fail_reason(), ContainsSubstring("not of <sluice/...>"));
  CHECK(guards(host) == "0");
}

TEST_CASE("an exchange that ends during a wait takes its coroutine and timer along") {
  FakeHost host;
  REQUIRE(host.load(kObject, kPlain));
  {
    auto ex = host.exchange("GET", "/", {{"X-Do", "add"}});
    CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
    CHECK(guards(host) == "1");
  }
  CHECK(host.timers() == 0);
  CHECK(guards(host) == "0");
}

TEST_CASE("a timer that has fired finds an exchange that has ended meanwhile") {
  FakeHost host;
  REQUIRE(host.load(kObject, kPlain));
  {
    auto ex = host.exchange("GET", "/", {{"X-Do", "add"}});
    CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
    host.advance(10);
  }
  CHECK(guards(host) == "0");
}

TEST_CASE("log lines carry the plugin's name") {
  FakeHost host;
  REQUIRE(host.load(kObject, kPlain));
  auto ex = host.exchange("GET", "/");
  host.run(SLUICE_ON_LOG, ex);
  REQUIRE(host.log_lines().size() == 1);
  CHECK(host.log_lines()[0].plugin == "cpp_layer");
}
