// sluice.sleep from wherever Lua code can stand, and exchanges that end meanwhile.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// Runs an on_request of `body`, moving the clock on while it waits; what it noted as "out".
std::string waited(LuaCase& lua) {
  auto ex = lua.get("/");
  sluice_verdict verdict = lua.run(SLUICE_ON_REQUEST, ex);
  int waits = 0;
  while (verdict == SLUICE_PAUSE) {
    ++waits;
    lua.host.advance(1000);
    verdict = lua.host.step(ex);
  }
  if (verdict == SLUICE_FAIL) return "FAIL: " + ex.fail_reason();
  return ex.note("out") + " after " + std::to_string(waits);
}

std::string waited(std::string_view body) {
  LuaCase lua("local sleep = require('sluice').sleep\n" + request_script(body));
  return waited(lua);
}

TEST_CASE("a hook waits inside pcall, xpcall, metamethods and iterators") {
  CHECK(waited("pcall(sleep, 1) pcall(function() sleep(1) end) req:set_note('out', 'a')") == "a after 2");
  CHECK(waited("local _, e = pcall(function() sleep(1) error('x', 0) end) req:set_note('out', e)") ==
        "x after 1");
  CHECK(waited("xpcall(function() sleep(1) end, print) req:set_note('out', 'a')") == "a after 1");
  CHECK(waited("local t = setmetatable({}, { __index = function(_, k) sleep(1) return k .. '!' end,"
               " __add = function(a, b) sleep(1) return b end }) req:set_note('out', t.x .. (t + 1))") ==
        "x!1 after 2");
  CHECK(waited("local function each(n, i) sleep(1) if i < n then return i + 1 end end "
               "local s = '' for i in each, 3, 0 do s = s .. i end req:set_note('out', s)") == "123 after 4");
}

