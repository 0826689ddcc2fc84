// What the router does not let through: paths that a rewrite would turn into others, expressions that give up, and its own
// failures.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "router_fixture.h"

using namespace sluice::test;

namespace {

std::string route(std::string_view keys) { return "[[route]]\nname = 'r'\n" + std::string(keys); }

// Path and query that go upstream, or the status of the router's answer, or "failed".
std::string outcome(Routed& router, std::string_view target, FakeHeaders headers = {}) {
  auto ex = router.exchange(target, std::move(headers));
  const auto verdict = router.run(ex);
  if (verdict == SLUICE_FAIL) return "failed";
  if (verdict == SLUICE_RESPOND) return std::to_string(ex.status());
  return ex.field(SLUICE_PATH) + (ex.has(SLUICE_QUERY) ? "?" + ex.field(SLUICE_QUERY) : "");
}

}  // namespace

TEST_CASE("router: it guards, so that its failure ends the request") {
  FakeHost host;
  const auto* router = host.load("router", route(""));
  REQUIRE(router);
  CHECK(router->plugin->guards);
}

TEST_CASE("router: a rewrite that makes a dot segment is refused, never resolved") {
  Routed router(
      "[[route]]\nmatch = { path = { regex = '/img(?<rest>.*)' } }\nrewrite = '/data/{rest}'\n"
      "[[route]]\nmatch = { path = { regex = '/pub(?<rest>.*)' } }\nrewrite = '/{rest}'\n"
      "[[route]]\nmatch = { path = { regex = '/dot(?<rest>.*)' } }\nrewrite = '/a/.{rest}/b'\n"
      "[[route]]\nmatch = { path = { regex = '/to(?<rest>.*)' } }\nredirect = '/data/{rest}'\n"
      "[[route]]\nmatch = { path = { regex = '/cut(?<a>.*%)25(?<b>.*)' } }\nrewrite = '/x/{a}{b}'\n");
  for (const auto* bad :
       {"/img../etc", "/img..", "/img.", "/img./x", "/img%2e%2e/etc", "/img%2E/x", "/pub../etc", "/pub..",
        "/dot/x", "/dot./x", "/to../etc", "/cut%252e", "/cut%252e/etc"})
    CHECK(outcome(router, bad) == "400");
  CHECK(outcome(router, "/img...") == "/data/...");
  CHECK(outcome(router, "/img.x/..y/z.") == "/data/.x/..y/z.");
  CHECK(outcome(router, "/img%252e%252e/etc") == "/data/%252e%252e/etc");
  CHECK(outcome(router, "/img") == "/data/");
  CHECK(outcome(router, "/img/x") == "/data/x");
}

TEST_CASE("router: a refused rewrite leaves the request as it came and says why") {
  Routed router(
      route("match = { path = { regex = '/img(?<rest>.*)' } }\nrewrite = '/data/{rest}?x={rest}'\n"
            "upstream = 'a'\nrequest_headers = { set = { X-A = '1' } }"));
  auto ex = router.exchange("/img../etc?q");
  CHECK(router.run(ex) == SLUICE_RESPOND);
  CHECK(ex.status() == 400);
  CHECK(ex.field(SLUICE_PATH) == "/img../etc");
  CHECK(ex.field(SLUICE_QUERY) == "q");
  CHECK(ex.header(SLUICE_REQUEST_HEADERS, "X-A").empty());
  CHECK(ex.note("router").find("\"..\"") != std::string::npos);
}

TEST_CASE("router: what the client sent cannot add parameters to a rewritten query") {
  Routed router(route(
      "match = { path = ['/item/{id}', { regex = '/re/(?<id>.*)' }] }\nrewrite = '/show?item={id}&v=2'"));
  CHECK(outcome(router, "/item/7&v=3;admin=1") == "/show?item=7%26v%3D3%3Badmin%3D1&v=2");
  CHECK(outcome(router, "/re/a+b%20c%26d") == "/show?item=a%2Bb%20c%26d&v=2");
  CHECK(outcome(router, "/item/a%2Fb") == "/show?item=a%2Fb&v=2");
}

TEST_CASE("router: a parameter with an encoded slash stays one segment") {
  Routed router(route("match = { path = '/u/{id}' }\nrewrite = '/by/{id}/x'"));
  CHECK(outcome(router, "/u/a%2f..%2fb") == "/by/a%2F..%2Fb/x");
  CHECK(outcome(router, "/u/..%2Fb") == "/by/..%2Fb/x");
}

TEST_CASE("router: a rewrite leaves OPTIONS * alone") {
  Routed router(route("rewrite = { path = '/new/*', host = 'inner' }"));
  auto ex = router.host.exchange("OPTIONS", "*");
  CHECK(router.run(ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_PATH) == "*");
  CHECK(ex.field(SLUICE_AUTHORITY) == "inner");
}

