// Sessions without a cookie of the plugin's own: behind the application's cookie, in a header, by hash.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "sticky_cookie_fixture.h"

using namespace sluice::test;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

std::string learning(std::string_view more = {}) {
  return std::string(kKey) + "mode = 'learn'\ncookie = 'JSESSIONID'\n" + std::string(more);
}

// What the application's Set-Cookie becomes.
StickyAnswer set(Sticky& app, const std::string& line, std::size_t endpoint = 1) {
  return app.ask({}, endpoint, 200, {{"Set-Cookie", line}});
}

}  // namespace

TEST_CASE(
    "sticky_cookie learn: the token goes behind the application's value and never reaches the application") {
  Sticky app(learning());
  const auto first = set(app, "JSESSIONID=abc; Path=/shop; HttpOnly");
  CHECK_THAT(first.all("Set-Cookie"), StartsWith("JSESSIONID=abc~"));
  CHECK_THAT(first.all("Set-Cookie"), EndsWith("; Path=/shop; HttpOnly"));
  const auto again = app.with("a=1; " + first.cookie());
  CHECK(again.picked == 1);
  CHECK(again.upstream_header("Cookie") == "a=1; JSESSIONID=abc");
  CHECK(again.all("Set-Cookie").empty());
}

TEST_CASE("sticky_cookie learn: quotes stay around the value") {
  Sticky app(learning());
  const auto first = set(app, "JSESSIONID=\"a b\"");
  CHECK_THAT(first.all("Set-Cookie"), StartsWith("JSESSIONID=\"a b~"));
  CHECK_THAT(first.all("Set-Cookie"), EndsWith("\""));
  const auto again = app.with(first.cookie());
  CHECK(again.picked == 1);
  CHECK(again.upstream_header("Cookie") == "JSESSIONID=\"a b\"");
}

TEST_CASE("sticky_cookie learn: other cookies, deleted ones and too long ones stay as they are, in order") {
  Sticky app(learning());
  const std::string longest(4096, 'x');
  for (const auto& line : {std::string("other=1"), std::string("JSESSIONIDX=1"), std::string("jsessionid=1"),
                           std::string("JSESSIONID=; Max-Age=0"), std::string("JSESSIONID=\"\""),
                           std::string("JSESSIONID"), "JSESSIONID=" + longest}) {
    CAPTURE(line.substr(0, 40));
    CHECK(set(app, line).all("Set-Cookie") == line);
  }
  const auto answer =
      app.ask({}, 1, 200, {{"Set-Cookie", "a=1"}, {"Set-Cookie", "JSESSIONID=s"}, {"Set-Cookie", "b=2"}});
  CHECK_THAT(answer.all("Set-Cookie"), StartsWith("a=1 | JSESSIONID=s~"));
  CHECK_THAT(answer.all("Set-Cookie"), EndsWith(" | b=2"));
}

TEST_CASE("sticky_cookie learn: a token that does not count is taken away all the same") {
  Sticky app(learning());
  const auto answer = app.with("JSESSIONID=abc~" + std::string(80, 'A'));
  CHECK(answer.picked == -1);
  CHECK(answer.word == "invalid");
  CHECK(answer.upstream_header("Cookie") == "JSESSIONID=abc");
  CHECK(app.with("JSESSIONID=abc~def").upstream_header("Cookie") == "JSESSIONID=abc~def");
}

TEST_CASE("sticky_cookie learn: a draining endpoint may renew its own session's cookie, and begin none") {
  Sticky app(learning());
  const auto cookie = set(app, "JSESSIONID=abc").cookie();
  app.endpoint(1).blocks = SLUICE_BLOCK_DRAINING;
  const auto renewed = app.ask({{"Cookie", cookie}}, 0, 200, {{"Set-Cookie", "JSESSIONID=new"}});
  CHECK(renewed.picked == 1);
  CHECK(app.with(renewed.cookie()).picked == 1);
  CHECK(set(app, "JSESSIONID=abc").all("Set-Cookie") == "JSESSIONID=abc");
}

TEST_CASE("sticky_cookie learn: gateways with the same key agree") {
  std::string cookie;
  {
    Sticky one(learning());
    cookie = set(one, "JSESSIONID=abc", 2).cookie();
  }
  Sticky two(learning());
  CHECK(two.with(cookie).picked == 2);
}

TEST_CASE("sticky_cookie learn: when the endpoint is down the application's next cookie decides") {
  Sticky app(learning());
  const auto cookie = set(app, "JSESSIONID=abc").cookie();
  app.endpoint(1).blocks = SLUICE_BLOCK_FAILING;
  CHECK(app.with(cookie, 2).all("Set-Cookie").empty());
  const auto moved = app.ask({{"Cookie", cookie}}, 2, 200, {{"Set-Cookie", "JSESSIONID=new"}});
  CHECK(app.with(moved.cookie()).picked == 2);
}

TEST_CASE("sticky_cookie header: the token comes and goes in a header, which the upstream does not see") {
  Sticky app(std::string(kKey) + "mode = 'header'\n");
  const auto first = app.ask({}, 1);
  const auto token = first.all("X-Sticky");
  CHECK(token.size() == 80);
  CHECK(first.all("Set-Cookie").empty());
  CHECK(first.all("Cache-Control") == "private=\"X-Sticky\"");
  const auto again = app.ask({{"x-sticky", token}});
  CHECK(again.picked == 1);
  CHECK(again.upstream_header("x-sticky").empty());
  CHECK(again.all("X-Sticky").empty());
}

TEST_CASE("sticky_cookie header: it may have another name") {
  Sticky app(std::string(kKey) + "mode = 'header'\nheader = 'X-Route'\n");
  const auto token = app.ask({}, 2).all("X-Route");
  CHECK(app.ask({{"X-Route", token}}).picked == 2);
}

TEST_CASE("sticky_cookie hash: the upstream's algorithm hashes the application's cookie") {
  Sticky app("mode = 'hash'\ncookie = 'uid'\n");
  auto ex = app.host.exchange("GET", "/", {{"Cookie", "a=1; uid=42; uid=43"}});
  ex.with(SLUICE_UPSTREAM, "app");
  app.host.run(SLUICE_ON_BALANCE, ex);
  CHECK(ex.hash_key() == "42");
  auto without = app.host.exchange("GET", "/");
  without.with(SLUICE_UPSTREAM, "app");
  app.host.run(SLUICE_ON_BALANCE, without);
  CHECK_FALSE(without.hash_key());
}
