// Which requests a route takes: each part of `match` on its own.
#include <catch2/catch_test_macros.hpp>

#include "router_fixture.h"

using namespace sluice::test;

TEST_CASE("router: a route without match takes everything") {
  Routed router("[[route]]\nname = 'all'\nupstream = 'a'");
  CHECK(router.route("/") == "all");
  CHECK(router.route("http://any.example/x/y?z") == "all");
  CHECK(router.route("*", {}, "OPTIONS") == "all");
}

TEST_CASE("router: the route's upstream is chosen with it") {
  Routed router("[[route]]\nmatch = { path = '/*' }\nupstream = 'b'");
  auto ex = router.exchange("/x");
  CHECK(router.run(ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_ROUTE) == "route-1");
  CHECK(ex.field(SLUICE_UPSTREAM) == "b");
  CHECK(ex.notes().empty());
}

TEST_CASE("router: an exact path is that path alone") {
  Routed router("[[route]]\nname = 'r'\nmatch = { path = ['/a/b', '/', { exact = '/x/*' }] }");
  CHECK(router.route("/a/b") == "r");
  CHECK(router.route("/a/b?q=1") == "r");
  CHECK(router.route("/") == "r");
  CHECK(router.route("/x/*") == "r");
  for (const auto* other : {"/a", "/a/b/", "/a/b/c", "/A/b", "/x/y", "*"})
    CHECK(router.route(other) == "-");
}

TEST_CASE("router: a prefix takes whole segments") {
  Routed router("[[route]]\nname = 'r'\nmatch = { path = ['/v1/*', { prefix = '/w/' }] }");
  for (const auto* taken : {"/v1", "/v1/", "/v1/x", "/v1/x/y/", "/w", "/w/x"})
    CHECK(router.route(taken) == "r");
  for (const auto* other : {"/", "/v10", "/v", "/x/v1", "/V1", "*"})
    CHECK(router.route(other) == "-");
}

TEST_CASE("router: a parameter takes one segment that is not empty") {
  Routed router("[[route]]\nname = 'r'\nmatch = { path = ['/users/{id}', '/files/{kind}/*'] }");
  for (const auto* taken : {"/users/7", "/users/a%2Fb", "/files/img", "/files/img/a/b"})
    CHECK(router.route(taken) == "r");
  for (const auto* other : {"/users", "/users/", "/users/7/x", "/files", "/files/"})
    CHECK(router.route(other) == "-");
}

TEST_CASE("router: parameters become notes") {
  Routed router("[[route]]\nmatch = { path = '/u/{userId}/p/{post_id}/*' }");
  auto ex = router.exchange("/u/7/p/a%2Fb/rest/of/it");
  router.run(ex);
  CHECK(ex.note("param.userid") == "7");
  CHECK(ex.note("param.post_id") == "a%2Fb");
}

TEST_CASE("router: a regex takes the whole path, and its named groups become notes") {
  Routed router("[[route]]\nname = 'r'\nmatch = { path = { regex = '/item-(?<id>[0-9]+)(\\.html)?' } }");
  auto ex = router.exchange("/item-42.html");
  router.run(ex);
  CHECK(ex.field(SLUICE_ROUTE) == "r");
  CHECK(ex.note("param.id") == "42");
  CHECK(ex.notes().size() == 1);
  CHECK(router.route("/item-42/x") == "-");
  CHECK(router.route("/x/item-42") == "-");
}

TEST_CASE("router: paths of the file are brought into the normal form of requests") {
  Routed router(
      "[[route]]\nname = 'r'\nmatch = { path = ['/caf\u00e9', '/%61%2f', '/a b', { exact = '/{z}' }] }");
  CHECK(router.route("/a%2F") == "r");
  CHECK(router.route("/caf%c3%a9") == "r");
  CHECK(router.route("/a%20b") == "r");
  CHECK(router.route("/%7Bz%7D") == "r");
}

TEST_CASE("router: the slash at the end can be ignored") {
  Routed router(
      "ignore_trailing_slash = true\n[[route]]\nname = 'r'\nmatch = { path = ['/a', '/b/', '/c/{id}'] }\n"
      "[[route]]\nname = 'root'\nmatch = { path = '/' }");
  for (const auto* taken : {"/a", "/a/", "/b", "/b/", "/c/7", "/c/7/"})
    CHECK(router.route(taken) == "r");
  CHECK(router.route("/") == "root");
  CHECK(router.route("/c/") == "-");
}

