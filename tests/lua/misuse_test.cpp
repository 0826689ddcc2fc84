// Misuse raises at the script's own line and says what is possible where; objects end with their exchange.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

// Why an on_request of these lines (the first is line 2 of the script) fails.
std::string failure(std::string_view body) {
  LuaCase lua(request_script(body));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  return ex.fail_reason();
}

TEST_CASE("a wrong argument is told at the caller's line, with what it must be") {
  CHECK(failure("local a\nreq:header(a)") ==
        "script.lua:3: header: name must be a string, got nothing (is it called with a colon?)");
  CHECK(
      failure("req:set_header('x', {}, 1) req:set_header('x', true)") ==
      "script.lua:2: set_header: value must be a string, a number or a list (remove_header takes a header away), got "
      "boolean true");
  CHECK_THAT(failure("req:set_path(7)"),
             StartsWith("script.lua:2: set_path: value must be a string, got number 7"));
  CHECK_THAT(failure("req:time('soon')"), ContainsSubstring("must be \"request_head\", \"routed\""));
  CHECK_THAT(failure("require('sluice').sleep(-1)"),
             ContainsSubstring("script.lua:2: bad argument #1 to 'sleep'"));
  CHECK_THAT(failure("local x = req:respond(99) x = 1"), StartsWith("script.lua:2: respond: status must be"));
}

TEST_CASE("a wrong argument in tail position still names the hook's place") {
  CHECK_THAT(failure("return req:respond('403')"),
             StartsWith("script.lua:1: in on_request: respond: status must be"));
}

TEST_CASE("a method called with a dot is told so") {
  CHECK_THAT(failure("local x = req.header('host') x = 1"),
             ContainsSubstring("script.lua:2: header: name must be"));
  CHECK_THAT(failure("local x = req.path() x = 1"),
             ContainsSubstring("script.lua:2: call it with a colon: path(...)"));
}

