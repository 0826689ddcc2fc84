// Deployment by traffic: who comes to the new release, who stays, and what a switch costs.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "support/gateway.h"
#include "support/load.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

Script saying(std::string text) {
  return [text = std::move(text)](OriginConnection& connection) {
    for (;;) {
      connection.Wire::read_request();
      connection.send(response(200, text));
    }
  };
}

struct Stand {
  Origin blue{saying("blue")}, green{saying("green")};
  // Both as upstreams, and these routes.
  std::string with(std::string_view routes) const {
    return "workers = 2\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"blue\"\nendpoints = [\"" +
           blue.endpoint() + "\"]\n[[upstream]]\nname = \"green\"\nendpoints = [\"" + green.endpoint() +
           "\"]\n" + std::string(routes);
  }
  std::string split(int to_green, std::string_view by) const {
    return with("[[route]]\nupstreams = [{ name = \"blue\", weight = " + std::to_string(100 - to_green) +
                " }, { name = \"green\", weight = " + std::to_string(to_green) +
                " }]\nsplit_by = " + std::string(by) + "\n");
  }
};

constexpr int kUsers = 300;

// The arm of each user, asked on one connection by `field` ("Cookie: uid=").
std::vector<std::string> arms(const Gateway& gateway, const std::string& field) {
  std::vector<std::string> all;
  Client client = gateway.connect();
  for (int user = 0; user < kUsers; ++user)
    all.push_back(client.exchange(get("/", field + "u" + std::to_string(user) + "\r\n")).body);
  return all;
}

void splits(std::string_view by, const std::string& field) {
  Stand stand;
  Gateway gateway(stand.split(10, by));
  const auto before = arms(gateway, field);
  CHECK(arms(gateway, field) == before);
  const auto to_green = std::ranges::count(before, "green");
  CHECK(to_green > kUsers * 4 / 100);
  CHECK(to_green < kUsers * 18 / 100);
  gateway.reload(stand.split(40, by));
  const auto after = arms(gateway, field);
  for (int user = 0; user < kUsers; ++user)
    if (before[static_cast<std::size_t>(user)] == "green")
      CHECK(after[static_cast<std::size_t>(user)] == "green");
  CHECK(std::ranges::count(after, "green") > to_green);
  gateway.reload(stand.split(10, by));
  CHECK(arms(gateway, field) == before);
  gateway.reload(stand.split(100, by));
  CHECK(std::ranges::count(arms(gateway, field), "green") == kUsers);
}

TEST_CASE(
    "A user of a split by cookie stays in the new release when its share grows, and shrinking undoes just that") {
  splits("{ cookie = \"uid\" }", "Cookie: theme=dark; uid=");
}
TEST_CASE("The same for a split by header") { splits("{ header = \"X-User\" }", "X-User: "); }

TEST_CASE("Two gateways give a user the same arm, and a restart does too") {
  Stand stand;
  Gateway one(stand.split(50, "{ cookie = \"uid\" }")), two(stand.split(50, "{ cookie = \"uid\" }"));
  CHECK(arms(one, "Cookie: uid=") == arms(two, "Cookie: uid="));
}

// A route that marks its answers with its colour, so that a mix of two snapshots shows.
std::string all_to(const Stand& stand, const std::string& colour) {
  return stand.with("[[route]]\nupstream = \"" + colour + "\"\nresponse_headers = { set = { X-Colour = \"" +
                    colour + "\" } }\n");
}

TEST_CASE(
    "Blue-green: one reload switches all at once under load, there and back, losing and mixing nothing") {
  Stand stand;
  Gateway gateway(all_to(stand, "blue"));
  Load load({.port = gateway.port(), .keeping = 3, .fresh = 2, .judge = [](const Message& answer) {
               return answer.status() == 200 && answer.header("X-Colour") == answer.body
                          ? std::string()
                          : "wrong: " + answer.head + answer.body;
             }});
  Client kept = gateway.connect();
  for (int turn = 0; turn < 10; ++turn) {
    const std::string colour = turn % 2 == 0 ? "green" : "blue";
    gateway.reload(all_to(stand, colour));
    for (int i = 0; i < 4; ++i) {
      CHECK(kept.exchange(get("/")).body == colour);
      CHECK(gateway.once(get("/")).body == colour);
    }
    REQUIRE(load.wait_answered(40));
  }
  load.stop();
  CHECK(load.faults() == "");
  CHECK(load.closing() == 0);
}

TEST_CASE("Blue-green: a request that is under way ends where it began") {
  Gate asked, go;
  Origin slow([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    go.wait();
    connection.send(response(200, "old"));
    connection.wait_end();
  });
  Origin next(saying("new"));
  Gateway gateway(proxy_to(slow, "workers = 2"));
  Client client = gateway.connect();
  client.send(get("/"));
  asked.wait();
  gateway.reload(proxy_to(next, "workers = 2"));
  CHECK(gateway.once(get("/")).body == "new");
  go.open();
  CHECK(client.read_response().body == "old");
  CHECK(client.exchange(get("/")).body == "new");
}

TEST_CASE("A/B: a header or a cookie chooses the release, all others stay") {
  Stand stand;
  Gateway gateway(
      stand.with("[[route]]\nmatch = [{ header = { X-Canary = \"1\" } }, { cookie = { beta = \"on\" } }]\n"
                 "upstream = \"green\"\n[[route]]\nupstream = \"blue\"\n"));
  Client client = gateway.connect();
  const std::pair<const char*, const char*> cases[] = {
      {"", "blue"},
      {"X-Canary: 1\r\n", "green"},
      {"X-Canary: 0\r\n", "blue"},
      {"Cookie: beta=on\r\n", "green"},
      {"Cookie: a=1; beta=on; c=2\r\n", "green"},
      {"Cookie: beta=off\r\n", "blue"},
      {"Cookie: xbeta=on\r\n", "blue"},
      {"X-Canary: 0\r\nCookie: beta=on\r\n", "green"},
  };
  for (const auto& [fields, colour] : cases) {
    INFO(fields);
    CHECK(client.exchange(get("/", fields)).body == colour);
  }
}

}  // namespace
}  // namespace sluice::test
