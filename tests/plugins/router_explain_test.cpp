// The gateway says why: the note `router`.
#include <catch2/catch_test_macros.hpp>

#include "router_fixture.h"

using namespace sluice::test;

namespace {

std::string why(Routed& router, std::string_view target, FakeHeaders headers = {},
                std::string method = "GET") {
  auto ex = router.host.exchange(std::move(method), target, std::move(headers));
  CHECK(router.run(ex) == SLUICE_CONTINUE);
  return ex.note("router");
}

}  // namespace

TEST_CASE("router: a request that no route takes says what was nearest") {
  Routed router(
      "[[route]]\nname = 'api'\nmatch = { host = 'a.example', path = '/v1/*', method = ['GET', 'PUT'], source = '10.0.0.0/8', "
      "header = { X-Key = '1' } }");
  CHECK(why(router, "http://b.example/v1") == "no route takes host \"b.example\"");
  CHECK(why(router, "http://a.example/v2") == "no route has a path for \"/v2\" on host \"a.example\"");
  CHECK(why(router, "http://a.example/v1", {}, "POST") ==
        "no route; \"api\": method is \"POST\", not GET or PUT");
  CHECK(why(router, "http://a.example/v1") == "no route; \"api\": client 192.0.2.1 is not in source");
}

TEST_CASE("router: values of headers and cookies stay out of the note") {
  Routed router("[[route]]\nname = 'r'\nmatch = { header = { Authorization = 'Bearer x' } }");
  CHECK(why(router, "/", {{"Authorization", "Bearer secret"}}) ==
        "no route; \"r\": header \"authorization\" does not match");
  CHECK(why(router, "/") == "no route; \"r\": header \"authorization\" is absent");
}

TEST_CASE("router: with explain every request says why") {
  Routed router(
      "explain = true\n[[route]]\nname = 'beta'\nmatch = { path = '/a/*', cookie = { beta = '1' } }\n"
      "[[route]]\nname = 'stable'\nmatch = { host = '*.example', path = '/a/*' }");
  CHECK(why(router, "http://x.example/a") ==
        "route \"stable\" takes *.example, path /a/* (3 lookups, 1 candidates)");
  CHECK(why(router, "http://x.org/a") ==
        "no route; \"beta\": cookie \"beta\" is absent (4 lookups, 1 candidates)");
}

TEST_CASE("router: with explain a route says which were passed over") {
  Routed router(
      "explain = true\n[[route]]\nname = 'put'\nmatch = { method = 'PUT' }\n[[route]]\nname = 'all'");
  CHECK(why(router, "/") ==
        "route \"all\" takes any host, path /*; passed over \"put\": method is \"GET\", not PUT "
        "(3 lookups, 2 candidates)");
}
