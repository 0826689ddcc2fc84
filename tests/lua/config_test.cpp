// What `sluice check` says about a use of the plugin, and what its keys do.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string refusal(std::string_view script, std::string_view settings = {}) {
  LuaCase lua;
  CHECK(lua.load(script, settings) == nullptr);
  return lua.host.problem_text();
}

TEST_CASE("a syntax error is told at the configuration's line with the script's") {
  LuaCase lua;
  CHECK(lua.load("local x =\nreturn {}") == nullptr);
  REQUIRE(lua.host.problems().size() == 1);
  CHECK(lua.host.problems()[0].line == 13);
  CHECK_THAT(lua.host.problems()[0].text, ContainsSubstring("script.lua:2: unexpected symbol near 'return'"));
}

TEST_CASE("an error at the script's top level comes with its trace") {
  std::string text = refusal("local function f() error('no') end\nf()\nreturn {}");
  CHECK_THAT(text, ContainsSubstring("script.lua:1: no"));
  CHECK_THAT(text, ContainsSubstring("script.lua:2: in"));
}

TEST_CASE("a table with an unknown hook names the nearest") {
  CHECK_THAT(refusal("return { on_reqest = function() end }"),
             ContainsSubstring("script.lua: `on_reqest` is no hook (did you mean `on_request`?)"));
  CHECK_THAT(refusal("return { on_request = 1 }"),
             ContainsSubstring("on_request must be a function, not a number"));
  CHECK_THAT(refusal("local x = 1"),
             ContainsSubstring("the script returned nothing; it must return a table"));
}

TEST_CASE("a script that is not there is told with the reason") {
  LuaCase lua;
  CHECK(lua.host.load("lua", "[[plugin]]\nuse = \"lua\"\nscript = \"none.lua\"") == nullptr);
  CHECK_THAT(lua.host.problem_text(), ContainsSubstring("none.lua: No such file or directory"));
  CHECK(lua.host.load("lua", "[[plugin]]\nuse = \"lua\"") == nullptr);
  CHECK(lua.host.load("lua", "[[plugin]]\nuse = \"lua\"\nscript = \"\"") == nullptr);
}

TEST_CASE("settings that make no sense are told") {
  CHECK_THAT(refusal("return {}", "memory = \"10KiB\""), ContainsSubstring("below 1MiB"));
  CHECK_THAT(refusal("return {}", "path = [1]"), ContainsSubstring("`path` lists folders"));
  CHECK_FALSE(refusal("return {}", "jitt = true").empty());
}

TEST_CASE("a script that needs too much to load is refused, not the process ended") {
  CHECK_THAT(refusal("local t = {} while true do t[#t + 1] = {} end", "memory = \"2MiB\""),
             ContainsSubstring("not enough memory"));
  if (kLoopsAreCut) CHECK_THAT(refusal("while true do end\nreturn {}"), ContainsSubstring("CPU budget"));
}

TEST_CASE("a script that fails ends its request unless the use says otherwise") {
  LuaCase lua;
  FakePlugin* use = lua.load("return {}");
  REQUIRE(use != nullptr);
  CHECK(use->plugin->guards);
}

TEST_CASE("jit = false runs the same") {
  LuaCase lua(request_script("local n = 0 for i = 1, 1000 do n = n + i end req:set_note('n', n)"),
              "jit = false");
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("n") == "500500");
}

TEST_CASE("each worker has a VM of its own with the same script") {
  LuaCase lua;
  lua.host.set_workers(3);
  FakePlugin* use =
      lua.load("local n = 0 return { on_request = function(req) n = n + 1 req:set_note('n', n) end }");
  REQUIRE(use != nullptr);
  REQUIRE(use->workers.size() == 3);
  for (void* worker : use->workers) {
    auto ex = lua.get("/");
    CHECK(use->plugin->hooks->on_request(to_abi(ex), worker) == SLUICE_CONTINUE);
    CHECK(ex.note("n") == "1");
  }
}

}  // namespace
}  // namespace sluice::test
