// What a script does wrong ends its own hook, is told with its place, and leaves the worker and the VM in order.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

// The record that the first failure left.
const FakeLogLine& record(const LuaCase& lua) { return lua.host.log_lines().at(0); }

std::string field(const FakeLogLine& line, std::string_view name) {
  for (const auto& [key, value] : line.fields) {
    if (key == name) return value;
  }
  return "";
}

TEST_CASE("an error fails the hook with file and line, and leaves one record with its trace") {
  LuaCase lua(R"(
local function inner(req) error("no tenant") end
return { on_request = function(req)
  inner(req)
  return nil
end })");
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() == "script.lua:2: no tenant");
  REQUIRE(lua.host.log_lines().size() == 1);
  CHECK(record(lua).text == "on_request failed: script.lua:2: no tenant");
  CHECK(field(record(lua), "script") == (lua.folder / "script.lua").string());
  CHECK_THAT(field(record(lua), "trace"), ContainsSubstring("script.lua:4"));
}

TEST_CASE("the trace joins the coroutines that the error went through") {
  LuaCase lua(R"(
local function deep() error("broken") end
return { on_request = function(req)
  local co = coroutine.wrap(function() deep() end)
  co()
  return nil
end })");
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() == "script.lua:2: broken");
  std::string trace = field(record(lua), "trace");
  CHECK_THAT(trace, ContainsSubstring("script.lua:2: in function 'deep'"));
  CHECK_THAT(trace, ContainsSubstring("resumed by"));
  CHECK_THAT(trace, ContainsSubstring("script.lua:5: in function"));
}

TEST_CASE("a failed hook does not hinder the next request") {
  LuaCase lua(request_script(R"(if req:header("x-bad") then error("bad") end req:set_note("fine", "yes"))"));
  for (int round = 0; round < 3; ++round) {
    auto bad = lua.get("/", {{"X-Bad", "1"}});
    auto good = lua.get("/");
    CHECK(lua.run(SLUICE_ON_REQUEST, bad) == SLUICE_FAIL);
    CHECK(lua.run(SLUICE_ON_REQUEST, good) == SLUICE_CONTINUE);
    CHECK(good.note("fine") == "yes");
  }
}

TEST_CASE("error values that are tables are shown by their message or __tostring") {
  LuaCase lua(request_script(R"(
    if req:path() == "/a" then error({ message = "from a field" }) end
    error(setmetatable({}, { __tostring = function() return "from tostring" end })))"));
  auto a = lua.get("/a");
  auto b = lua.get("/b");
  CHECK(lua.run(SLUICE_ON_REQUEST, a) == SLUICE_FAIL);
  CHECK(lua.run(SLUICE_ON_REQUEST, b) == SLUICE_FAIL);
  CHECK_THAT(a.fail_reason(), ContainsSubstring("from a field"));
  CHECK_THAT(b.fail_reason(), ContainsSubstring("from tostring"));
}

TEST_CASE("an endless loop is cut, whatever its shape, and the VM goes on") {
  if (!kLoopsAreCut) SKIP("signals are late under ThreadSanitizer");
  const char* loops[] = {
      "while true do end",
      "local i = 0 repeat i = i + 1 until false",
      "for i = 1, math.huge do end",
      "local function f() return f() end f()",
      "while true do pcall(function() while true do end end) end",
      "local t = {} while true do t[1] = (t[1] or 0) + 1 end",
      "local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end",
      "::again:: goto again",
      "while true do req:header('host') end",
      "local s = '' while true do s = (s .. 'x'):sub(1, 10) end",
  };
  for (const char* loop : loops) {
    INFO(loop);
    LuaCase lua(request_script(std::string("if req:path() == '/loop' then ") + loop +
                               " end req:set_note('fine', 'yes')"),
                "cpu_budget = \"10ms\"");
    auto bad = lua.get("/loop");
    CHECK(lua.run(SLUICE_ON_REQUEST, bad) == SLUICE_FAIL);
    CHECK_THAT(bad.fail_reason(), ContainsSubstring("CPU budget"));
    auto good = lua.get("/");
    CHECK(lua.run(SLUICE_ON_REQUEST, good) == SLUICE_CONTINUE);
    CHECK(good.note("fine") == "yes");
  }
}

TEST_CASE("an endless __tostring of an error value is cut too") {
  if (!kLoopsAreCut) SKIP("signals are late under ThreadSanitizer");
  LuaCase lua(request_script("error(setmetatable({}, { __tostring = function() while true do end end }))"),
              "cpu_budget = \"10ms\"");
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  CHECK(lua.host.log_lines().size() == 1);
}

TEST_CASE("memory over the limit fails the one request") {
  LuaCase lua(request_script(R"(
    if req:path() == "/string" then local s = ("x"):rep(1e8) end
    if req:path() == "/table" then local t = {} while true do t[#t + 1] = {} end end
    req:set_note("fine", "yes"))"),
              "memory = \"8MiB\"\ncpu_budget = \"0s\"");
  for (const char* path : {"/string", "/table", "/table"}) {
    auto bad = lua.get(path);
    CHECK(lua.run(SLUICE_ON_REQUEST, bad) == SLUICE_FAIL);
    CHECK_THAT(bad.fail_reason(), ContainsSubstring("not enough memory"));
    auto good = lua.get("/");
    INFO(path);
    CHECK(lua.run(SLUICE_ON_REQUEST, good) == SLUICE_CONTINUE);
    CHECK(good.fail_reason() == "");
  }
}

}  // namespace
}  // namespace sluice::test
