// What a route does with a request that it took: splits, rewrites, redirects, fixed responses, header edits.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "router_fixture.h"

using namespace sluice::test;

namespace {

std::string route(std::string_view keys) { return "[[route]]\nname = 'r'\n" + std::string(keys); }

// Path and query that go upstream.
std::string sent(Routed& router, std::string_view target) {
  auto ex = router.exchange(target);
  if (router.run(ex) != SLUICE_CONTINUE) return "verdict";
  return ex.field(SLUICE_PATH) + (ex.has(SLUICE_QUERY) ? "?" + ex.field(SLUICE_QUERY) : "");
}

std::string location(Routed& router, std::string_view target, FakeHeaders headers = {}) {
  auto ex = router.exchange(target, std::move(headers));
  if (router.run(ex) != SLUICE_RESPOND) return "verdict";
  return std::to_string(ex.status()) + " " + ex.header(SLUICE_RESPONSE_HEADERS, "Location");
}

struct Sent {
  const char* target;
  const char* path;
};

}  // namespace

TEST_CASE("router: strip_prefix takes whole segments off the path") {
  Routed router(route("strip_prefix = '/v1/'\nmatch = { path = ['/v1/*', '/v10/*', '/x/*'] }"));
  for (const auto& [target, path] : {Sent{"/v1/a/b?q=1", "/a/b?q=1"}, Sent{"/v1", "/"}, Sent{"/v1/", "/"},
                                     Sent{"/v10/a", "/v10/a"}, Sent{"/x/v1", "/x/v1"}})
    CHECK(sent(router, target) == path);
}

TEST_CASE("router: strip_prefix = true takes off the prefix that matched") {
  Routed router(route("strip_prefix = true\nmatch = { path = ['/a/b/*', '/u/{id}/*'] }"));
  CHECK(sent(router, "/a/b/c") == "/c");
  CHECK(sent(router, "/a/b") == "/");
  CHECK(sent(router, "/u/7/x/") == "/x/");
}

TEST_CASE("router: a rewrite of the prefix follows the table of the Gateway API") {
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"/foo/bar", "/xyz/*", "/xyz/bar"}, {"/foo/", "/xyz/*", "/xyz/"}, {"/foo", "/xyz/*", "/xyz"},
      {"/foo/bar", "/*", "/bar"},         {"/foo/", "/*", "/"},         {"/foo", "/*", "/"}};
  for (const auto& [target, rewrite, path] : rows) {
    CAPTURE(target, rewrite);
    Routed router(route("match = { path = '/foo/*' }\nrewrite = '" + std::string(rewrite) + "'"));
    CHECK(sent(router, target) == path);
  }
}

TEST_CASE("router: a rewrite uses the parameters of the path") {
  Routed router(route("match = { path = '/u/{Id}/{what}/*' }\nrewrite = '/{what}/of/{id}/*'"));
  CHECK(sent(router, "/u/7/cart/x?q") == "/cart/of/7/x?q");
}

TEST_CASE("router: a rewrite uses the groups of a regex") {
  Routed router(route("match = { path = { regex = '/(?<a>\\w+)-(\\w+)(x)?' } }\nrewrite = '/{2}{3}/{A}'"));
  CHECK(sent(router, "/one-two") == "/two/one");
}

TEST_CASE("router: a rewrite can make a query, to which the client's is added") {
  Routed router(route("match = { path = '/item/{id}' }\nrewrite = '/show?item={id}&v=2'"));
  CHECK(sent(router, "/item/7") == "/show?item=7&v=2");
  CHECK(sent(router, "/item/7?q=1") == "/show?item=7&v=2&q=1");
}

TEST_CASE("router: the host that goes upstream can be rewritten") {
  Routed router(route("rewrite = { host = 'inner.example:81' }"));
  auto ex = router.exchange("http://outer.example/a");
  CHECK(router.run(ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_AUTHORITY) == "inner.example:81");
  CHECK(ex.field(SLUICE_PATH) == "/a");
}