TEST_CASE("router: hosts are exact or a wildcard over one or more labels") {
  Routed router("[[route]]\nname = 'r'\nmatch = { host = ['Example.com', '*.example.org', '[::1]'] }");
  for (const auto* taken : {"http://example.com/", "http://EXAMPLE.com:8080/", "http://a.example.org/",
                            "http://a.b.example.org/", "http://[::1]:80/"})
    CHECK(router.route(taken) == "r");
  for (const auto* other :
       {"http://www.example.com/", "http://example.org/", "http://xexample.org/", "http://com/"})
    CHECK(router.route(other) == "-");
}

TEST_CASE("router: hosts are compared without port, trailing dot, case, and spelling of an IPv6 address") {
  Routed router(
      "[[route]]\nname = 'r'\nmatch = { host = ['example.com', '[2001:DB8:0::1]', 'xn--bcher-kva.example'] }");
  for (const auto* taken : {"http://example.com./", "http://EXAMPLE.com.:80/", "http://[2001:db8::1]/",
                            "http://[2001:0db8:0:0:0:0:0:1]:8080/", "http://XN--BCHER-KVA.example/"})
    CHECK(router.route(taken) == "r");
  for (const auto* other : {"http://[2001:db8::2]/", "http://example.com.org/"})
    CHECK(router.route(other) == "-");
}

TEST_CASE("router: the star of a wildcard host is never empty") {
  Routed router("[[route]]\nname = 'r'\nmatch = { host = '*.example.org' }");
  CHECK(router.route("http://.example.org/") == "-");
  CHECK(router.route("http://a.example.org./") == "r");
}

TEST_CASE("router: a range of IPv6 takes no IPv4 clients unless it is one of mapped addresses") {
  const auto taken = [](std::string_view range, const char* client) {
    Routed router("[[route]]\nname = 'r'\nmatch = { source = '" + std::string(range) + "' }");
    auto ex = router.exchange("/");
    ex.with(SLUICE_CLIENT, client);
    router.run(ex);
    return ex.has(SLUICE_ROUTE);
  };
  CHECK(taken("::/0", "2001:db8::1"));
  CHECK(taken("::ffff:10.0.0.0/104", "10.1.2.3"));
  CHECK(taken("0.0.0.0/0", "::ffff:10.1.2.3"));
  CHECK_FALSE(taken("::/0", "10.1.2.3"));
  CHECK_FALSE(taken("0.0.0.0/0", "2001:db8::1"));
}

TEST_CASE("router: methods are told apart, HEAD from GET too") {
  Routed router("[[route]]\nname = 'r'\nmatch = { method = ['GET', 'PURGE'] }");
  CHECK(router.route("/", {}, "GET") == "r");
  CHECK(router.route("/", {}, "PURGE") == "r");
  CHECK(router.route("/", {}, "HEAD") == "-");
  CHECK(router.route("/", {}, "get") == "-");
}

TEST_CASE("router: the scheme and the listener are matched") {
  Routed router(
      "[[listener]]\nname = 'inner'\n[[route]]\nname = 'r'\nmatch = { scheme = 'https', listener = 'inner' }");
  auto ex = router.exchange("https://x/");
  ex.with(SLUICE_LISTENER, "inner");
  router.run(ex);
  CHECK(ex.field(SLUICE_ROUTE) == "r");
  CHECK(router.route("https://x/") == "-");
  CHECK(router.route("http://x/") == "-");
}

TEST_CASE("router: the client's address is in a range") {
  Routed router(
      "[[route]]\nname = 'r'\nmatch = { source = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/33', '::1'] }");
  const auto from = [&](const char* client) {
    auto ex = router.exchange("/");
    ex.with(SLUICE_CLIENT, client);
    router.run(ex);
    return ex.has(SLUICE_ROUTE);
  };
  for (const auto* inside :
       {"10.0.0.0", "10.255.1.2", "192.0.2.7", "2001:db8:7fff::1", "::1", "::ffff:10.1.1.1"})
    CHECK(from(inside));
  for (const auto* outside : {"11.0.0.0", "192.0.2.8", "2001:db8:8000::", "::2", "unix:", ""})
    CHECK_FALSE(from(outside));
}

