// The router in the real program: what it refuses never reaches an origin.
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

TEST_CASE("A rewrite that would leave its folder is refused, and the origin sees nothing of it") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin, "workers = 1\n" + std::string(access_plugin()),
                           "match = { path = { regex = '/img(?<rest>.*)' } }\nrewrite = '/data/{rest}'"));
  CHECK(gateway.once(get("/img../etc")).status() == 400);
  CHECK(gateway.once(get("/img%2e%2e/etc")).status() == 400);
  CHECK(gateway.once(get("/img/cat")).status() == 204);
  CHECK(origin.wait_request().target() == "/data/cat");
  CHECK(gateway.access(3)[0]["notes"]["router"].get<std::string>().find("refused") == 0);
}

TEST_CASE("An expression that gives up ends the request with 500 where another route would take it") {
  Origin origin(always(response(204, "")));
  Gateway gateway(
      proxy_to(origin) +
      "\n[[route]]\nname = 'deny'\nmatch = { path = { regex = '/adm(i|in|n)+[xy]' } }\nrespond = 403\n");
  std::string evil = "/adm";
  for (int i = 0; i < 40; ++i)
    evil += "in";
  CHECK(gateway.once(get("/adminx")).status() == 403);
  CHECK(gateway.once(get(evil)).status() == 500);
  CHECK(gateway.once(get(evil)).status() == 500);
  CHECK(gateway.process().wait_for_error_text("gave up on 84 bytes (match limit exceeded)"));
  CHECK(origin.requests().empty());
  CHECK(gateway.once(get("/else")).status() == 204);
}

TEST_CASE("A prefix with a literal comes before a template with a parameter in its place") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin, "", "match = { path = '/{tenant}/{thing}' }") +
                  "\n[[route]]\nname = 'admin'\nmatch = { path = '/admin/*' }\nrespond = 403\n");
  CHECK(gateway.once(get("/admin/users")).status() == 403);
  CHECK(gateway.once(get("/acme/users")).status() == 204);
}

TEST_CASE("A prefix is stripped in whichever spelling it is sent and configured") {
  Origin origin(always(response(204, "")));
  Gateway gateway(
      proxy_to(origin, "", "match = { path = ['/caf\u00e9/*', '/a%2fb/*'] }\nstrip_prefix = '/caf\u00e9'"));
  gateway.once(get("/caf%c3%a9/z"));
  gateway.once(get("/a%2Fb/z"));
  CHECK(origin.wait_request(1).target() == "/z");
  CHECK(origin.wait_request(2).target() == "/a%2Fb/z");
}

}  // namespace
}  // namespace sluice::test
