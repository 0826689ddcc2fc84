// What a VM keeps: nothing per request on the common path, and nothing for ever on the others.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <vector>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

constexpr int kWindows = 20;

// The VM's heap, in bytes as it counts them itself, after each twentieth of `requests` exchanges that run `hooks` (fields of
// the script's table) at on_route.
std::vector<double> heap(std::string_view hooks, int requests, std::string_view settings = {}) {
  LuaCase lua(
      "return { on_log = function(req) req:set_note('kb', ('%.3f'):format(collectgarbage('count'))) end,\n" +
          std::string(hooks) + " }",
      settings);
  std::vector<double> bytes;
  for (int i = 0; i < requests; ++i) {
    auto ex = lua.get("/", {{"X-Canary", i % 2 == 0 ? "1" : "0"}});
    if (lua.run(SLUICE_ON_ROUTE, ex) == SLUICE_PAUSE) {
      lua.host.advance(1000);
      lua.host.settle(ex);
    }
    if ((i + 1) % (requests / kWindows) != 0) continue;
    lua.run(SLUICE_ON_LOG, ex);
    bytes.push_back(std::strtod(ex.note("kb").c_str(), nullptr) * 1024);
  }
  return bytes;
}

// Bytes of garbage per exchange: the median over the windows, so that neither a trace that is compiled late nor a collection
// in between shows.
double garbage(std::string_view hooks, int requests, std::string_view settings = {}) {
  std::vector<double> bytes = heap(hooks, requests, settings);
  std::adjacent_difference(bytes.begin(), bytes.end(), bytes.begin());
  std::sort(bytes.begin() + 1, bytes.end());
  return bytes[kWindows / 2] / (requests / kWindows);
}

constexpr std::string_view kRouteByHeader =
    "on_route = function(req) if req:header('x-canary') == '1' then req:set_upstream('beta') end end";

TEST_CASE("the counting sees garbage where there is some") {
  // Few enough that most windows see no collection.
  CHECK(garbage("on_route = function(req) req.ctx.mine = 1 end", 2000) > 16);
}

TEST_CASE("reading a header and choosing an upstream makes no garbage at all") {
  CHECK(garbage(kRouteByHeader, 100000) < 0.5);
}

TEST_CASE("the same without compiled code") { CHECK(garbage(kRouteByHeader, 20000, "jit = false") < 0.5); }

TEST_CASE("answering, setting headers, cookies and parameters make none either") {
  CHECK(garbage(R"(on_route = function(req)
    req:set_header("x-a", "1") req:add_header("x-a", "2") req:remove_header("x-a")
    req:cookie("a") req:param("b") req:path() req:client() req:set_note("n", "v")
    return req:respond(200, "hello") end)",
                20000) < 0.5);
}

TEST_CASE("requests that wait reuse their coroutines") {
  CHECK(garbage("on_route = function(req) require('sluice').sleep(1) req:set_upstream('beta') end", 20000) <
        0.5);
}

TEST_CASE("a hundred thousand requests that keep objects, use ctx and fail leave the heap where it was") {
  std::vector<double> bytes = heap(R"(on_route = function(req)
    local keep = function() return req end
    req.ctx.keep = keep
    if req:header("x-canary") == "1" then error({ req }) end end)",
                                   100000);
  CHECK(std::ranges::max(bytes) < 4 * 1024 * 1024);
  CHECK(bytes.back() - bytes.front() < 1024 * 1024);
}

TEST_CASE("after a rush of waiting requests the VM gives back what it does not keep") {
  LuaCase lua(
      "local kept = {} return { on_route = function(req) kept[#kept % 100 + 1] = req require('sluice').sleep(1) end,"
      "on_request = function(req) return kept[1]:path() and nil end,"
      "on_log = function(req) req:set_note('kb', math.floor(collectgarbage('count'))) end }");
  {
    std::vector<std::unique_ptr<FakeExchange>> rush;
    for (int i = 0; i < 5000; ++i) {
      rush.push_back(std::make_unique<FakeExchange>(lua.host, "GET", "/", FakeHeaders{}));
      REQUIRE(lua.run(SLUICE_ON_ROUTE, *rush.back()) == SLUICE_PAUSE);
    }
    lua.host.advance(1000);
    for (auto& ex : rush) {
      CHECK(lua.host.settle(*ex) == SLUICE_CONTINUE);
    }
  }
  for (int i = 0; i < 2000; ++i) {
    auto ex = lua.get("/");
    CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  }
  auto ex = lua.get("/");
  lua.run(SLUICE_ON_LOG, ex);
  CHECK(std::atoi(ex.note("kb").c_str()) < 6000);
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