TEST_CASE("router: a header is matched in each of the ways") {
  struct Row {
    std::string_view match;
    std::vector<std::string> taken;
    std::vector<std::string> not_taken;
  };
  const Row rows[] = {
      {"'1'", {"1"}, {"2", "11", ""}},
      {"7", {"7"}, {"8"}},
      {"['1', '2']", {"1", "2"}, {"3"}},
      {"{ exact = 'On', ignore_case = true }", {"on", "ON"}, {"off"}},
      {"{ prefix = 'ab' }", {"ab", "abc"}, {"a", "xab"}},
      {"{ suffix = ['yz', '!'] }", {"yz", "xyz", "oh!"}, {"z", "yza"}},
      {"{ contains = 'MID', ignore_case = true }", {"amidst"}, {"md"}},
      {"{ regex = 'v[0-9]+' }", {"v1", "v22"}, {"v", "v1x", "xv1"}},
      {"{ regex = 'a+', not = true }", {"b"}, {"aa"}},
      {"true", {"", "x"}, {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.match);
    Routed router("[[route]]\nname = 'r'\nmatch = { header = { X-A = " + std::string(row.match) + " } }");
    for (const auto& value : row.taken)
      CHECK(router.route("/", {{"x-a", value}}) == "r");
    for (const auto& value : row.not_taken)
      CHECK(router.route("/", {{"x-a", value}}) == "-");
  }
}

TEST_CASE("router: absence of a header can be asked for") {
  Routed router(
      "[[route]]\nname = 'none'\nmatch = { header = { A = false, B = { present = false } } }\n"
      "[[route]]\nname = 'not'\nmatch = { header = { C = { exact = '1', not = true } } }");
  CHECK(router.route("/") == "none");
  CHECK(router.route("/", {{"A", ""}}) == "not");
  CHECK(router.route("/", {{"A", ""}, {"C", "2"}}) == "not");
  CHECK(router.route("/", {{"B", "x"}, {"C", "1"}}) == "-");
}

TEST_CASE("router: one of several lines of a header is enough") {
  Routed router("[[route]]\nname = 'r'\nmatch = { header = { X-A = '2' } }");
  CHECK(router.route("/", {{"X-A", "1"}, {"X-A", "2"}}) == "r");
}

TEST_CASE("router: query parameters are decoded, and the first of a name counts") {
  Routed router("[[route]]\nname = 'r'\nmatch = { query = { 'a b' = 'x&y', c = { regex = '[0-9]+' } } }");
  for (const auto* taken : {"/?a+b=x%26y&c=7", "/?c=1&a%20b=x%26y", "/?c=1&&d&a+b=x%26y&c=x"})
    CHECK(router.route(taken) == "r");
  for (const auto* other :
       {"/", "/?a+b=x&y&c=7", "/?a+b=x%26y&c=x&c=7", "/?a%2=x%26y&c=7", "/?A+b=x%26y&c=7"})
    CHECK(router.route(other) == "-");
}

TEST_CASE("router: cookies are found in every Cookie line") {
  Routed router("[[route]]\nname = 'r'\nmatch = { cookie = { beta = 'yes' } }");
  CHECK(router.route("/", {{"Cookie", "a=b; beta=yes"}}) == "r");
  CHECK(router.route("/", {{"Cookie", "a=b"}, {"Cookie", " beta = yes ;x"}}) == "r");
  CHECK(router.route("/", {{"Cookie", "beta=no; beta=yes"}}) == "-");
  CHECK(router.route("/", {{"Cookie", "xbeta=yes; beta; BETA=yes"}}) == "-");
}

TEST_CASE("router: all parts of a match must hold, and any match of a list") {
  Routed router(
      "[[route]]\nname = 'r'\nmatch = [{ host = 'a.example', path = '/x' }, { path = '/y', method = 'PUT' }]");
  CHECK(router.route("http://a.example/x") == "r");
  CHECK(router.route("http://b.example/x") == "-");
  CHECK(router.route("/y", {}, "PUT") == "r");
  CHECK(router.route("http://a.example/y") == "-");
}
