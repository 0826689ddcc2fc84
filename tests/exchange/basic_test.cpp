// An exchange's ordinary life.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

TEST_CASE("Two requests of a kept connection use one upstream connection") {
  ExchangeRig rig;
  rig.answers["/a"].bytes = response(200, "body-a");
  rig.answers["/b"].bytes = response(200, "body-b");
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  rig.ask(client, get("/b"));
  rig.settle();
  const auto seen = rig.responses(client);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].message.body == "body-a");
  CHECK(seen[1].message.body == "body-b");
  CHECK(rig.net.connected.size() == 1);
  rig.finish();
  CHECK_NOTHROW(rig.check());
}

TEST_CASE("A request of length 0 over a kept upstream connection leaves both connections usable") {
  ExchangeRig rig;
  rig.answers["/a"].bytes = response(200, "body-a");
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  rig.ask(client, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  rig.settle();
  rig.ask(client, get("/a"));
  rig.settle();
  CHECK(rig.responses(client).size() == 3);
  CHECK(rig.net.connected.size() == 1);
}

}  // namespace
}  // namespace sluice::test
