// Attempts: which endpoint is next, and when there is none.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

TEST_CASE("An endpoint of another group is not taken for tried") {
  ExchangeRig rig;
  rig.answers["/a"].bytes = response(200, "a");
  rig.net.connects_refused = 1;
  int attempts = 0;
  rig.hooks[SLUICE_ON_BALANCE] = [&](Exchange& exchange, const sluice_chunk*) {
    if (++attempts == 2) CHECK(exchange.select_group(1) == SLUICE_OK);
    return SLUICE_CONTINUE;
  };
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.status() == 200);
  rig.finish();
  CHECK_NOTHROW(rig.check());
}

TEST_CASE("Each endpoint is tried once, and the last error stands") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.net.connect_status = UV_ECONNREFUSED;
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  CHECK(rig.net.connected.size() == 2);
  CHECK(rig.responses(client)[0].message.status() == 502);
  CHECK(rig.reasons == std::vector<std::string>{"connect_failed"});
}

TEST_CASE("No more than three endpoints are tried") {
  ExchangeRig rig;
  rig.endpoints = 5;
  rig.net.connect_status = UV_ECONNREFUSED;
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  CHECK(rig.net.connected.size() == 3);
  CHECK(rig.responses(client)[0].message.status() == 502);
}

TEST_CASE("A name that does not resolve is 503, and no connection is tried") {
  ExchangeRig rig;
  rig.endpoints_resolve = false;
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  CHECK(rig.net.connected.empty());
  CHECK(rig.responses(client)[0].message.status() == 503);
  CHECK(rig.reasons == std::vector<std::string>{"no_address"});
}

TEST_CASE("A connect that never ends is given up in time, and another endpoint is asked") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.answers["/a"].bytes = response(200, "a");
  rig.net.connects_hang = true;
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  CHECK(rig.responses(client).empty());
  rig.net.connects_hang = false;
  rig.advance(rig.group.connect_timeout + std::chrono::seconds(1));
  CHECK(rig.net.connected.size() == 2);
  CHECK(rig.responses(client)[0].message.status() == 200);
}

TEST_CASE("A stale connection is replaced once, not twice") {
  ExchangeRig rig;
  rig.group.retry.attempts = 1;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/b"].breaks = 2;
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  rig.ask(client, get("/b"));
  rig.settle();
  CHECK(rig.net.connected.size() == 2);
  CHECK(rig.responses(client)[1].message.status() == 502);
}

TEST_CASE("A request that a fresh connection may have taken is not sent again") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.answers["/p"].breaks = 1;
  auto& client = rig.client();
  rig.ask(client, post("/p", "0123456789"));
  rig.settle();
  CHECK(rig.net.connected.size() == 1);
  CHECK(rig.responses(client)[0].message.status() == 502);
}

TEST_CASE("A worker that ends an exchange ends its client's stream too") {
  ExchangeRig rig;
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  {
    Turn turn(rig.event_loop);
    (*rig.exchanges.begin())->end_now();
  }
  CHECK(client.far->is_closed);
  CHECK(client.far->reset);
}

}  // namespace
}  // namespace sluice::test
