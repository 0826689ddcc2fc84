// What a script sees, and what it cannot do to others.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// Why the script is refused when it is loaded.
std::string refusal(std::string_view script) {
  LuaCase lua;
  CHECK(lua.load(script) == nullptr);
  return lua.host.problem_text();
}

TEST_CASE("writing a global is refused at load with file, line and the nearest name") {
  std::string text =
      refusal("local counter = 0\nreturn { on_request = function(req)\n  conter = counter + 1\nend }");
  CHECK_THAT(text, ContainsSubstring("script.lua:3: writes the global `conter`"));
  CHECK_THAT(text, ContainsSubstring("did you mean `counter`?"));
}

TEST_CASE("every write to a global is told, also in functions inside functions") {
  std::string text =
      refusal("a = 1\nlocal function f()\n  return function() b = 2 end\nend\nfunction c() end\nreturn {}");
  CHECK_THAT(text, ContainsSubstring("script.lua:1: writes the global `a`"));
  CHECK_THAT(text, ContainsSubstring("script.lua:3: writes the global `b`"));
  CHECK_THAT(text, ContainsSubstring("script.lua:5: writes the global `c`"));
}

TEST_CASE("writing a global by another way raises when it happens") {
  CHECK_THAT(result("_G.leak = 1"), ContainsSubstring("writes the global `leak`"));
  CHECK_THAT(result("local f = load('leak = 1') f()"), ContainsSubstring("writes the global `leak`"));
  CHECK(result("return leak, _G.leak") == "nil|nil");
}

TEST_CASE("a script cannot change another script's libraries") {
  LuaCase lua;
  lua.host.share_snapshot();
  REQUIRE(
      lua.load(
          "string.len = nil table.insert = 7 require('sluice').now = nil\nreturn { on_request = function() end }") !=
      nullptr);
  lua.write("other.lua", R"(return { on_request = function(req)
    local t = {} table.insert(t, string.len("abc") .. type(require("sluice").now))
    req:set_note("out", t[1]) end })");
  REQUIRE(lua.host.load("lua", "[[plugin]]\nuse = \"lua\"\nscript = \"other.lua\"") != nullptr);
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("out") == "3function");
}

// What `other` notes as "out" in its on_request, in the VM in which `script` was loaded before and ran once.
std::string after_another(std::string_view script, const std::string& other) {
  LuaCase lua;
  lua.host.share_snapshot();
  REQUIRE(lua.load(script) != nullptr);
  lua.write("other.lua",
            "return { on_request = function(req) req:set_note('out', tostring(" + other + ")) end }");
  REQUIRE(lua.host.load("lua", "[[plugin]]\nuse = \"lua\"\nscript = \"other.lua\"") != nullptr);
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  return ex.note("out");
}

TEST_CASE("nor those that it requires") {
  CHECK(after_another("require('bit').band = function() return 42 end return {}",
                      "require('bit').band(1, 1)") == "1");
  CHECK(after_another("require('string').rep = nil require('table').concat = nil return {}",
                      "('x'):rep(2) .. table.concat({ 1 }) .. require('string').rep('y', 2)") == "xx1yy");
  CHECK(after_another("return {}", "table.new") ==
        after_another("require('table.new') return {}", "table.new"));
  CHECK(after_another("return {}", "type(table.clear)") == "function");
  CHECK(after_another("local t = { 1 } require('table.clear')(t) return {}", "require('bit') == bit") ==
        "true");
}

TEST_CASE("the library behind the methods of texts is reached by no script") {
  CHECK(result("return getmetatable('').__index, ('').dump") == "nil|nil");
  CHECK_THAT(result("setmetatable('', {})"), ContainsSubstring("table expected"));
  CHECK(after_another("string.find = nil string.upper = function() return 'no' end return {}",
                      "('x'):upper() .. string.upper('y') .. ('xyz'):find('y')") == "XY2");
}

TEST_CASE("no function writes a global past the check") {
  for (const char* way :
       {"rawset(_G, 'leak', 1)", "table.insert(_G, 1)", "_G[1] = 1", "setmetatable(_G, {})",
        "require('table.clear')(_G)", "table.sort(_G)", "getmetatable(_G).__newindex = nil",
        "load('leak = 1', 'c', 't', _G)()", "rawset(getmetatable(_G), '__newindex', nil)"}) {
    INFO(way);
    CHECK(result("return pcall(function() " + std::string(way) + " end)").starts_with("false|"));
    CHECK(result("pcall(function() " + std::string(way) +
                 " end) return leak, _G.leak, _G[1], type(string)") == "nil|nil|nil|table");
  }
  CHECK_THAT(result("rawset(_G, 'leak', 1)"), ContainsSubstring("script.lua"));
  CHECK_THAT(result("rawset(_G, 'leak', 1)"), ContainsSubstring("would be shared by every request"));
  CHECK_THAT(result("rawset(req, 'leak', 1)"), ContainsSubstring("req.ctx"));
  CHECK(result("return rawget(_G, 'type') == type, rawget(_G, 'none'), _G._G == _G, rawset({}, 1, 2)[1]") ==
        "true|nil|true|2");
}