TEST_CASE("router: an expression that gives up fails the request, every time") {
  Routed router(
      "regex_match_limit = 1000\n[[route]]\nname = 'deny'\nmatch = { path = { regex = '/adm(i|in|n)+[xy]' } }\n"
      "respond = 403\n[[route]]\nname = 'all'\n");
  std::string evil = "/adm";
  for (int i = 0; i < 40; ++i)
    evil += "in";
  for (int times = 0; times < 3; ++times) {
    auto ex = router.exchange(evil);
    CHECK(router.run(ex) == SLUICE_FAIL);
    CHECK_FALSE(ex.has(SLUICE_ROUTE));
    CHECK(ex.fail_reason().find("match limit exceeded") != std::string::npos);
    CHECK(ex.fail_reason().find("(i|in|n)+[xy]\" gave up on 84 bytes") != std::string::npos);
  }
  CHECK(outcome(router, "/adminx") == "403");
  CHECK(outcome(router, "/other") == "/other");
}

TEST_CASE("router: a condition that gives up is neither met nor missed, negated or not") {
  const std::string evil(40, 'a');
  for (const auto* negated : {"false", "true"}) {
    CAPTURE(negated);
    Routed router(
        "regex_match_limit = 1000\n[[route]]\nname = 'r'\nmatch = { header = { X = { regex = '(a+)+[bc]', not = " +
        std::string(negated) + " } } }\n[[route]]\nname = 'all'\n");
    CHECK(outcome(router, "/", {{"X", evil}}) == "failed");
    CHECK(outcome(router, "/", {{"X", evil}, {"X", "z"}}) == "failed");
    // What is known decides: one line that fits is enough.
    CHECK(router.route("/", {{"X", evil}, {"X", "aab"}}) ==
          (negated == std::string_view("true") ? "all" : "r"));
  }
}

TEST_CASE("router: what gave up does not matter where another condition fails") {
  Routed router(
      "regex_match_limit = 1000\n[[route]]\nname = 'r'\nmatch = { header = { X = { regex = '(a+)+[bc]' } }, "
      "cookie = { c = '1' } }\n[[route]]\nname = 'all'\n");
  const std::string evil(40, 'a');
  CHECK(router.route("/", {{"X", evil}}) == "all");
  CHECK(outcome(router, "/", {{"X", evil}, {"Cookie", "c=1"}}) == "failed");
}

TEST_CASE("router: a request that a better path takes is not asked of an expression that gives up") {
  Routed router(
      "regex_match_limit = 1000\n[[route]]\nname = 're'\nmatch = { path = { regex = '/(a+)+[bc]' } }\n"
      "[[route]]\nname = 'exact'\nmatch = { path = '/" +
      std::string(40, 'a') + "' }\n");
  CHECK(router.route("/" + std::string(40, 'a')) == "exact");
  CHECK(outcome(router, "/" + std::string(41, 'a')) == "failed");
}

TEST_CASE("router: a selected route whose expression gives up fails") {
  Routed router("regex_match_limit = 1000\n" +
                route("match = { path = { regex = '/(?<x>(a+)+[bc])' } }\nrewrite = '/{x}'"));
  auto ex = router.exchange("/" + std::string(40, 'a'));
  ex.with_route("r");
  CHECK(router.run(ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason().find("match limit exceeded") != std::string::npos);
}

TEST_CASE("router: strip_prefix is brought into the normal form of requests") {
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"/caf\u00e9", "/caf%c3%a9/z", "/z"}, {"/caf%C3%A9/", "/caf%c3%a9", "/"}, {"/a%2fb", "/a%2Fb/z", "/z"},
      {"/%61pi", "/api/z", "/z"},           {"/a b", "/a%20b/z", "/z"},
  };
  for (const auto& [prefix, target, path] : rows) {
    CAPTURE(prefix);
    Routed router(route("match = { path = { prefix = '" + std::string(prefix) + "' } }\nstrip_prefix = '" +
                        prefix + "'"));
    CHECK(outcome(router, target) == path);
  }
}

TEST_CASE("router: the split of the route that was selected last counts") {
  Routed router("[[route]]\nname = 'old'\nupstream = 'a'\nmatch = { host = 'never' }\n" +
                route("match = { host = 'never' }\nupstreams = [{ name = 'b' }]"));
  auto ex = router.exchange("/");
  ex.with_route("old").with_route("r");
  CHECK(router.run(ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_ROUTE) == "r");
  CHECK(ex.field(SLUICE_UPSTREAM) == "b");
}
