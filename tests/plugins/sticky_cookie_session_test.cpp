// A session through the states of its endpoint, and through time.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "sticky_cookie_fixture.h"

using namespace sluice::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string key_and(std::string_view more) { return std::string(kKey) + std::string(more) + "\n"; }

constexpr std::uint32_t kDownStates[] = {SLUICE_BLOCK_FAILING, SLUICE_BLOCK_EJECTED, SLUICE_BLOCK_DISABLED,
                                         SLUICE_BLOCK_GONE};

}  // namespace

TEST_CASE("sticky_cookie: a draining endpoint keeps its sessions and gets no new ones") {
  Sticky app;
  const auto cookie = app.ask({}, 1).cookie();
  app.endpoint(1).blocks = SLUICE_BLOCK_DRAINING;
  CHECK(app.with(cookie).picked == 1);
  // One that was under way when draining began.
  CHECK(app.ask({}, 1).all("Set-Cookie").empty());
}

TEST_CASE("sticky_cookie: a warming endpoint keeps its sessions: after a restart all are warming") {
  Sticky app;
  const auto cookie = app.ask({}, 1).cookie();
  app.endpoint(1).blocks = SLUICE_BLOCK_WARMING;
  CHECK(app.with(cookie).picked == 1);
}

TEST_CASE("sticky_cookie: with repin a session whose endpoint is down moves for good") {
  for (const auto state : kDownStates) {
    Sticky app;
    const auto cookie = app.ask({}, 1).cookie();
    app.endpoint(1).blocks = state;
    CAPTURE(state);
    const auto moved = app.with(cookie, 2);
    CHECK(moved.picked == -1);
    CHECK(moved.word == (state == SLUICE_BLOCK_GONE ? "gone" : "down"));
    app.endpoint(1).blocks = 0;
    CHECK(app.with(moved.cookie()).picked == 2);
  }
}

TEST_CASE(
    "sticky_cookie: with fail a session whose endpoint is down is answered with 503 and keeps its cookie") {
  Sticky app(key_and("on_down = 'fail'"));
  const auto cookie = app.ask({}, 1).cookie();
  app.endpoint(1).blocks = SLUICE_BLOCK_FAILING;
  const auto refused = app.with(cookie);
  CHECK(refused.verdict == SLUICE_RESPOND);
  CHECK(refused.all("Set-Cookie").empty());
  CHECK(refused.all("Cache-Control") == "no-store");
  app.endpoint(1).blocks = 0;
  CHECK(app.with(cookie).picked == 1);
}

