// Each hook reaches its function, with the objects that belong to it, and may wait.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

constexpr std::string_view kRouteByHeader = R"(
local sluice = require "sluice"
return {
  on_route = function(req)
    if req:header("x-canary") == "1" then req:set_upstream("beta") end
  end
}
)";

TEST_CASE("a script routes by header") {
  LuaCase lua(kRouteByHeader);
  auto canary = lua.get("/", {{"X-Canary", "1"}});
  auto other = lua.get("/", {{"X-Canary", "0"}});
  CHECK(lua.run(SLUICE_ON_ROUTE, canary) == SLUICE_CONTINUE);
  CHECK(lua.run(SLUICE_ON_ROUTE, other) == SLUICE_CONTINUE);
  CHECK(canary.field(SLUICE_UPSTREAM) == "beta");
  CHECK_FALSE(other.has(SLUICE_UPSTREAM));
}

TEST_CASE("only the hooks that the script has are wanted") {
  LuaCase lua;
  FakePlugin* use = lua.load(kRouteByHeader);
  REQUIRE(use != nullptr);
  CHECK(use->wanted == 1U << SLUICE_ON_ROUTE);
}

}  // namespace
}  // namespace sluice::test
