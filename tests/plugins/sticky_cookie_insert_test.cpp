// The plugin's own cookie: who gets one, what it brings, what a forged or stale one does.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <set>

#include "sticky_cookie_fixture.h"

using namespace sluice::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::string_view kOtherKey = "Zq8vRt2yHk5nBw1xLc7mPd4sGf9jUa3e";

}  // namespace

TEST_CASE(
    "sticky_cookie: a client without a cookie gets one for the endpoint that answered, and comes back to it") {
  Sticky app;
  const auto first = app.ask({}, 1);
  CHECK(first.word == "none");
  CHECK(first.picked == -1);
  CHECK_THAT(first.all("Set-Cookie"), StartsWith("sluice_sticky_"));
  CHECK_THAT(first.all("Set-Cookie"), EndsWith("; Path=/; HttpOnly; SameSite=Lax"));
  const auto again = app.with("a=1; " + first.cookie() + "; b=2");
  CHECK(again.picked == 1);
  CHECK(again.word == "kept");
  CHECK(again.all("Set-Cookie").empty());
}

TEST_CASE("sticky_cookie: Secure is there when the client used https, and only then") {
  Sticky app;
  app.scheme = "https";
  CHECK_THAT(app.ask({}).all("Set-Cookie"), EndsWith("; Path=/; Secure; HttpOnly; SameSite=Lax"));
}

TEST_CASE("sticky_cookie: the value tells nothing: it differs each time, and holds no address") {
  Sticky app;
  std::set<std::string> values;
  for (int i = 0; i < 20; ++i)
    values.insert(app.ask({}, 1).cookie());
  CHECK(values.size() == 20);
  for (const auto& value : values) {
    CHECK(value.size() == std::string("sluice_sticky_01234567=").size() + 80);
    CHECK(value.find("10.0.0") == std::string::npos);
  }
}

TEST_CASE("sticky_cookie: a value changed in any one character is a normal pick and a new cookie") {
  Sticky app;
  const auto good = app.ask({}, 1).cookie();
  for (auto at = good.find('=') + 1; at < good.size(); ++at) {
    auto forged = good;
    forged[at] = forged[at] == 'A' ? 'B' : 'A';
    const auto answer = app.with(forged, 2);
    CAPTURE(at);
    CHECK(answer.picked == -1);
    CHECK(answer.word == "invalid");
    REQUIRE_THAT(answer.all("Set-Cookie"), StartsWith("sluice_sticky_"));
    if (at == good.size() - 1) CHECK(app.with(answer.cookie()).picked == 2);
  }
}

