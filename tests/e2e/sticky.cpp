// Sessions of sticky_cookie while endpoints drain and go, and between two gateways.
#include <catch2/catch_test_macros.hpp>

#include <map>

#include "e2e/operator.h"
#include "support/gateway.h"
#include "support/load.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::string_view kKey = "key = \"5Yw2Q0m8s3Zt7bXc1RkVhJ9uLfPaGdNe\"\n";

Script saying(std::string text) {
  return [text = std::move(text)](OriginConnection& connection) {
    for (;;) {
      connection.Wire::read_request();
      connection.send(response(200, text));
    }
  };
}

// "name=value" of the cookie that an answer sets; empty when it sets none.
std::string cookie_of(const Message& answer) {
  const auto line = answer.header("Set-Cookie");
  return line.substr(0, line.find(';'));
}

struct Stand {
  Operator op;
  Origin one{saying("1")}, two{saying("2")};
  std::string configuration(std::string_view keys) const { return configuration(keys, op); }
  std::string configuration(std::string_view keys, const Operator& whose) const {
    return whose.key() +
           "workers = 2\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"shop\"\nendpoints = [\"" +
           one.endpoint() + "\", \"" + two.endpoint() +
           "\"]\n[[upstream.plugin]]\nuse = \"sticky_cookie\"\n" + std::string(kKey) + std::string(keys) +
           "[[route]]\nupstream = \"shop\"\n";
  }
};

Message ask(const Gateway& gateway, const std::string& cookie) {
  return gateway.once(get("/", "Cookie: " + cookie + "\r\n"));
}

// A session at the endpoint that says `name`.
std::string session_at(const Gateway& gateway, const std::string& name) {
  for (int i = 0; i < 100; ++i) {
    const auto answer = gateway.once(get("/"));
    if (answer.body == name) return cookie_of(answer);
  }
  throw std::runtime_error("no session begins at " + name);
}

TEST_CASE("Sessions stay at a draining endpoint while new ones go elsewhere, until it is disabled") {
  Stand stand;
  Gateway gateway(stand.configuration(""));
  const auto session = session_at(gateway, "1");
  stand.op.orders({"shop", stand.one.endpoint(), "--drain"});
  for (int i = 0; i < 6; ++i) {
    CHECK(ask(gateway, session).body == "1");
    CHECK(gateway.once(get("/")).body == "2");
  }
  stand.op.orders({"shop", stand.one.endpoint(), "--disable"});
  const auto moved = ask(gateway, session);
  CHECK(moved.body == "2");
  stand.op.orders({"shop", stand.one.endpoint(), "--activate"});
  CHECK(ask(gateway, cookie_of(moved)).body == "2");
  CHECK(ask(gateway, session).body == "1");
}

TEST_CASE(
    "on_down = fail: a session is refused while its endpoint is down, keeps its cookie, and goes on after") {
  Stand stand;
  Gateway gateway(stand.configuration("on_down = \"fail\"\n"));
  const auto session = session_at(gateway, "1");
  stand.op.orders({"shop", stand.one.endpoint(), "--disable"});
  const auto refused = ask(gateway, session);
  CHECK(refused.status() == 503);
  CHECK_FALSE(refused.has("Set-Cookie"));
  CHECK(gateway.once(get("/")).body == "2");
  stand.op.orders({"shop", stand.one.endpoint(), "--activate"});
  CHECK(ask(gateway, session).body == "1");
}

TEST_CASE("A session whose endpoint refuses connections moves once, and stays where it came") {
  Stand stand;
  auto dead = std::make_unique<Origin>(saying("3"));
  const auto text = [&](const Origin& first) {
    return "workers = 2\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"shop\"\nendpoints = [\"" +
           first.endpoint() + "\", \"" + stand.two.endpoint() +
           "\"]\n[[upstream.plugin]]\nuse = \"sticky_cookie\"\n" + std::string(kKey) +
           "[[route]]\nupstream = \"shop\"\n";
  };
  Gateway gateway(text(*dead));
  const auto session = session_at(gateway, "3");
  dead.reset();
  const auto moved = ask(gateway, session);
  CHECK(moved.body == "2");
  CHECK_FALSE(cookie_of(moved).empty());
  const auto after = ask(gateway, cookie_of(moved));
  CHECK(after.body == "2");
  CHECK_FALSE(after.has("Set-Cookie"));
}

TEST_CASE(
    "A session moves when its endpoint leaves the endpoints' file, and the old cookie counts when it is back") {
  Stand stand;
  const TempDir dir;
  const auto list = [&](const std::string& all) {
    return dir.write("shop.json", "{\"endpoints\": [" + all + "]}");
  };
  const auto one = "\"" + stand.one.endpoint() + "\"", two = "\"" + stand.two.endpoint() + "\"";
  Gateway gateway(
      stand.op.key() +
      "workers = 2\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"shop\"\nendpoints_file = \"" +
      list(one + ", " + two) + "\"\n[[upstream.plugin]]\nuse = \"sticky_cookie\"\n" + std::string(kKey) +
      "[[route]]\nupstream = \"shop\"\n");
  const auto count_is = [&](std::size_t count) {
    return eventually([&] { return stand.op.sees("shop")["endpoints"].size() == count; });
  };
  REQUIRE(count_is(2));
  const auto session = session_at(gateway, "1");
  list(two);
  REQUIRE(count_is(1));
  const auto moved = ask(gateway, session);
  CHECK(moved.body == "2");
  CHECK(ask(gateway, cookie_of(moved)).body == "2");
  list(two + ", " + one);
  REQUIRE(count_is(2));
  CHECK(ask(gateway, session).body == "1");
  CHECK(ask(gateway, cookie_of(moved)).body == "2");
}

TEST_CASE("Two gateways with one key agree on every session, and one with another key on none") {
  Stand stand;
  const Operator other, third;
  Gateway first(stand.configuration("")), second(stand.configuration("", other));
  auto foreign = stand.configuration("", third);
  foreign.replace(foreign.find("5Yw2"), 4, "9Zw2");
  Gateway stranger(foreign);
  for (int i = 0; i < 10; ++i) {
    const auto begun = first.once(get("/"));
    const auto there = ask(second, cookie_of(begun));
    CHECK(there.body == begun.body);
    CHECK_FALSE(there.has("Set-Cookie"));
    CHECK(ask(stranger, cookie_of(begun)).has("Set-Cookie"));
  }
}

TEST_CASE("Sessions under load stay where they are over reloads and a restart's fresh gateway") {
  Stand stand;
  Gateway gateway(stand.configuration(""));
  const std::map<std::string, std::string> sessions = {{session_at(gateway, "1"), "1"},
                                                       {session_at(gateway, "2"), "2"}};
  for (int turn = 0; turn < 5; ++turn) {
    gateway.reload(stand.configuration("lifetime = \"" + std::to_string(10 + turn) + "h\"\n"));
    for (const auto& [cookie, name] : sessions)
      CHECK(ask(gateway, cookie).body == name);
  }
  CHECK(gateway.terminate() == 0);
  Gateway next(stand.configuration(""));
  for (const auto& [cookie, name] : sessions)
    CHECK(ask(next, cookie).body == name);
}

}  // namespace
}  // namespace sluice::test