TEST_CASE("a call in the wrong hook says where it is possible") {
  LuaCase lua(R"(return {
    on_log = function(req, res) local x = req:set_upstream("beta") x = 1 end,
    on_response = function(req, res) local x = req:set_path("/") x = 1 end,
    on_route = function(req) local x = req:set_endpoint("10.0.0.1:80") x = 1 end,
  })");
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_LOG, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() == "script.lua:2: set_upstream() is possible up to on_balance; this is on_log");
  CHECK(lua.run(SLUICE_ON_RESPONSE, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() ==
        "script.lua:3: set_path() is possible up to on_upstream_request; this is on_response");
  CHECK(lua.run(SLUICE_ON_ROUTE, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() == "script.lua:4: set_endpoint() is possible in on_balance; this is on_route");
}

TEST_CASE("objects take no fields of their own") {
  CHECK(failure("req.user = 1") ==
        "script.lua:2: sluice.Request takes no fields of its own (user); keep values in req.ctx");
}

TEST_CASE("an object used after its exchange raises, also from the next exchange") {
  const char* keepers[] = {
      "kept = req",
      "kept = { req }; kept = kept[1]",
      "local r = req; kept = r",
      "kept = (function() return req end)()",
      "req.ctx.self = req; kept = req.ctx.self",
      "local f = function(...) kept = ... end f(req)",
  };
  for (const char* keeper : keepers) {
    INFO(keeper);
    LuaCase lua(std::string("local kept\nreturn { on_request = function(req) ") + keeper +
                " end,\n on_route = function(req) return kept:path() end }");
    {
      auto first = lua.get("/first");
      CHECK(lua.run(SLUICE_ON_REQUEST, first) == SLUICE_CONTINUE);
    }
    for (int round = 0; round < 3; ++round) {
      auto second = lua.get("/second");
      CHECK(lua.run(SLUICE_ON_ROUTE, second) == SLUICE_FAIL);
      CHECK_THAT(second.fail_reason(), ContainsSubstring("of another exchange, or of one that has ended"));
    }
  }
}

TEST_CASE("an object of another exchange that still goes on raises too") {
  LuaCase lua(R"(local kept
return { on_request = function(req) kept = kept or req return kept:path() and nil end })");
  auto first = lua.get("/first");
  auto second = lua.get("/second");
  CHECK(lua.run(SLUICE_ON_REQUEST, first) == SLUICE_CONTINUE);
  CHECK(lua.run(SLUICE_ON_REQUEST, second) == SLUICE_FAIL);
  CHECK(lua.run(SLUICE_ON_REQUEST, first) == SLUICE_CONTINUE);
}

TEST_CASE("a copy beside a look at a field is no method call: the object kept by it raises later") {
  // Each is the bytecode of `c:method(...)` but for what follows: MOV to a slot, TGETS to two below.
  const char* keepers[] = {
      "local a, b, c c = req a = req.method if not kept then kept = c end",
      "local a, b, c c = req a = req.method local d = a if not kept then kept = c end",
      "local a, b, c c = req a = req.method if a then if not kept then kept = c end end",
      "local a, b, c for i = 1, 2 do if c and not kept then kept = c end c = req a = req.method end",
      "local a, b, c ::again:: if c and not kept then kept = c end if not c then c = req a = req.method goto again end",
      "do local a, b, c c = req a = req.method kept = kept or c end tostring(1)",
      "do local a, b, c c = req a = req.method end local x, y, z if not kept then kept = z or req end",
  };
  for (const char* keeper : keepers) {
    INFO(keeper);
    LuaCase lua(std::string("local kept\nreturn { on_request = function(req) ") + keeper +
                " end,\n on_route = function(req) return kept:path() end }");
    {
      auto first = lua.get("/first");
      CHECK(lua.run(SLUICE_ON_REQUEST, first) == SLUICE_CONTINUE);
    }
    auto second = lua.get("/second");
    lua.run(SLUICE_ON_REQUEST, second);
    CHECK(lua.run(SLUICE_ON_ROUTE, second) == SLUICE_FAIL);
    CHECK_THAT(second.fail_reason(), ContainsSubstring("on an object of another exchange"));
  }
}

TEST_CASE("an object kept from a late hook raises in an early one of the next exchange") {
  LuaCase lua(R"(local kept
return { on_response = function(req, res) kept = res end,
  on_request = function(req) if kept then return kept:header("x-secret") and nil end end })");
  {
    auto first = lua.get("/");
    CHECK(lua.run(SLUICE_ON_REQUEST, first) == SLUICE_CONTINUE);
    first.answered(200);
    CHECK(lua.run(SLUICE_ON_RESPONSE, first) == SLUICE_CONTINUE);
  }
  auto second = lua.get("/");
  second.answered(200, {{"X-Secret", "s"}});
  CHECK(lua.run(SLUICE_ON_REQUEST, second) == SLUICE_FAIL);
  CHECK_THAT(second.fail_reason(), ContainsSubstring("on an object of another exchange"));
}

TEST_CASE("a table made of a kept object's parts raises too") {
  LuaCase lua(R"(local handle, path
return { on_request = function(req)
  if handle then return path({ handle }) and nil end
  handle, path = req[1], req.path
end })");
  {
    auto first = lua.get("/first");
    CHECK(lua.run(SLUICE_ON_REQUEST, first) == SLUICE_CONTINUE);
  }
  auto second = lua.get("/second");
  CHECK(lua.run(SLUICE_ON_REQUEST, second) == SLUICE_FAIL);
  CHECK_THAT(second.fail_reason(), ContainsSubstring("on an object of another exchange"));
}

TEST_CASE("a kept ctx is its own exchange's for ever") {
  LuaCase lua(R"(local kept
return { on_request = function(req) if not kept then kept = req.ctx end end,
  on_route = function(req) req.ctx.mine = req:path() req:set_note("kept", tostring(kept.mine)) end })");
  {
    auto first = lua.get("/first");
    lua.run(SLUICE_ON_REQUEST, first);
  }
  auto second = lua.get("/second");
  CHECK(lua.run(SLUICE_ON_ROUTE, second) == SLUICE_CONTINUE);
  CHECK(second.note("kept") == "nil");
}

TEST_CASE("ctx is empty at the start of every exchange") {
  LuaCase lua(request_script("req:set_note('before', tostring(req.ctx.x)) req.ctx.x = 1"));
  for (int round = 0; round < 3; ++round) {
    auto ex = lua.get("/");
    CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
    CHECK(ex.note("before") == "nil");
  }
}

TEST_CASE("forged objects and handles raise and touch nothing") {
  CHECK_THAT(failure("local x = req.header({}, 'host') x = 1"), ContainsSubstring("of another exchange"));
  CHECK_THAT(failure("local m = require('sluice').hash local x = req.path({ m }) x = 1"),
             ContainsSubstring("convert"));
  CHECK_THAT(failure("setmetatable(req, nil)"), ContainsSubstring("protected metatable"));
}

TEST_CASE("yielding outside of a coroutine of the script's is told") {
  CHECK_THAT(failure("coroutine.yield(1)"), ContainsSubstring("coroutine.yield() outside of a coroutine"));
}

}  // namespace
}  // namespace sluice::test
