// The upstream side: pooled connections, dead ones, weights, forwarding fields.
#include <catch2/catch_test_macros.hpp>

#include <map>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

TEST_CASE("A pooled connection that proves dead is replaced once, body and all, and not counted") {
  Origin origin([](OriginConnection& connection) {
    connection.read_request();
    connection.send(response(200, "ok"));
    if (connection.number() == 0)
      connection.read_request();
    else
      connection.wait_end();
  });
  Gateway gateway(proxy_to(origin, "workers = 1\n" + std::string(access_plugin())));
  Client client = gateway.connect();
  CHECK(client.exchange(get("/1")).status() == 200);
  CHECK(client.exchange(put("/2", pattern(20000))).status() == 200);
  const auto requests = origin.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[2].body == pattern(20000));
  CHECK(gateway.access(2).at(1)["attempts"] == 1);
}

TEST_CASE("A POST that a pooled connection may have taken is not sent again") {
  Origin origin([](OriginConnection& connection) {
    connection.read_request();
    connection.send(response(200, "ok"));
    if (connection.number() == 0) connection.read_request();
  });
  Gateway gateway(proxy_to(origin, "workers = 1"));
  Client client = gateway.connect();
  CHECK(client.exchange(get("/1")).status() == 200);
  CHECK(client.exchange(post("/2", "pay")).status() == 502);
  CHECK(origin.requests().size() == 2);
}

TEST_CASE("An origin that dies on a fresh connection is not asked again") {
  Origin origin([](OriginConnection& connection) { connection.read_request(); });
  Gateway gateway(proxy_to(origin, "workers = 1"));
  CHECK(gateway.once(post("/", "x")).status() == 502);
  CHECK(origin.requests().size() == 1);
}

TEST_CASE("An endpoint that refuses is passed over") {
  const RefusingPort nobody;
  Origin origin;
  Gateway gateway(proxy_to({nobody.endpoint(), origin.endpoint()}, "workers = 1"));
  for (int i = 0; i < 4; ++i)
    CHECK(gateway.once(post("/", "body")).status() == 200);
}

TEST_CASE("A connect that hangs ends in 504") {
  const SilentPort silent;
  Gateway gateway(proxy_to({silent.endpoint()}, "[timeouts]\nconnect = \"60ms\""));
  CHECK(gateway.once(get("/")).status() == 504);
}

TEST_CASE("A name that does not resolve makes no configuration invalid and answers 503") {
  Gateway gateway(proxy_to(std::vector<std::string>{"no-such-name.invalid:80"}));
  const Message answer = gateway.once(get("/", "Accept: application/json\r\n"));
  CHECK(answer.status() == 503);
  CHECK(nlohmann::json::parse(answer.body)["reason"] == "no_address");
}

TEST_CASE("Weights share the requests out exactly") {
  Origin heavy(always(response(200, "heavy")));
  Origin light(always(response(200, "light")));
  Gateway gateway(
      "workers = 1\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"app\"\n"
      "endpoints = [{ address = \"" +
      heavy.endpoint() + "\", weight = 3 }, { address = \"" + light.endpoint() +
      "\", weight = 1 }]\n[[route]]\nupstream = \"app\"\n");
  Client client = gateway.connect();
  std::map<std::string, int> seen;
  for (int i = 0; i < 40; ++i)
    ++seen[client.exchange(get("/")).body];
  CHECK(seen["heavy"] == 30);
  CHECK(seen["light"] == 10);
}

TEST_CASE("Fields of this hop go no further, those that Connection names among them") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  gateway.once(
      get("/", "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 3\r\nTE: trailers\r\nX-Kept: 1\r\n"));
  const Message seen = origin.wait_request();
  for (const char* name : {"X-Hop", "Keep-Alive", "TE", "Connection"})
    CHECK_FALSE(seen.has(name));
  CHECK(seen.has("X-Kept"));
}

TEST_CASE("Only trusted proxies are believed about the client") {
  Origin origin;
  const std::string claim = "X-Forwarded-For: 192.0.2.7, 127.0.0.9\r\n";
  {
    Gateway gateway(proxy_to(origin, access_plugin()));
    gateway.once(get("/", claim));
    CHECK(origin.wait_request(1).header("X-Forwarded-For") == "127.0.0.1");
    CHECK(gateway.access().at(0)["client"] == "127.0.0.1");
  }
  Gateway gateway(proxy_to(origin, "trusted_proxies = [\"127.0.0.0/8\"]\n" + std::string(access_plugin())));
  gateway.once(get("/", claim));
  CHECK(origin.wait_request(2).header("X-Forwarded-For") == "192.0.2.7, 127.0.0.9, 127.0.0.1");
  CHECK(gateway.access().at(0)["client"] == "192.0.2.7");
}

}  // namespace
}  // namespace sluice::test
