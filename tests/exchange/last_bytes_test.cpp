// What stands behind a response: the rest that a slow client has still to take, bytes that nobody asked for, nothing at all.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("The rest of a response reaches a slow client although the connection was to close after it") {
  ExchangeRig rig;
  rig.answers["/big"].bytes = response(200, pattern(100'000));
  auto& client = rig.client();
  client.far->room = 1000;
  rig.ask(client, get("/big", "Connection: close\r\n"));
  rig.settle();
  rig.advance(10s);  // longer than a connection lingers
  client.far->room = std::string::npos;
  rig.settle();
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].whole);
  CHECK(client.far->has_ended());
}

TEST_CASE("A client that stops reading the last response is cut, and sees it broken") {
  ExchangeRig rig;
  rig.answers["/big"].bytes = std::string(kChunkedHead) + chunk(pattern(100'000)) + std::string(kLastChunk);
  auto& client = rig.client();
  client.far->room = 1000;
  rig.ask(client, "GET /big HTTP/1.0\r\nHost: h\r\n\r\n");
  rig.settle();
  rig.advance(10min);
  CHECK(client.far->is_closed);
  CHECK_FALSE(client.far->has_ended());
}

TEST_CASE("A kept connection whose client closes its side still gets the rest of its response") {
  ExchangeRig rig;
  rig.answers["/big"].bytes = response(200, pattern(100'000));
  auto& client = rig.client();
  client.far->room = 1000;
  rig.ask(client, get("/big"));
  rig.settle();
  client.far->incoming_end = true;
  rig.settle();
  client.far->room = std::string::npos;
  rig.settle();
  CHECK(rig.responses(client)[0].whole);
  CHECK(client.far->is_closed);
}

TEST_CASE("Bytes behind a response are not taken for the answer to the next request") {
  ExchangeRig rig;
  rig.answers["/a"].pieces = {response(200, "a") + "HTTP/1.1 200 OK\r\nContent-Le", "ngth: 4\r\n\r\nevil"};
  rig.answers["/b"].bytes = response(200, "b");
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.ask(client, get("/b"));
  client.far->incoming = {get("/a") + get("/b")};
  rig.settle();
  REQUIRE(rig.responses(client).size() == 2);
  CHECK(rig.responses(client)[1].message.body == "b");
  CHECK(rig.net.connected.size() == 2);
}

TEST_CASE("A local response of status 204 has neither body nor length") {
  ExchangeRig rig;
  rig.hooks[SLUICE_ON_REQUEST] = [](Exchange& exchange, const sluice_chunk*) {
    exchange.respond(204, "text/plain", "body");
    return SLUICE_RESPOND;
  };
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  const auto seen = rig.responses(client);
  REQUIRE(seen.size() == 1);
  CHECK_FALSE(seen[0].message.has("Content-Length"));
}

}  // namespace
}  // namespace sluice::test
