// What a VM keeps: nothing per request on the common path, and nothing for ever on the others.
#include <catch2/catch_test_macros.hpp>

#include <cstdlib>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

// Runs `hooks` (fields of the script's table) for `requests` exchanges; the growth of the VM's heap in bytes, as the VM
// itself counts it, from after the first tenth (traces are compiled there) to the end.
double growth(std::string_view hooks, int requests, std::string_view settings = {}) {
  LuaCase lua(
      "local before = 0\nreturn { on_log = function(req) req:set_note('kb', ('%.3f'):format(collectgarbage('count'))) end,\n" +
          std::string(hooks) + " }",
      settings);
  auto count = [&lua] {
    auto ex = lua.get("/");
    lua.run(SLUICE_ON_LOG, ex);
    return std::strtod(ex.note("kb").c_str(), nullptr);
  };
  double before = 0;
  for (int i = 0; i < requests; ++i) {
    if (i == requests / 10) before = count();
    auto ex = lua.get("/", {{"X-Canary", i % 2 == 0 ? "1" : "0"}});
    if (lua.run(SLUICE_ON_ROUTE, ex) == SLUICE_PAUSE) {
      lua.host.advance(1000);
      lua.host.settle(ex);
    }
  }
  return (count() - before) * 1024;
}

TEST_CASE("reading a header and choosing an upstream makes no garbage at all") {
  // The counting itself makes a few short texts.
  CHECK(growth(
            "on_route = function(req) if req:header('x-canary') == '1' then req:set_upstream('beta') end end",
            100000) < 4096);
}

TEST_CASE("the same without compiled code") {
  CHECK(growth(
            "on_route = function(req) if req:header('x-canary') == '1' then req:set_upstream('beta') end end",
            20000, "jit = false") < 4096);
}

TEST_CASE("answering, setting headers, cookies and parameters make none either") {
  CHECK(growth(R"(on_route = function(req)
    req:set_header("x-a", "1") req:add_header("x-a", "2") req:remove_header("x-a")
    req:cookie("a") req:param("b") req:path() req:client() req:set_note("n", "v")
    return req:respond(200, "hello") end)",
               20000) < 4096);
}

TEST_CASE("a hundred thousand requests that keep objects, use ctx and fail leave the heap where it was") {
  CHECK(growth(R"(on_route = function(req)
    local keep = function() return req end
    req.ctx.keep = keep
    if req:header("x-canary") == "1" then error({ req }) end end)",
               100000) < 1024 * 1024);
}

TEST_CASE("requests that wait reuse their coroutines") {
  CHECK(growth("on_route = function(req) require('sluice').sleep(1) req:set_upstream('beta') end", 20000) <
        4096);
}

TEST_CASE("requests that go away while they wait leave the heap where it was") {
  LuaCase lua(
      "return { on_route = function(req) require('sluice').sleep(9) end,"
      "on_log = function(req) req:set_note('kb', math.floor(collectgarbage('count'))) end }");
  for (int i = 0; i < 20000; ++i) {
    auto ex = lua.get("/");
    lua.run(SLUICE_ON_ROUTE, ex);
  }
  auto ex = lua.get("/");
  lua.run(SLUICE_ON_LOG, ex);
  CHECK(std::atoi(ex.note("kb").c_str()) < 4096);
}

}  // namespace
}  // namespace sluice::test