TEST_CASE("a hook waits inside the script's own coroutines, and their values come through") {
  CHECK(waited(R"(
    local gen = coroutine.wrap(function(a) sleep(1) local b = coroutine.yield(a + 1) sleep(1) return b * 2 end)
    req:set_note("out", gen(1) .. "," .. gen(21)))") == "2,42 after 2");
  CHECK(waited(R"(
    local inner = coroutine.create(function() sleep(1) error("deep", 0) end)
    local outer = coroutine.wrap(function() return coroutine.resume(inner) end)
    local ok, why = outer()
    req:set_note("out", tostring(ok) .. why .. coroutine.status(inner)))") == "falsedeepdead after 1");
}

TEST_CASE("two requests wait at the same time in one VM") {
  LuaCase lua(
      "local sleep = require('sluice').sleep\n" +
      request_script(
          "local path = req:path() sleep(path == '/slow' and 2 or 1) req:set_note('out', req:path() .. path)"));
  auto slow = lua.get("/slow");
  auto fast = lua.get("/fast");
  REQUIRE(lua.run(SLUICE_ON_REQUEST, slow) == SLUICE_PAUSE);
  REQUIRE(lua.run(SLUICE_ON_REQUEST, fast) == SLUICE_PAUSE);
  lua.host.advance(1000);
  CHECK(lua.host.settle(fast) == SLUICE_CONTINUE);
  lua.host.advance(1000);
  CHECK(lua.host.settle(slow) == SLUICE_CONTINUE);
  CHECK(fast.note("out") == "/fast/fast");
  CHECK(slow.note("out") == "/slow/slow");
}

TEST_CASE("an error after a wait is told like any other") {
  LuaCase lua("local sleep = require('sluice').sleep\n" + request_script("sleep(1)\nerror('late')"));
  CHECK(waited(lua) == "FAIL: script.lua:4: late");
  CHECK(lua.host.log_lines().size() == 1);
}

TEST_CASE("waiting under a C function names it and the way out") {
  CHECK_THAT(waited("local t = { 2, 1 } table.sort(t, function(a, b) sleep(1) return a < b end)"),
             ContainsSubstring("script.lua:3: sluice.sleep cannot wait inside the function given to sort"));
  CHECK_THAT(waited("local s = ('x'):gsub('x', function() sleep(1) end) return s"),
             ContainsSubstring("gsub"));
}

// Where a script's own coroutine stands between the C function and the wait.
constexpr std::string_view kUnderGsub =
    "('x'):gsub('x', function() coroutine.wrap(function() sleep(1) end)() end)";
constexpr std::string_view kUnderSort =
    "local t = { 2, 1 } table.sort(t, function(a, b) local co = coroutine.create(function() sleep(1) return a < b end) "
    "local ok, less = coroutine.resume(co) if not ok then error(less, 0) end return less end)";

TEST_CASE("a wait in a coroutine that a C function's callback resumed is refused, and leaves no timer") {
  for (std::string_view body : {kUnderGsub, kUnderSort}) {
    INFO(body);
    LuaCase lua("local sleep = require('sluice').sleep\n" + request_script(body));
    for (int round = 0; round < 3; ++round) {
      auto ex = lua.get("/");
      CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
      CHECK_THAT(ex.fail_reason(),
                 ContainsSubstring("sluice.sleep cannot wait inside the function given to"));
      CHECK(lua.host.timers() == 0);
    }
    lua.host.advance(5000);
    CHECK(lua.host.log_lines().size() == 3);
  }
}

TEST_CASE("the same error, caught, leaves a hook that ends and one that waits after it in order") {
  std::string caught = "pcall(function() " + std::string(kUnderGsub) + " end) ";
  LuaCase ends("local sleep = require('sluice').sleep\n" + request_script(caught));
  auto ex = ends.get("/");
  CHECK(ends.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ends.host.timers() == 0);
  ends.host.advance(5000);
  CHECK(ends.host.log_lines().empty());
}

TEST_CASE("a hook that waits after a refused wait waits once") {
  CHECK(waited("pcall(function() " + std::string(kUnderGsub) + " end) sleep(1) req:set_note('out', 'a')") ==
        "a after 1");
}

TEST_CASE("memory that runs out somewhere on the way of a wait leaves no timer") {
  // Each round the VM is filled up a little differently before a wait inside ten coroutines.
  LuaCase lua("local sleep = require('sluice').sleep\n" + request_script(R"(
    local function deep(n) if n == 0 then sleep(1) else coroutine.wrap(deep)(n - 1) end end
    local kept, room = {}, tonumber(req:path():sub(2))
    pcall(function() while true do kept[#kept + 1] = ("x"):rep(4096) .. #kept end end)
    kept[#kept] = nil
    local small = {}
    pcall(function() while true do small[#small + 1] = { } end end)
    for i = 1, room do small[#small] = nil end
    pcall(deep, 10))"),
              "memory = \"2MiB\"\ncpu_budget = \"0s\"");
  for (int room = 0; room < 60; ++room) {
    auto ex = lua.get("/" + std::to_string(room * 7));
    sluice_verdict verdict = lua.run(SLUICE_ON_REQUEST, ex);
    INFO(room);
    CHECK(lua.host.timers() == (verdict == SLUICE_PAUSE ? 1U : 0U));
  }
  CHECK(lua.host.timers() == 0);
}

TEST_CASE("a coroutine that another request resumes while its own waits does no harm") {
  LuaCase lua(R"(
    local sleep, kept = require('sluice').sleep
    return { on_request = function(req)
      if req:path() == "/first" then
        kept = coroutine.create(function() sleep(1) sleep(1) return "done" end)
        local ok, what = coroutine.resume(kept)
        req:set_note("out", tostring(ok) .. " " .. tostring(what))
      else
        coroutine.resume(kept)
        req:set_note("out", coroutine.status(kept))
      end
    end })");
  auto first = lua.get("/first");
  auto second = lua.get("/second");
  REQUIRE(lua.run(SLUICE_ON_REQUEST, first) == SLUICE_PAUSE);
  REQUIRE(lua.run(SLUICE_ON_REQUEST, second) == SLUICE_PAUSE);
  lua.host.advance(1000);
  CHECK(lua.host.settle(first) == SLUICE_CONTINUE);
  CHECK(first.note("out") == "true done");
  CHECK(lua.host.settle(second) == SLUICE_CONTINUE);
  CHECK(lua.host.timers() == 0);
}

TEST_CASE("waiting while the script loads is refused with the line") {
  LuaCase lua;
  CHECK(lua.load("require('sluice').sleep(1)\nreturn {}") == nullptr);
  CHECK_THAT(lua.host.problem_text(),
             ContainsSubstring("script.lua:1: sluice.sleep cannot wait while the script is being loaded"));
}

TEST_CASE("an exchange that ends while its script sleeps takes timer and coroutine along") {
  LuaCase lua("local sleep = require('sluice').sleep\n" + request_script("sleep(5) error('must not run')"));
  for (int round = 0; round < 100; ++round) {
    auto ex = lua.get("/");
    REQUIRE(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
  }
  CHECK(lua.host.timers() == 0);
  lua.host.advance(10000);
  CHECK(lua.host.log_lines().empty());
}

TEST_CASE("an exchange that ends between the timer and the going on is taken back too") {
  LuaCase lua("local sleep = require('sluice').sleep\n" + request_script("sleep(1) error('must not run')"));
  for (int round = 0; round < 10; ++round) {
    auto ex = lua.get("/");
    REQUIRE(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
    lua.host.advance(1000);
  }
  CHECK(lua.host.log_lines().empty());
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
}

TEST_CASE("a module's top level waits when it is required in a hook, and others wait for it") {
  LuaCase lua("local sleep = require('sluice').sleep\n" +
              request_script("req:set_note('out', require('slow').value)"));
  lua.write("slow.lua",
            "require('sluice').sleep(1) require('sluice').log.info('loaded') return { value = 'v' }");
  auto first = lua.get("/");
  auto second = lua.get("/");
  REQUIRE(lua.run(SLUICE_ON_REQUEST, first) == SLUICE_PAUSE);
  REQUIRE(lua.run(SLUICE_ON_REQUEST, second) == SLUICE_PAUSE);
  lua.host.advance(1000);
  CHECK(lua.host.settle(first) == SLUICE_CONTINUE);
  sluice_verdict verdict = SLUICE_PAUSE;
  while (verdict == SLUICE_PAUSE) {
    lua.host.advance(10);
    verdict = lua.host.step(second);
  }
  CHECK(verdict == SLUICE_CONTINUE);
  CHECK(second.note("out") == "v");
  CHECK(lua.host.log_lines().size() == 1);
}

TEST_CASE("when the request that loads a module goes away, the next one loads it") {
  LuaCase lua(request_script("req:set_note('out', require('slow'))"));
  lua.write("slow.lua", "require('sluice').sleep(1) return 'v'");
  {
    auto gone = lua.get("/");
    REQUIRE(lua.run(SLUICE_ON_REQUEST, gone) == SLUICE_PAUSE);
  }
  CHECK(waited(lua) == "v after 1");
}

}  // namespace
}  // namespace sluice::test
