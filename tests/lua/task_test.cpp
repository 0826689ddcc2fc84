// sluice.spawn and sluice.wait: several waits of one hook at once, and how tasks end.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string with_sluice(std::string_view body) {
  return "local sluice = require 'sluice'\n" + request_script(body);
}

// What on_request of `body` notes as "out", and after how many seconds of the fake clock.
std::string noted(LuaCase& lua) {
  auto ex = lua.get("/");
  sluice_verdict verdict = lua.run(SLUICE_ON_REQUEST, ex);
  int seconds = 0;
  for (; verdict == SLUICE_PAUSE && seconds < 100; ++seconds) {
    lua.host.advance(1000);
    while (verdict == SLUICE_PAUSE && lua.host.is_resumed(ex))
      verdict = lua.host.step(ex);
  }
  if (verdict == SLUICE_FAIL) return "FAIL: " + ex.fail_reason();
  return ex.note("out") + " after " + std::to_string(seconds);
}

std::string noted(std::string_view body) {
  LuaCase lua(with_sluice(body));
  return noted(lua);
}

TEST_CASE("tasks wait at the same time, and wait() gives the first result of each") {
  CHECK(noted(R"(
    local function slow(n) sluice.sleep(n) return n * 10, "more" end
    local a, b = sluice.spawn(slow, 2), sluice.spawn(slow, 3)
    local x, y = sluice.wait(a, b)
    req:set_note("out", x .. "," .. y .. "," .. select("#", a:wait())))") == "20,30,2 after 3");
}

TEST_CASE("a task runs at once, up to its first wait, and may use the request") {
  CHECK(noted(R"(
    local seen = {}
    local task = sluice.spawn(function(path) seen[1] = path sluice.sleep(1) seen[2] = req:path() end, req:path())
    seen[3] = task.done
    task:wait()
    req:set_note("out", seen[1] .. seen[2] .. tostring(seen[3])))") == "//false after 1");
  CHECK(noted("local t = sluice.spawn(function() return 7 end) req:set_note('out', '' .. t:wait())") ==
        "7 after 0");
}

TEST_CASE("an error in a task is a warning in the log and raised by wait()") {
  LuaCase lua(with_sluice(R"(
    local task = sluice.spawn(function() sluice.sleep(1) error("broken") end)
    local ok, why = pcall(task.wait, task)
    req:set_note("out", tostring(ok) .. " " .. why))"));
  CHECK(noted(lua) == "false script.lua:4: broken after 1");
  REQUIRE(lua.host.log_lines().size() == 1);
  CHECK_THAT(lua.host.log_lines()[0].text, ContainsSubstring("a task failed: script.lua:4: broken"));
}

TEST_CASE("a task spawns tasks, and waits in coroutines of its own") {
  CHECK(noted(R"(
    local outer = sluice.spawn(function()
      local inner = sluice.spawn(function() sluice.sleep(2) return "in" end)
      local gen = coroutine.wrap(function() sluice.sleep(1) coroutine.yield("co") end)
      return gen() .. inner:wait()
    end)
    req:set_note("out", outer:wait()))") == "coin after 2");
}

TEST_CASE("a task waits for itself only where it was spawned") {
  CHECK_THAT(noted(R"(
    local a = sluice.spawn(function() sluice.sleep(1) end)
    local b = sluice.spawn(function() a:wait() end)
    b:wait())"),
             ContainsSubstring("task:wait() is possible in the hook or task that spawned it"));
}

TEST_CASE("what still runs when its hook ends is ended, and leaves no timer") {
  LuaCase lua(with_sluice("sluice.spawn(function() sluice.sleep(50) req:set_note('out', 'late') end)"));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(lua.host.timers() == 0);
  CHECK(ex.note("out").empty());
}

TEST_CASE("an exchange that ends takes the tasks of its waiting hook with it") {
  LuaCase lua(with_sluice("local t = sluice.spawn(function() sluice.sleep(9) end) sluice.sleep(5) t:wait()"));
  {
    auto ex = lua.get("/");
    REQUIRE(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
    CHECK(lua.host.timers() == 2);
  }
  CHECK(lua.host.timers() == 0);
}

TEST_CASE("a task's answer is the hook's") {
  LuaCase lua(with_sluice("sluice.spawn(function() req:respond(403) end):wait()"));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_RESPOND);
}

TEST_CASE("a task over the budget fails the hook that waits for it") {
  if (!kLoopsAreCut) return;
  LuaCase lua(with_sluice("local t = sluice.spawn(function() sluice.sleep(1) while true do end end) "
                          "sluice.sleep(50) t:wait()"),
              "cpu_budget = '20ms'");
  CHECK_THAT(noted(lua), ContainsSubstring("CPU budget"));
  CHECK(lua.host.timers() == 0);
}

TEST_CASE("a task over the budget inside its hook's run fails it too") {
  if (!kLoopsAreCut) return;
  LuaCase lua(with_sluice("sluice.spawn(function() while true do end end)"), "cpu_budget = '20ms'");
  CHECK_THAT(noted(lua), ContainsSubstring("CPU budget"));
}

TEST_CASE("the thousand and first task of a hook is refused") {
  CHECK_THAT(noted("for i = 1, 1001 do sluice.spawn(function() sluice.sleep(1) end) end"),
             ContainsSubstring("this hook has 1000 tasks already"));
}

TEST_CASE("misuse of tasks is told at the caller's line") {
  CHECK_THAT(noted("sluice.spawn(7)"), ContainsSubstring("script.lua:3: sluice.spawn: f must be a function"));
  CHECK_THAT(noted("sluice.spawn(print, unpack({}, 1, 17))"), ContainsSubstring("16 arguments at most"));
  CHECK_THAT(noted("sluice.spawn(error, {}):wait()"), ContainsSubstring("FAIL"));
  CHECK_THAT(noted("sluice.wait(7)"), ContainsSubstring("script.lua:3: sluice.wait: task must be"));
  LuaCase lua;
  CHECK(lua.load("local s = require 'sluice' s.spawn(function() end) return {}") == nullptr);
  CHECK_THAT(lua.host.problem_text(), ContainsSubstring("sluice.spawn is possible inside a hook"));
}

TEST_CASE("what a request of sluice.fetch cannot be is told before anything is sent") {
  CHECK_THAT(noted("sluice.fetch{ upstrem = 'x' }"),
             ContainsSubstring("script.lua:3: fetch: `upstrem` is no key of a request (did you mean"));
  CHECK_THAT(noted("sluice.fetch{ path = '/' }"),
             ContainsSubstring("script.lua:3: fetch: say which upstream"));
  CHECK_THAT(noted("sluice.fetch{ upstream = 'app', timeout = 'x' }"),
             ContainsSubstring("script.lua:3: fetch: timeout must be a number from 0.001 to 600"));
  CHECK_THAT(noted("sluice.fetch{ upstream = 'app', headers = { a = true } }"),
             ContainsSubstring("script.lua:3: fetch: headers must be"));
}

}  // namespace
}  // namespace sluice::test