TEST_CASE("sticky_cookie: values that were never tokens are a normal pick") {
  Sticky app;
  const auto name = app.ask({}).cookie().substr(0, 22);
  for (const auto& value : {std::string(), std::string(79, 'A'), std::string(80, 'A'), std::string(81, 'A'),
                            std::string(80, '='), std::string(100'000, 'x'), std::string(80, '\xff')}) {
    CAPTURE(value.size());
    const auto answer = app.with(name + "=" + value);
    CHECK(answer.picked == -1);
    CHECK(answer.word == (value.empty() ? "none" : "invalid"));
  }
}

TEST_CASE("sticky_cookie: a cookie of one upstream says nothing to another") {
  std::string value;
  {
    Sticky app;
    value = app.ask({}, 0).cookie();
    value = value.substr(value.find('=') + 1);
  }
  Sticky other(kKey, "upstream other");
  other.upstream = "other";
  const auto name = other.ask({}).cookie().substr(0, 22);
  CHECK(other.with(name + "=" + value).word == "invalid");
}

TEST_CASE("sticky_cookie: two upstreams have cookies of different names, from the same use too") {
  Sticky all(kKey, "global");
  const auto app = all.ask({}).cookie();
  all.upstream = "other";
  const auto other = all.ask({}).cookie();
  CHECK(app.substr(0, 22) != other.substr(0, 22));
  all.upstream = "app";
  CHECK(all.with(other + "; " + app).word == "kept");
}

TEST_CASE("sticky_cookie: gateways with the same key agree, without the key they do not") {
  std::string cookie;
  {
    Sticky one;
    cookie = one.ask({}, 2).cookie();
  }
  {
    Sticky two;
    CHECK(two.with(cookie).picked == 2);
  }
  Sticky stranger("key = '" + std::string(kOtherKey) + "'\n");
  CHECK(stranger.with(cookie).picked == -1);
}

TEST_CASE("sticky_cookie: keys rotate: an old one opens, and the client gets a cookie of the new one") {
  std::string old;
  {
    Sticky before("key = '" + std::string(kOtherKey) + "'\n");
    old = before.ask({}, 2).cookie();
  }
  const std::string both = "keys = ['q3Jx0b1uC2mWv8kZ5tYhN7rLs9DfGaEo', '" + std::string(kOtherKey) + "']\n";
  std::string renewed;
  {
    Sticky during(both);
    const auto answer = during.with(old);
    CHECK(answer.picked == 2);
    renewed = answer.cookie();
    CHECK_FALSE(renewed.empty());
    CHECK(during.with(renewed).all("Set-Cookie").empty());
  }
  Sticky after;
  CHECK(after.with(renewed).picked == 2);
  CHECK(after.with(old).picked == -1);
}

TEST_CASE("sticky_cookie: the first good one of several cookies counts, a few are tried") {
  Sticky app;
  const auto good = app.ask({}, 1).cookie();
  const auto bad = good.substr(0, 23) + std::string(80, 'A');
  CHECK(app.with(bad + "; " + good).picked == 1);
  CHECK(app.with(bad + "; " + bad + "; " + bad + "; " + bad + "; " + good).picked == -1);
}

TEST_CASE("sticky_cookie: a cookie among hundreds, on several lines, is found and taken away alone") {
  Sticky app;
  const auto good = app.ask({}, 1).cookie();
  std::string many;
  for (int i = 0; i < 500; ++i)
    many += (i ? "; c" : "c") + std::to_string(i) + "=v";
  const auto answer = app.ask({{"Cookie", many}, {"Cookie", "x=1; " + good + ";y=\"2\""}});
  CHECK(answer.picked == 1);
  REQUIRE(answer.upstream_request.size() == 3);
  CHECK(answer.upstream_request[1].second == many);
  CHECK(answer.upstream_request[2].second == "x=1; y=\"2\"");
}

TEST_CASE("sticky_cookie: the upstream does not see the cookie unless it shall") {
  std::string good;
  {
    Sticky app;
    good = app.ask({}, 1).cookie();
    CHECK(app.with(good).upstream_header("Cookie").empty());
    CHECK(app.with("a=1").upstream_header("Cookie") == "a=1");
  }
  Sticky shown(std::string(kKey) + "strip = false\n");
  CHECK(shown.with(good).upstream_header("Cookie") == good);
}

TEST_CASE("sticky_cookie: all attributes stand in the line") {
  Sticky app(std::string(kKey) + R"(
    cookie = "app_route"
    path = "/shop"
    domain = "example.com"
    secure = "always"
    http_only = false
    same_site = "none"
    partitioned = true
    max_age = "2h"
  )");
  const auto line = app.ask({}).all("Set-Cookie");
  CHECK_THAT(line, StartsWith("app_route="));
  CHECK_THAT(line,
             EndsWith("; Max-Age=7200; Path=/shop; Domain=example.com; Secure; SameSite=None; Partitioned"));
}

TEST_CASE("sticky_cookie: a response with a new cookie is kept out of shared caches") {
  Sticky app;
  const auto said = [&](const std::string& cache_control) {
    return app.ask({}, 0, 200, {{"Cache-Control", cache_control}}).all("Cache-Control");
  };
  CHECK(app.ask({}).all("Cache-Control") == "private=\"Set-Cookie\"");
  CHECK(said("public, max-age=60") == "public, max-age=60 | private=\"Set-Cookie\"");
  CHECK(said("max-age=60, Private") == "max-age=60, Private");
  CHECK(said("no-store") == "no-store");
  CHECK(said("private=\"x, private\"") == "private=\"x, private\" | private=\"Set-Cookie\"");
  const auto cookie = app.ask({}).cookie();
  CHECK(app.with(cookie).all("Cache-Control").empty());
}

TEST_CASE("sticky_cookie: who gets no cookie: a 304, an endpoint that turns away, the gateway's own answer") {
  Sticky app;
  for (const int status : {304, 502, 503, 504})
    CHECK(app.ask({}, 0, status).all("Set-Cookie").empty());
  for (const int status : {101, 204, 301, 404, 500})
    CHECK_FALSE(app.ask({}, 0, status).all("Set-Cookie").empty());
  auto ex = app.host.exchange("GET", "/");
  ex.with(SLUICE_UPSTREAM, "app").with(SLUICE_ENDPOINT, "10.0.0.1:80");
  app.host.run(SLUICE_ON_BALANCE, ex);
  ex.answered(502).with(SLUICE_IS_LOCAL, 1);
  app.host.run(SLUICE_ON_RESPONSE, ex);
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "Set-Cookie").empty());
}

TEST_CASE("sticky_cookie: two uses of one cookie name meet, and only the first acts") {
  Sticky app;
  app.host.load(
      "sticky_cookie",
      std::string(kKey) + "upstream = [{ name = 'app', endpoints = ['10.0.0.1:80', '10.0.0.2:80'] }]\n");
  const auto answer = app.ask({}, 1);
  CHECK(answer.all("Set-Cookie").find(" | ") == std::string::npos);
  CHECK(app.with(answer.cookie()).picked == 1);
}