TEST_CASE("what blocks or breaks the worker is refused with the reason") {
  CHECK_THAT(result("io.open('/etc/passwd')"),
             ContainsSubstring("io is not available to scripts: it blocks the worker"));
  CHECK_THAT(result("os.execute('true')"), ContainsSubstring("os.execute is not available"));
  CHECK_THAT(result("os.exit(1)"), ContainsSubstring("os.exit is not available"));
  CHECK_THAT(result("require('ffi')"), ContainsSubstring("module 'ffi' is not available to scripts"));
  CHECK_THAT(result("collectgarbage()"), ContainsSubstring("only \"count\" is possible"));
  CHECK_THAT(result("setfenv(1, {})"), ContainsSubstring("setfenv is not available"));
  CHECK_THAT(result("dofile('x.lua')"), ContainsSubstring("use require"));
  CHECK(result("return getmetatable('').__index") == "nil");
  CHECK(result("return debug.sethook, debug.getregistry, string.dump, newproxy == nil") ==
        "nil|nil|nil|false");
}

TEST_CASE("bytecode is refused, text is taken") {
  CHECK(result("return load('\\27LJ')") == "nil|attempt to load chunk with wrong mode");
  CHECK(result("return load('return 1 + 1')()") == "2");
  CHECK(result("local n = 0 return load(function() n = n + 1 return ({ 'return ', '4' })[n] end)()") == "4");
  CHECK_THAT(refusal("\x1bLJ"), ContainsSubstring("is bytecode"));
}

TEST_CASE("the usual libraries are there") {
  CHECK(
      result(
          "return type(math.random()), ('x'):rep(3), bit.band(7, 3), #table.concat({ 1, 2 }), os.time() > 0") ==
      "number|xxx|3|2|true");
  CHECK(result("return jit.os, _VERSION, select('#', unpack({ 1, 2 }))") == "Linux|Lua 5.1|2");
  CHECK(result("return type(require('table.new')(4, 4)), type(require('bit'))") == "table|table");
}

// ---- require ----

TEST_CASE("modules come from the script's folder and from path, once") {
  LuaCase lua;
  lua.write("near.lua", "return { name = 'near' }");
  lua.write("lib/far.lua", "return { name = ... }");
  lua.write("lib/pack/init.lua", "return require('pack.part') .. '!'");
  lua.write("lib/pack/part.lua", "return 'part'");
  REQUIRE(
      lua.load(request_script(
                   "req:set_note('out', require('near').name .. require('far').name .. require('pack') .. "
                   "tostring(require('near') == require('near')))"),
               "path = [\"lib\"]") != nullptr);
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("out") == "nearfarpart!true");
}

TEST_CASE("a module that is not there is told with the files that were tried") {
  std::string text = refusal("local x = require('none.such')\nreturn {}");
  CHECK_THAT(text, ContainsSubstring("script.lua:1: module 'none.such' not found"));
  CHECK_THAT(text, ContainsSubstring("none/such.lua: No such file or directory"));
}

TEST_CASE("an error inside a module has the module's own line") {
  LuaCase lua;
  lua.write("bad.lua", "local a = 1\nlocal b = a.b.c\nreturn b");
  CHECK(lua.load("local bad = require('bad')\nreturn {}") == nullptr);
  CHECK_THAT(lua.host.problem_text(), ContainsSubstring("bad.lua:2: attempt to index"));
  lua.write("worse.lua", "return retrun");
  lua.write("worst.lua", "x = = 1");
  CHECK(lua.load("local worst = require('worst')\nreturn {}") == nullptr);
  CHECK_THAT(lua.host.problem_text(), ContainsSubstring("worst.lua:1: unexpected symbol near '='"));
}

TEST_CASE("a module that requires itself is told") {
  LuaCase lua;
  lua.write("a.lua", "return require('b')");
  lua.write("b.lua", "return require('a')");
  CHECK(lua.load("local a = require('a')\nreturn {}") == nullptr);
  CHECK_THAT(lua.host.problem_text(), ContainsSubstring("module 'a' requires itself"));
}

TEST_CASE("module names cannot leave their folders") {
  CHECK_THAT(result("require('../etc/passwd')"), ContainsSubstring("names have letters"));
  CHECK_THAT(result("require('..secret')"), ContainsSubstring("names have letters"));
  CHECK_THAT(result("require('/etc/passwd')"), ContainsSubstring("names have letters"));
}

}  // namespace
}  // namespace sluice::test