TEST_CASE("router: redirects keep what they do not name") {
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"'/new/*'", "http://h:81/old/x?q=1", "302 /new/x?q=1"},
      {"{ path = '/new', status = 301, query = 'drop' }", "http://h:81/old/x?q=1", "301 /new"},
      {"{ host = 'www.example' }", "http://h:81/old/x?q=1", "302 http://www.example:81/old/x?q=1"},
      {"{ host = 'www.example:8', status = 308 }", "https://h/old", "308 https://www.example:8/old"},
      {"{ scheme = 'https', port = 8443 }", "http://h:81/old/x?", "302 https://h:8443/old/x?"},
      {"{ port = 82 }", "http://[::1]:81/old", "302 http://[::1]:82/old"},
      {"'https://w.example'", "http://h/old?q", "302 https://w.example/?q"},
      {"'https://w.example/a?from=old'", "http://h/old?q=1", "302 https://w.example/a?from=old&q=1"},
      {"'https://w.example/a?from=old'", "http://h/old?", "302 https://w.example/a?from=old"},
  };
  for (const auto& [redirect, target, expected] : rows) {
    CAPTURE(redirect, target);
    Routed router(route("match = { path = '/old/*' }\nredirect = " + std::string(redirect)));
    CHECK(location(router, target) == expected);
  }
}

TEST_CASE("router: a scheme redirect serves the usual HTTPS front") {
  Routed router(
      "[[route]]\nmatch = { scheme = 'http' }\nredirect = { scheme = 'https', status = 301 }\n"
      "[[route]]\nname = 'app'\nupstream = 'a'");
  CHECK(location(router, "http://h:8080/x?y") == "301 https://h/x?y");
  CHECK(router.route("https://h/x?y") == "app");
}

TEST_CASE("router: what a regex captured cannot lead a redirect to another host") {
  Routed router(route("match = { path = { regex = '/go(.*)' } }\nredirect = '/{1}'"));
  CHECK(location(router, "/go/evil.example") == "302 /evil.example");
}

TEST_CASE("router: an absolute redirect of a request without host is refused") {
  Routed router(route("match = { scheme = 'http' }\nredirect = { scheme = 'https' }"));
  auto ex = router.exchange("/");
  ex.with(SLUICE_HOST, "");
  CHECK(router.run(ex) == SLUICE_RESPOND);
  CHECK(ex.status() == 400);
}

TEST_CASE("router: fixed responses") {
  const std::tuple<const char*, int, const char*, const char*> rows[] = {
      {"404", 404, "", ""},
      {"'pong'", 200, "text/plain; charset=utf-8", "pong"},
      {"{ status = 503, body = '{}', content_type = 'application/json' }", 503, "application/json", "{}"},
      {"{ status = 204 }", 204, "", ""},
  };
  for (const auto& [respond, status, type, body] : rows) {
    CAPTURE(respond);
    Routed router(route("respond = " + std::string(respond)));
    auto ex = router.exchange("/");
    CHECK(router.run(ex) == SLUICE_RESPOND);
    CHECK(ex.field(SLUICE_ROUTE) == "r");
    CHECK(ex.status() == status);
    CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "Content-Type") == type);
    CHECK(ex.response_body() == body);
  }
}

TEST_CASE("router: a fixed response can come from a file beside the configuration") {
  FakeHost host;
  host.set_folder(SLUICE_SOURCE_DIR "/plugins/router");
  REQUIRE(host.load("router", route("respond = { body_file = 'keys.h', content_type = 'text/x-c' }")));
  auto ex = host.exchange("GET", "/");
  CHECK(host.run(SLUICE_ON_ROUTE, ex) == SLUICE_RESPOND);
  CHECK(ex.response_body().find("plugin_keys()") != std::string::npos);
}

TEST_CASE("router: headers of request and response are edited") {
  Routed router(route(
      "[route.request_headers]\nset = { X-From = 'gate' }\nadd = { X-Via = ['1', '2'] }\nremove = ['Cookie']\n"
      "[route.response_headers]\nset = { Server = 's' }\nremove = ['X-Powered-By']"));
  auto ex = router.exchange("/", {{"Cookie", "a=b"}, {"X-From", "me"}, {"X-Via", "0"}});
  router.run(ex);
  CHECK(ex.header_lines(SLUICE_REQUEST_HEADERS, "X-From") == std::vector<std::string>{"gate"});
  CHECK(ex.header_lines(SLUICE_REQUEST_HEADERS, "X-Via") == std::vector<std::string>{"0", "1", "2"});
  CHECK(ex.header_lines(SLUICE_REQUEST_HEADERS, "Cookie").empty());
  ex.answered(200, {{"X-Powered-By", "php"}, {"Server", "x"}});
  router.host.run(SLUICE_ON_RESPONSE, ex);
  CHECK(ex.headers(SLUICE_RESPONSE_HEADERS) == FakeHeaders{{"Server", "s"}});
}