TEST_CASE("sticky_cookie: with fail a session whose endpoint has left is told once, and its cookie ends") {
  Sticky app(key_and("on_down = 'fail'\ncookie = 'route'"));
  const auto cookie = app.ask({}, 1).cookie();
  auto& endpoints = app.host.upstream("app")->endpoints;
  endpoints.erase(endpoints.begin() + 1);
  const auto refused = app.with(cookie);
  CHECK(refused.verdict == SLUICE_RESPOND);
  CHECK(refused.word == "gone");
  CHECK(refused.all("Set-Cookie") == "route=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
}

TEST_CASE("sticky_cookie: after a failed attempt the session goes to the endpoint that answers") {
  Sticky app;
  const auto cookie = app.ask({}, 1).cookie();
  auto ex = app.host.exchange("GET", "/", {{"Cookie", cookie}});
  ex.with(SLUICE_UPSTREAM, "app");
  app.host.run(SLUICE_ON_BALANCE, ex);
  CHECK(ex.picked_endpoint() == 1);
  app.endpoint(1).tried = true;
  ex.with(SLUICE_ENDPOINT, "10.0.0.3:80");
  CHECK(app.host.run(SLUICE_ON_BALANCE, ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_ENDPOINT) == "10.0.0.3:80");
  ex.answered(200);
  app.host.run(SLUICE_ON_RESPONSE, ex);
  app.endpoint(1).tried = false;
  const auto line = ex.header(SLUICE_RESPONSE_HEADERS, "Set-Cookie");
  CHECK(app.with(line.substr(0, line.find(';'))).picked == 2);
}

TEST_CASE("sticky_cookie: with fail the next attempt goes to the same endpoint") {
  Sticky app(key_and("on_down = 'fail'"));
  const auto cookie = app.ask({}, 1).cookie();
  app.endpoint(1).tried = true;
  CHECK(app.with(cookie).picked == 1);
}

TEST_CASE("sticky_cookie: a full endpoint takes its sessions beyond its limit, or lends them once") {
  std::string cookie;
  {
    Sticky app;
    cookie = app.ask({}, 1).cookie();
    app.endpoint(1).max_in_flight = app.endpoint(1).in_flight = 5;
    CHECK(app.with(cookie).picked == 1);
  }
  Sticky app(key_and("on_full = 'elsewhere'"));
  app.endpoint(1).max_in_flight = app.endpoint(1).in_flight = 5;
  const auto lent = app.with(cookie, 2);
  CHECK(lent.picked == -1);
  CHECK(lent.word == "lent");
  CHECK(lent.all("Set-Cookie").empty());
}

TEST_CASE("sticky_cookie: an endpoint without an address is down") {
  Sticky app;
  const auto cookie = app.ask({}, 1).cookie();
  app.endpoint(1).usable = false;
  CHECK(app.with(cookie).word == "down");
}

TEST_CASE("sticky_cookie: a session ends when its lifetime is over, however busy it is") {
  Sticky app(key_and("lifetime = '1h'\nidle = '30m'"));
  app.host.set_unix_time(1'000'000);
  auto cookie = app.ask({}, 1).cookie();
  for (int minutes = 20; minutes < 60; minutes += 20) {
    app.host.set_unix_time(1'000'000 + minutes * 60);
    const auto answer = app.with(cookie);
    CHECK(answer.picked == 1);
    cookie = answer.cookie();
  }
  app.host.set_unix_time(1'000'000 + 3599);
  CHECK(app.with(cookie).picked == 1);
  app.host.set_unix_time(1'000'000 + 3600);
  const auto over = app.with(cookie, 2);
  CHECK(over.word == "expired");
  CHECK(app.with(over.cookie()).picked == 2);
}

TEST_CASE("sticky_cookie: the cookie is renewed when half the idle time is over, not before") {
  Sticky app(key_and("idle = '10m'"));
  app.host.set_unix_time(1'000'000);
  const auto cookie = app.ask({}, 1).cookie();
  app.host.set_unix_time(1'000'000 + 299);
  CHECK(app.with(cookie).all("Set-Cookie").empty());
  app.host.set_unix_time(1'000'000 + 300);
  const auto renewed = app.with(cookie).cookie();
  CHECK_FALSE(renewed.empty());
  app.host.set_unix_time(1'000'000 + 600);
  CHECK(app.with(cookie).word == "expired");
  CHECK(app.with(renewed).word == "kept");
}

TEST_CASE("sticky_cookie: Max-Age never reaches beyond the lifetime") {
  Sticky app(key_and("lifetime = '1h'\nidle = '40m'\nmax_age = '50m'"));
  app.host.set_unix_time(1'000'000);
  const auto first = app.ask({}, 1);
  CHECK_THAT(first.all("Set-Cookie"), ContainsSubstring("; Max-Age=3000;"));
  app.host.set_unix_time(1'000'000 + 1800);
  CHECK_THAT(app.with(first.cookie()).all("Set-Cookie"), ContainsSubstring("; Max-Age=1800;"));
}

TEST_CASE("sticky_cookie: a cookie from a clock a little ahead counts, one from far ahead does not") {
  Sticky app;
  app.host.set_unix_time(1'000'300);
  const auto cookie = app.ask({}, 1).cookie();
  app.host.set_unix_time(1'000'000);
  CHECK(app.with(cookie).picked == 1);
  app.host.set_unix_time(999'999);
  CHECK(app.with(cookie).word == "invalid");
}
