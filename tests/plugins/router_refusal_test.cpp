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
