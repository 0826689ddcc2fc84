// The bounded pattern functions against LuaJIT's own, and under a budget.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <csignal>
#include <string>

#include "lua/lua_case.h"
#include "pattern.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;

volatile std::sig_atomic_t never = 0;

// `ours` and `theirs` are the two sets of functions; check(name, ...) raises where what they give, or their errors, differ.
constexpr const char* kCompare = R"lua(
  local function pack(...) return { n = select("#", ...), ... } end
  local function shown(all)
    local texts = {}
    for i = 1, all.n do texts[i] = ("%q"):format(tostring(all[i])) .. ":" .. type(all[i]) end
    return table.concat(texts, " ")
  end
  local function run(set, name, ...)
    if name ~= "gmatch" then return pack(pcall(set[name], ...)) end
    local got, iterator = pcall(set.gmatch, ...)
    if not got then return pack(got, iterator) end
    local all = pack(true)
    for _ = 1, 50 do
      local one = pack(pcall(iterator))
      all[#all + 1] = shown(one)
      if not one[1] or one[2] == nil then break end
    end
    all.n = #all
    return all
  end
  function check(name, ...)
    local a, b = shown(run(theirs, name, ...)), shown(run(ours, name, ...))
    if a ~= b then error(("%s(%s)\n  LuaJIT: %s\n  ours:   %s"):format(name, shown(pack(...)), a, b), 0) end
  end
)lua";

// What went wrong in `script`, which has check(); empty when all was the same.
std::string compared(const std::string& script) {
  lua_State* state = luaL_newstate();
  luaL_openlibs(state);
  lua_newtable(state);
  lua::push_patterns(state, &never);
  lua_setglobal(state, "ours");
  std::string text =
      "theirs = { find = string.find, match = string.match, gmatch = string.gmatch, gsub = string.gsub }\n" +
      std::string(kCompare) + script;
  std::string fault;
  if (luaL_dostring(state, text.c_str()) != 0) fault = lua_tostring(state, -1);
  lua_close(state);
  return fault;
}

