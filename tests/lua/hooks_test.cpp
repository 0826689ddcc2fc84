// Each hook reaches its function with the objects that belong to it, and may wait.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

struct HookCase {
  sluice_phase phase;
  const char* name;
  const char* arguments;  // as tostring() shows them
};

constexpr HookCase kHooks[] = {
    {SLUICE_ON_CONNECT, "on_connect", "sluice.Connection"},
    {SLUICE_ON_REQUEST, "on_request", "sluice.Request"},
    {SLUICE_ON_REQUEST_BODY, "on_request_body", "sluice.Request sluice.Chunk"},
    {SLUICE_ON_ROUTE, "on_route", "sluice.Request"},
    {SLUICE_ON_BALANCE, "on_balance", "sluice.Request sluice.Group"},
    {SLUICE_ON_UPSTREAM_REQUEST, "on_upstream_request", "sluice.Request sluice.UpstreamRequest"},
    {SLUICE_ON_RESPONSE, "on_response", "sluice.Request sluice.Response"},
    {SLUICE_ON_RESPONSE_BODY, "on_response_body", "sluice.Request sluice.Response sluice.Chunk"},
    {SLUICE_ON_ERROR, "on_error", "sluice.Request sluice.Response sluice.Fault"},
    {SLUICE_ON_LOG, "on_log", "sluice.Request sluice.Response"},
};

sluice_verdict run(LuaCase& lua, sluice_phase phase, FakeExchange& ex) {
  bool body = phase == SLUICE_ON_REQUEST_BODY || phase == SLUICE_ON_RESPONSE_BODY;
  return body ? lua.run(phase, ex, "piece", true) : lua.run(phase, ex);
}

std::string log_text(LuaCase& lua) { return lua.host.log_text(SLUICE_INFO); }

TEST_CASE("every hook is called with its objects") {
  const HookCase& hook = kHooks[GENERATE(range(0, 10))];
  INFO(hook.name);
  LuaCase lua("return { " + std::string(hook.name) + " = function(...) print(...) end }");
  auto ex = lua.get("/");
  CHECK(run(lua, hook.phase, ex) == SLUICE_CONTINUE);
  REQUIRE(lua.host.log_lines().size() == 1);
  CHECK(lua.host.log_lines()[0].text == hook.arguments);
}

TEST_CASE("every hook may wait, and goes on where it was") {
  const HookCase& hook = kHooks[GENERATE(range(0, 10))];
  INFO(hook.name);
  LuaCase lua("local sluice = require 'sluice' return { " + std::string(hook.name) + R"( = function(a)
    local before = sluice.monotonic()
    sluice.sleep(0.25)
    print(("%.2f"):format(sluice.monotonic() - before), tostring(a) ~= "")
  end })");
  auto ex = lua.get("/");
  REQUIRE(run(lua, hook.phase, ex) == SLUICE_PAUSE);
  CHECK(log_text(lua).empty());
  lua.host.advance(250);
  CHECK(lua.host.settle(ex) == SLUICE_CONTINUE);
  CHECK(lua.host.log_lines().at(0).text == "0.25 true");
}

TEST_CASE("only the hooks that the script has are wanted") {
  LuaCase lua;
  FakePlugin* use = lua.load("return { on_route = function() end, on_log = function() end }");
  REQUIRE(use != nullptr);
  CHECK(use->wanted == (1U << SLUICE_ON_ROUTE | 1U << SLUICE_ON_LOG));
}

TEST_CASE("a hook that answers stops the chain with its response") {
  LuaCase lua(
      request_script(R"(return req:respond(403, "no\n", { ["x-why"] = "rule 7", vary = { "a", "b" } }))"));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_RESPOND);
  CHECK(ex.status() == 403);
  CHECK(ex.response_body() == "no\n");
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "Content-Type") == "text/plain; charset=utf-8");
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "x-why") == "rule 7");
  CHECK(ex.header_lines(SLUICE_RESPONSE_HEADERS, "vary").size() == 2);
}

TEST_CASE("an answer counts even when the hook does not return it, and after a wait") {
  LuaCase lua(request_script("require('sluice').sleep(1) req:respond(204)"));
  auto ex = lua.get("/");
  REQUIRE(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_PAUSE);
  lua.host.advance(1000);
  CHECK(lua.host.settle(ex) == SLUICE_RESPOND);
  CHECK(ex.status() == 204);
  CHECK_FALSE(ex.header_lines(SLUICE_RESPONSE_HEADERS, "content-type").size() > 0);
}

TEST_CASE("a content type that the script gives takes the place of text/plain") {
  LuaCase lua(request_script(R"(return req:respond(200, "{}", { ["Content-Type"] = "application/json" }))"));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_RESPOND);
  CHECK(ex.header_lines(SLUICE_RESPONSE_HEADERS, "content-type") ==
        std::vector<std::string>{"application/json"});
}

TEST_CASE("what the world refused and the hook returns fails the hook with that message") {
  LuaCase lua(request_script("return req:set_upstream('nowhere')"));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() == "set_upstream: there is no \"nowhere\"");
}

TEST_CASE("returning anything else is a failure that says what a hook returns") {
  const char* wrong = GENERATE("false", "'403'", "403", "{}");
  LuaCase lua(request_script(std::string("return ") + wrong));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() == "a hook returns nothing, or what req:respond() returned");
}

TEST_CASE("on_connect may close the connection") {
  LuaCase lua(
      "return { on_connect = function(conn) if conn:client() == '192.0.2.1' then return conn:close() end end }");
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_CONNECT, ex) == SLUICE_RESPOND);
}

constexpr std::string_view kCount = R"(return { on_request = function(req)
  req.ctx.seen = (req.ctx.seen or 0) + 1
  req:set_note("seen", req.ctx.seen)
end })";

TEST_CASE("the scripts of one snapshot share the exchange's ctx") {
  LuaCase lua;
  lua.host.share_snapshot();
  REQUIRE(lua.load(kCount) != nullptr);
  lua.write("other.lua", kCount);
  REQUIRE(lua.host.load("lua", "[[plugin]]\nuse = \"lua\"\nscript = \"other.lua\"") != nullptr);
  for (int round = 0; round < 3; ++round) {
    auto ex = lua.get("/");
    CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
    CHECK(ex.note("seen") == "2");
  }
}

TEST_CASE("uses of two snapshots in one exchange keep to their own VMs") {
  LuaCase lua(kCount);
  lua.write("other.lua", kCount);
  REQUIRE(lua.host.load("lua", "[[plugin]]\nuse = \"lua\"\nscript = \"other.lua\"") != nullptr);
  for (int round = 0; round < 3; ++round) {
    auto ex = lua.get("/");
    CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
    CHECK(ex.note("seen") == "1");
  }
}

}  // namespace
}  // namespace sluice::test
