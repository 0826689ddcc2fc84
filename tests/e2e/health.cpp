// Health with the real program: who gets requests while checks pass and fail, and while answers are bad.
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

// Two endpoints, and what else the upstream's table says.
std::string both(const Origin& one, const Origin& two, std::string_view upstream) {
  return "workers = 2\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"app\"\nendpoints = [\"" +
         one.endpoint() + "\", \"" + two.endpoint() + "\"]\n" + std::string(upstream) +
         "\n[[route]]\nupstream = \"app\"\n";
}

constexpr std::string_view kQuick =
    "[upstream.check]\npath = \"/health\"\ninterval = \"20ms\"\ntimeout = \"10s\"\nrise = 2\nfall = 2\n";

// Answers its name, and its checks as `healthy` says.
Script named(std::string name, const std::atomic<bool>& healthy) {
  return [name = std::move(name), &healthy](OriginConnection& connection) {
    for (;;) {
      const Message request = connection.read_request();
      const bool is_check = request.target() == "/health";
      connection.send(response(is_check && !healthy ? 503 : 200, name));
    }
  };
}

// The same, but checks wait for ever.
Script hanging(std::string name) {
  return [name = std::move(name)](OriginConnection& connection) {
    for (;;) {
      if (connection.read_request().target() == "/health") connection.wait_end();
      connection.send(response(200, name));
    }
  };
}

// Who answered `count` requests, each on a connection of its own: "1212".
std::string answers(const Gateway& gateway, int count) {
  std::string all;
  while (count-- > 0)
    all += gateway.once(get("/")).body;
  return all;
}

bool said(Gateway& gateway, const Origin& origin, const std::string& what, std::size_t from = 0) {
  return gateway.process().wait_for_error_text(origin.endpoint() + " is " + what, from);
}

TEST_CASE("An endpoint whose checks fail gets no requests, and gets them again when they pass") {
  std::atomic<bool> one_healthy{true}, two_healthy{true};
  Origin one(named("1", one_healthy)), two(named("2", two_healthy));
  Gateway gateway(both(one, two, kQuick));
  REQUIRE(said(gateway, one, "up, after"));
  REQUIRE(said(gateway, two, "up, after"));
  REQUIRE(eventually([&] { return answers(gateway, 2).find('1') != std::string::npos; }));
  const auto before = gateway.log().size();
  one_healthy = false;
  REQUIRE(said(gateway, one, "failing", before));
  CHECK(gateway.log().find("2 checks in a row failed, the last: 503, not 200-399") != std::string::npos);
  CHECK(answers(gateway, 10) == "2222222222");
  const auto while_down = gateway.log().size();
  one_healthy = true;
  REQUIRE(said(gateway, one, "up, after", while_down));
  CHECK(eventually([&] { return answers(gateway, 2).find('1') != std::string::npos; }));
}

TEST_CASE("An endpoint that has not passed yet gets nothing while another has") {
  const std::atomic<bool> healthy{true};
  Origin one(hanging("1")), two(named("2", healthy));
  Gateway gateway(both(one, two, kQuick));
  REQUIRE(said(gateway, two, "up, after"));
  CHECK(answers(gateway, 10) == "2222222222");
}

TEST_CASE("While all endpoints are warming, requests are spread over all") {
  Origin one(hanging("1")), two(hanging("2"));
  Gateway gateway(both(one, two, std::string(kQuick)));
  const auto all = answers(gateway, 10);
  CHECK(all.size() == 10);
  CHECK(all.find('1') != std::string::npos);
  CHECK(all.find('2') != std::string::npos);
}

TEST_CASE("on_shortage = fail: while all endpoints are warming, there is none") {
  Origin one(hanging("1")), two(hanging("2"));
  Gateway gateway(both(one, two, "on_shortage = \"fail\"\n" + std::string(kQuick)));
  CHECK(gateway.once(get("/")).status() == 503);
}

TEST_CASE("A reload with another check takes no endpoint out") {
  const std::atomic<bool> healthy{true};
  Origin one(named("1", healthy)), two(named("2", healthy));
  const std::string fail = "on_shortage = \"fail\"\n";
  Gateway gateway(both(one, two, fail + std::string(kQuick)));
  REQUIRE(said(gateway, one, "up, after"));
  REQUIRE(said(gateway, two, "up, after"));
  gateway.reload(both(one, two, fail + "[upstream.check]\npath = \"/other\"\ninterval = \"1h\"\n"));
  const auto all = answers(gateway, 10);
  CHECK(all.find_first_not_of("12") == std::string::npos);
}

TEST_CASE("An endpoint that answers 500 is ejected, tried, and comes back") {
  std::atomic<bool> works{false};
  Origin one([&works](OriginConnection& connection) {
    for (;;) {
      connection.read_request();
      connection.send(response(works ? 200 : 500, "1"));
    }
  });
  const std::atomic<bool> healthy{true};
  Origin two(named("2", healthy));
  Gateway gateway(
      both(one, two,
           "[upstream.ejection]\nconsecutive_failures = 2\nbase_time = \"50ms\"\nmax_time = \"50ms\"\n"));
  // Requests drive it: those on trial too.
  const auto asks_until = [&](const std::string& what, std::size_t from) {
    return eventually([&] {
      answers(gateway, 2);
      return gateway.log().find(one.endpoint() + " is " + what, from) != std::string::npos;
    });
  };
  REQUIRE(asks_until("ejected for 50ms", 0));
  REQUIRE(asks_until("on trial", 0));
  const auto before = gateway.log().size();
  works = true;
  CHECK(asks_until("back, after", before));
}

TEST_CASE("An endpoint whose answers always break off is ejected, though each head was good") {
  Origin one([](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  });
  const std::atomic<bool> healthy{true};
  Origin two(named("2", healthy));
  Gateway gateway(both(one, two, "[upstream.ejection]\nconsecutive_failures = 2\n"));
  CHECK(eventually([&] {
    Client client = gateway.connect();
    client.send(get("/", "Connection: close\r\n"));
    client.read_to_end();
    return gateway.log().find(one.endpoint() + " is ejected") != std::string::npos;
  }));
}

}  // namespace
}  // namespace sluice::test