TEST_CASE("router: responses are only looked at when a route edits them") {
  FakeHost host;
  const auto* plain = host.load("router", route(""));
  REQUIRE(plain);
  CHECK(plain->wanted == 1U << SLUICE_ON_ROUTE);
}

TEST_CASE("router: upstreams share requests by weight") {
  Routed router(route(
      "upstreams = [{ name = 'a', weight = 90 }, { name = 'b', weight = 10 }, { name = 'c', weight = 0 }]"));
  std::map<std::string, int> counts;
  for (int i = 0; i < 10'000; ++i) {
    auto ex = router.exchange("/");
    router.run(ex);
    ++counts[ex.field(SLUICE_UPSTREAM)];
  }
  CHECK(counts.size() == 2);
  CHECK(counts["b"] > 800);  // 1000 are due; 200 fewer or more are 6.7 standard deviations
  CHECK(counts["b"] < 1200);
}

TEST_CASE("router: a sticky split sends one client one way, and moves few when weights move") {
  const auto split = [](int weight) {
    Routed router(route(
        "split_by = { cookie = 'uid' }\nupstreams = [{ name = 'a', weight = " + std::to_string(100 - weight) +
        " }, { name = 'b', weight = " + std::to_string(weight) + " }]"));
    std::vector<bool> on_b;
    for (int i = 0; i < 2000; ++i) {
      auto ex = router.exchange("/", {{"Cookie", "uid=user" + std::to_string(i)}});
      router.run(ex);
      on_b.push_back(ex.field(SLUICE_UPSTREAM) == "b");
    }
    return on_b;
  };
  const auto ten = split(10);
  CHECK(ten == split(10));
  CHECK(std::ranges::count(ten, true) > 120);
  CHECK(std::ranges::count(ten, true) < 280);
  const auto twenty = split(20);
  for (std::size_t i = 0; i < ten.size(); ++i)
    CHECK((!ten[i] || twenty[i]));
}

TEST_CASE("router: a split by client address, header or query is sticky too") {
  for (const auto* by : {"'client'", "{ header = 'X-User' }", "{ query = 'u' }"}) {
    CAPTURE(by);
    Routed router(route("upstreams = [{ name = 'a' }, { name = 'b' }]\nsplit_by = " + std::string(by)));
    std::map<std::string, int> ways;
    for (int i = 0; i < 64; ++i) {
      auto ex = router.exchange("/?u=7", {{"X-User", "u7"}});
      router.run(ex);
      ++ways[ex.field(SLUICE_UPSTREAM)];
    }
    CHECK(ways.size() == 1);
  }
}

TEST_CASE("router: an upstream that another plugin selected takes the place of the route's, and no more") {
  Routed router(route("strip_prefix = '/v1'\nmatch = { path = '/v1/*' }"));
  auto ex = router.exchange("/v1/x");
  ex.with(SLUICE_UPSTREAM, "a");
  CHECK(router.run(ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_ROUTE) == "r");
  CHECK(ex.field(SLUICE_UPSTREAM) == "a");
  CHECK(ex.field(SLUICE_PATH) == "/x");
}

TEST_CASE("router: a route that another plugin selected keeps its keys") {
  Routed router(route("match = { host = 'other.example', path = '/v1/{id}/*' }\nrewrite = '/{id}/*'\n"
                      "upstreams = [{ name = 'b' }]\n") +
                "[[route]]\nname = 'all'\n");
  auto ex = router.exchange("/v1/7/x");
  ex.with_route("r");
  CHECK(router.run(ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_ROUTE) == "r");
  CHECK(ex.field(SLUICE_PATH) == "/7/x");
  CHECK(ex.field(SLUICE_UPSTREAM) == "b");

  auto chosen = router.exchange("/v1/7/x");
  chosen.with_route("r").with(SLUICE_UPSTREAM, "a");
  CHECK(router.run(chosen) == SLUICE_CONTINUE);
  CHECK(chosen.field(SLUICE_UPSTREAM) == "a");

  auto misfit = router.exchange("/v2");
  misfit.with_route("r");
  CHECK(router.run(misfit) == SLUICE_FAIL);
  CHECK(misfit.fail_reason().find("nothing to rewrite from") != std::string::npos);
}
