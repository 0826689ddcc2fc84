// The whole process and a plugin that does not make it easy: timers and tokens that outlive exchanges, a hook that never returns.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <csignal>
#include <filesystem>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// Of tests/abi/objects/serving.cpp.
std::string serving(const Origin& origin, std::string_view top = "") {
  return proxy_to(origin, std::string(top) + "\nworkers = 1\n[[plugin]]\nuse = \"" SLUICE_BINARY_DIR
                                             "/tests/objects/serving.so\"\n");
}

TEST_CASE("A use's timers never fire once it is destroyed") {
  Origin origin;
  Gateway gateway(serving(origin));
  CHECK(gateway.once(get("/timer?1000")).status() == 200);
  gateway.reload(serving(origin, "drain = \"1s\""));
  REQUIRE(gateway.process().wait_for_error_text("]: destroyed"));
  // One that is due later, on the same worker.
  CHECK(gateway.once(get("/timer?1001")).status() == 200);
  REQUIRE(gateway.process().wait_for_error_text("fired 1001"));
  const auto log = gateway.log();
  CHECK_FALSE(log.substr(log.find("]: destroyed")).contains("fired 1000"));
}

TEST_CASE("The process does not wait for timers") {
  Origin origin;
  Gateway gateway(serving(origin));
  CHECK(gateway.once(get("/timer?3600000")).status() == 200);
  CHECK(gateway.terminate() == 0);
  CHECK_THAT(gateway.log(), ContainsSubstring("destroyed"));
}

TEST_CASE("An instance is destroyed after the last token of its hooks has come back") {
  Origin origin;
  // The exchange ends as soon as its client has gone; its line says when.
  const std::string top = "timeouts = { half_close = \"10ms\" }\n";
  Gateway gateway(serving(origin, top) + std::string(access_plugin()));
  Client client = gateway.connect();
  client.send(get("/hold"));
  REQUIRE(gateway.process().wait_for_error_text("holding"));
  client.close();
  CHECK(gateway.access().size() == 1);
  gateway.reload(serving(origin, "drain = \"1s\""));
  CHECK(gateway.once(get("/release")).status() == 200);
  REQUIRE(gateway.process().wait_for_error_text("]: destroyed"));
  CHECK_THAT(gateway.log(), ContainsSubstring("gone while alive"));
  CHECK(gateway.log().find("gone while alive") < gateway.log().find("]: destroyed"));
}

TEST_CASE("A token that never comes back costs the process a second and its instance the destroy()") {
  Origin origin;
  Gateway gateway(serving(origin, "drain = \"10ms\""));
  Client client = gateway.connect();
  client.send(get("/hold"));
  REQUIRE(gateway.process().wait_for_error_text("holding"));
  CHECK(gateway.terminate() == 0);
  CHECK_THAT(gateway.log(), ContainsSubstring("1 waits of plugins were not given back"));
  CHECK_FALSE(gateway.log().contains("]: destroyed"));
}

TEST_CASE("A worker that a plugin blocks for good does not keep the process from ending") {
  Origin origin;
  const bool twice = GENERATE(false, true);
  Gateway gateway(serving(origin, twice ? "drain = \"1h\"" : "drain = \"10ms\""));
  Client client = gateway.connect();
  client.send(get("/block"));
  REQUIRE(gateway.process().wait_for_error_text("blocking"));
  gateway.process().signal(SIGTERM);
  REQUIRE(gateway.process().wait_for_error_text("draining"));
  if (twice) gateway.process().signal(SIGTERM);
  CHECK(gateway.process().wait() == 4);
  CHECK_THAT(gateway.log(), ContainsSubstring("worker 0 is blocked"));
}

TEST_CASE("Numbers and sizes from plugins are taken for what they are") {
  Origin origin;
  Gateway gateway(serving(origin));
  CHECK(gateway.once(get("/balance")).status() == 200);
  CHECK(gateway.process().wait_for_error_text("view 0 weight 1 in_flight 77"));
  CHECK(gateway.process().wait_for_error_text("pick 1"));
}

TEST_CASE("No text of a plugin can look like a field of the log") {
  Origin origin;
  Gateway gateway(serving(origin));
  CHECK(gateway.once(get("/log")).status() == 200);
  REQUIRE(gateway.process().wait_for_error_text("forged"));
  CHECK_THAT(
      gateway.log(),
      ContainsSubstring(
          R"( hook="on_request" note="x\" request_id=\"forged\" \\ \x7f \xc2\x9b \xff": x" request_id="forged" \\ \x7f \xc2\x9b \xff)"));
  CHECK_THAT(gateway.log(), ContainsSubstring("[serving] request_id=\""));
}

}  // namespace
}  // namespace sluice::test