TEST_CASE("patterns give what LuaJIT's give") {
  CHECK(compared(R"lua(
    local patterns = {
      "", "a", "^a", "a$", "^$", "$", "^", ".", "%a+", "%d*", "[a-c]+", "[^a-c]", "[]]", "[^]]", "[]-a]", "[a-]", "[-a]", "[%a-z]",
      "(a*)(b)", "()a()", "((a)b)", "(a)%1", "%b()", "%f[%w]%w+", "%f[%z]", "a-b", "a?b", ".-$", "(.-)=(.*)", "%S+", "%u%l", "%x%X",
      "%p", "%c", "%z", "%Z", "%g+", "%%", "a\0b", "a\0.", "[\0]", "[a\0]", "%\0", "a.\0", "%b\0\0", "\255", "[\200-\255]", "%\200",
      "[", "[a", "[^", "[]", "[%", "%", "(", ")", "(a", "a)", "a).", "(()", "%1", "(a)%2", "(a%1)", "()%1", "%0", "%b", "%bx", "%f", "%fa", "%f[a",
      "^^a", "a^", "$a", "a$b", "*a", "+", "-", "?", "a**", "a+-", "[a]*b", "(a?)?", "(%w+) (%w+)", ("(a?)"):rep(32), ("(a?)"):rep(33),
    }
    local subjects = { "", "a", "b", "ab", "aab", "aaa", "hello world", "key = value", "(a(b)c)", "x(", "Ab1_-%", "a\0b", "\255\200", "[]", "a$b", "^a" }
    for _, s in ipairs(subjects) do
      for _, p in ipairs(patterns) do
        for _, init in ipairs { 1, 2, -1, -9, 0, 9, 1.5 } do
          check("find", s, p, init) check("match", s, p, init) check("find", s, p, init, true)
        end
        check("gmatch", s, p)
        for _, r in ipairs { "", "x", "<%0>", "%1", "%1%2", "%", "%%", "%x", 7, {}, { a = "A", [1] = 2, ab = false }, function(...) return ... end } do
          check("gsub", s, p, r) check("gsub", s, p, r, 1) check("gsub", s, p, r, 0) check("gsub", s, p, r, -1)
        end
      end
    end)lua") == "");
}

TEST_CASE("arguments are taken and refused as LuaJIT does") {
  CHECK(compared(R"lua(
    for _, name in ipairs { "find", "match", "gmatch", "gsub" } do
      check(name) check(name, "a") check(name, {}, "a") check(name, "a", {}) check(name, 12, 1) check(name, nil, nil)
      check(name, "a", "a", {}) check(name, "a", "a", true) check(name, "a", "a", "b", "x") check(name, "a", "a", nil)
    end
    check("gsub", "abc", "%w", function() return {} end) check("gsub", "abc", "%w", function() error("x", 0) end)
    check("gsub", "abc", "(%w)", setmetatable({}, { __index = function(_, k) return k .. k end }))
    check("gsub", ("ab"):rep(5000), "a", function(a) return ("x"):rep(300) end))lua") == "");
}

TEST_CASE("deep and long patterns end where LuaJIT's do") {
  CHECK(compared(R"lua(
    for _, n in ipairs { 1, 50, 197, 198, 199, 200, 201, 250 } do
      check("find", ("a"):rep(300), ("a?"):rep(n)) check("find", ("a"):rep(n), ("a?"):rep(n) .. "b?")
      check("find", ("a"):rep(300), ("a*"):rep(n)) check("match", ("a"):rep(5000), ("a-"):rep(n))
    end
    check("find", ("a"):rep(2000), ".-b") check("gsub", ("a b "):rep(10000), "%s+", "-"))lua") == "");
}

// Patterns and subjects from pieces that meet all the matcher's branches; the seed makes them the same each time.
TEST_CASE("a hundred thousand random patterns give what LuaJIT's give") {
  CHECK(compared(R"lua(
    local random, char = math.random, string.char
    math.randomseed(20240601)
    local pieces = { "a", "b", "c", ".", "%a", "%d", "%w", "%s", "%W", "%p", "%z", "[ab]", "[^a]", "[a-c]", "[%w_]", "[^%s-]", "(", ")", "()", "%1", "%2",
      "%b()", "%bab", "%f[a]", "%f[^%w]", "^", "$", "*", "+", "-", "?", "%", "[", "]", "\0", "\255", " ", "x", "%.", "%-" }
    local letters = { "a", "a", "b", "c", "(", ")", " ", "-", "1", "_", "\0", "\255", "A", "." }
    local function text(from, most)
      local all = {}
      for i = 1, random(0, most) do all[i] = from[random(#from)] end
      return table.concat(all)
    end
    for i = 1, 100000 do
      local s, p = text(letters, 14), text(pieces, 9)
      if i % 3 == 0 then check("find", s, p, random(-3, 6)) end
      if i % 3 == 1 then check("match", s, p) check("gmatch", s, p) end
      if i % 3 == 2 then check("gsub", s, p, text({ "%0", "%1", "x", "%%", "%2" }, 3), random(0, 4)) end
    end)lua") == "");
}

TEST_CASE("the comparison sees a difference") {
  CHECK_THAT(compared("ours.find = function() return 1 end check('find', 'ab', 'b')"),
             ContainsSubstring("LuaJIT: \"true\":boolean \"2\":number"));
}

TEST_CASE("a pattern that backtracks without end is cut by the CPU budget, and the VM goes on") {
  if (!kLoopsAreCut) SKIP("signals are late under ThreadSanitizer");
  const char* searches[] = {
      "s:find(('a*'):rep(12) .. 'b')",
      "s:match(('a*'):rep(12) .. 'b')",
      "for x in s:gmatch(('a*'):rep(12) .. 'b') do end",
      "s:gsub(('a-'):rep(12) .. 'b', '')",
      "string.find(s, ('a?'):rep(40) .. ('a*'):rep(12) .. 'b')",
      "pcall(string.find, s, ('a*'):rep(12) .. 'b')",
      "while true do pcall(s.find, s, ('(a*)'):rep(12) .. 'b') end",
      "local t = ('a'):rep(2^20) t:find(t:sub(1, 2^19) .. 'b', 1, true) while true do t:find('.-b') end",
      "local t = {} for i = 1, 3e5 do t[i] = i * 7919 % 300007 end while true do table.sort(t) t[1], t[9] = t[9], t[1] end",
      "local t = 'local x = 1 ' load(t:rep(2e5)) while true do load(t:rep(1e5)) end",
  };
  for (const char* search : searches) {
    INFO(search);
    LuaCase lua(request_script("local s = ('a'):rep(40) if req:path() == '/loop' then " +
                               std::string(search) + " end req:set_note('fine', (s:match('a+$')))"),
                "cpu_budget = \"10ms\"");
    auto bad = lua.get("/loop");
    CHECK(lua.run(SLUICE_ON_REQUEST, bad) == SLUICE_FAIL);
    CHECK_THAT(bad.fail_reason(), ContainsSubstring("CPU budget"));
    auto good = lua.get("/");
    CHECK(lua.run(SLUICE_ON_REQUEST, good) == SLUICE_CONTINUE);
    CHECK(good.note("fine") == std::string(40, 'a'));
  }
}

TEST_CASE("find in a script is Lua's, whichever way it takes") {
  CHECK(
      result(
          "return ('a.b'):find('.', 1, true), ('a.b'):find('b'), ('a.b'):find('%.'), ('a.b'):find('', 9)") ==
      "2|3|2|4|3");
  CHECK(result("return ('abc'):find('c', -1, true), string.find(123, 2)") == "3|2|2");
  CHECK(
      result(
          "local s = '' for k, v in ('a=1&b=22&&c='):gmatch('(%w+)=(%w*)') do s = s .. k .. v .. ';' end return s") ==
      "a1;b22;c;");
  CHECK(result("local s = '' for x in ('ab'):gmatch('()') do s = s .. x end local i = ('a'):gmatch('a') "
               "return s, i(), i(), i()") == "123|a|nil");
  CHECK_THAT(result("return ('a'):gmatch({})"), ContainsSubstring("string expected, got table"));
  CHECK_THAT(result("return string.find(nil, 'a')"),
             ContainsSubstring("bad argument #1 to 'find' (string expected, got nil)"));
  CHECK_THAT(result("return ('a'):find({})"),
             ContainsSubstring("bad argument #2 to 'find' (string expected, got table)"));
  CHECK(result("local t = {} for i = 1, 5000 do t[i] = i * 7919 % 5003 end table.sort(t) "
               "for i = 2, #t do if t[i] < t[i - 1] then return 'unsorted' end end return #t") == "5000");
  CHECK(
      result("return load('local x = 1 ' .. ('--' .. ('x'):rep(1000) .. '\\n'):rep(200) .. ' return x')()") ==
      "1");
}

}  // namespace
}  // namespace sluice::test
