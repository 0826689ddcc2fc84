// The methods of res, up, group, chunk, err and conn, and of the sluice module.
#include <sluice/ext/balance.h>

#include <catch2/catch_test_macros.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

TEST_CASE("the response is read and changed") {
  LuaCase lua(R"(return { on_response = function(req, res)
    req:set_note("was", res:status() .. " " .. tostring(res:is_local()) .. " " .. res:origin() .. " " .. res:sent())
    res:set_status(202)
    res:set_header("Server", "sluice")
    res:remove_header("x-powered-by")
    res:add_header("via", res:header("via") .. "2")
  end })");
  auto ex = lua.get("/");
  ex.answered(200, {{"Server", "x"}, {"X-Powered-By", "y"}, {"Via", "1"}});
  CHECK(lua.run(SLUICE_ON_RESPONSE, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("was") == "200 false upstream 0");
  CHECK(ex.status() == 202);
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "server") == "sluice");
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "x-powered-by").empty());
  CHECK(ex.header_lines(SLUICE_RESPONSE_HEADERS, "via") == std::vector<std::string>{"1", "12"});
}

std::string cookie_line(const std::string& cookie) {
  LuaCase lua(
      "return { on_response = function(req, res) req:set_note('refused', tostring(select(2, res:set_cookie(" +
      cookie + ")))) end }");
  auto ex = lua.get("/");
  ex.answered(200);
  lua.run(SLUICE_ON_RESPONSE, ex);
  std::string line = ex.header(SLUICE_RESPONSE_HEADERS, "set-cookie");
  return line.empty() ? ex.note("refused") : line;
}

TEST_CASE("a cookie is written as browsers take it") {
  CHECK(cookie_line("{ name = 'a', value = 'b' }") == "a=b");
  CHECK(
      cookie_line(
          "{ name = 'a', value = '', path = '/', domain = 'x.org', max_age = 60, same_site = 'lax', secure = true, "
          "http_only = true, partitioned = true }") ==
      "a=; Path=/; Domain=x.org; Max-Age=60; SameSite=Lax; Secure; HttpOnly; Partitioned");
  CHECK(cookie_line("{ name = '__Host-s', value = '1', secure = true, path = '/' }") ==
        "__Host-s=1; Path=/; Secure");
}

TEST_CASE("a cookie that browsers would drop is refused with the reason") {
  CHECK(cookie_line("{ name = 'a b', value = '1' }") == "set_cookie: the name must be a token");
  CHECK(cookie_line("{ name = 'a', value = 'x;y' }").find("plain ASCII") != std::string::npos);
  CHECK(cookie_line("{ name = 'a', value = '1', same_site = 'none' }").find("needs secure") !=
        std::string::npos);
  CHECK(cookie_line("{ name = '__Host-a', value = '1', secure = true }").find("__Host-") !=
        std::string::npos);
  CHECK(cookie_line("{ name = '__Secure-a', value = '1' }").find("__Secure-") != std::string::npos);
  CHECK(cookie_line("{ name = 'a', value = '1', path = '/;x' }").find("path") != std::string::npos);
  CHECK(cookie_line("{ name = 'a', value = '1', maxage = 1 }").find("maxage") != std::string::npos);
  CHECK(cookie_line("{ name = 'a', value = '1', max_age = '1' }").find("max_age must be a number") !=
        std::string::npos);
}

TEST_CASE("the upstream request has its own headers") {
  LuaCase lua(R"(return { on_upstream_request = function(req, up)
    up:set_header("x-to", up:name() .. " at " .. up:endpoint())
  end })");
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app").with(SLUICE_ENDPOINT, "10.0.0.1:80");
  CHECK(lua.run(SLUICE_ON_UPSTREAM_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.header(SLUICE_UPSTREAM_HEADERS, "x-to") == "app at 10.0.0.1:80");
  CHECK(ex.header(SLUICE_REQUEST_HEADERS, "x-to").empty());
}

TEST_CASE("the group shows its endpoints, and one is picked") {
  LuaCase lua(R"(return { on_balance = function(req, group)
    local all = {}
    for i = 1, group:count() do
      all[i] = ("%s w%d f%d %s %s"):format(group:address(i), group:weight(i), group:in_flight(i),
        tostring(group:is_usable(i)), tostring(group:was_tried(i)))
    end
    req:set_note("all", group:name() .. ": " .. table.concat(all, ", "))
    req:set_note("past", tostring(group:address(3)))
    return group:pick("10.0.0.2:80")
  end })");
  lua.host.upstream("app")->endpoints[0].in_flight = 7;
  lua.host.upstream("app")->endpoints[0].usable = false;
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app");
  CHECK(lua.run(SLUICE_ON_BALANCE, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("all") == "app: 10.0.0.1:80 w1 f7 false false, 10.0.0.2:80 w1 f0 true false");
  CHECK(ex.note("past") == "nil");
  CHECK(ex.picked_endpoint() == 1);
}

TEST_CASE("the group shows what is known of an endpoint, and why it takes no new exchanges") {
  LuaCase lua(R"(return { on_balance = function(req, group)
    req:set_note("facts", ("p%d m%d %gs %s"):format(group:priority(2), group:max_in_flight(2), group:latency(2),
      group:zone(2)))
    local words = {}
    for word in pairs(group:blocks(2)) do words[#words + 1] = word end
    table.sort(words)
    req:set_note("blocks", table.concat(words, " "))
    req:set_note("free", tostring(next(group:blocks(1))) .. group:zone(1))
    req:set_note("past", tostring(group:blocks(3)) .. tostring(group:id(3)))
  end })");
  auto& second = lua.host.upstream("app")->endpoints[1];
  second.priority = 1;
  second.max_in_flight = 9;
  second.latency_us = 2500;
  second.zone = "eu-1";
  second.blocks = SLUICE_BLOCK_FAILING | SLUICE_BLOCK_DRAINING | SLUICE_BLOCK_GONE;
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app");
  CHECK(lua.run(SLUICE_ON_BALANCE, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("facts") == "p1 m9 0.0025s eu-1");
  CHECK(ex.note("blocks") == "draining failing gone");
  CHECK(ex.note("free") == "nil");
  CHECK(ex.note("past") == "nilnil");
}

TEST_CASE("an endpoint is found by its id, whatever its state, and the latest attempt's is told") {
  LuaCase lua(R"(return { on_balance = function(req, group)
    local id = group:id(2)
    req:set_note("id", id)
    req:set_note("found", tostring(group:find(id)) .. " " .. tostring(group:find("0123456789abcdef")))
    req:set_note("bad", tostring(group:find(id .. "0")) .. " " .. tostring(group:find("")))
    req:set_note("current", tostring(group:current()))
  end })");
  auto& second = lua.host.upstream("app")->endpoints[1];
  second.id = 0xfedcba9876543210;
  second.blocks = SLUICE_BLOCK_DISABLED;
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app");
  CHECK(lua.run(SLUICE_ON_BALANCE, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("id") == "fedcba9876543210");
  CHECK(ex.note("found") == "2 nil");
  CHECK(ex.note("bad") == "nil nil");
  CHECK(ex.note("current") == "nil");
  ex.with(SLUICE_ENDPOINT, "10.0.0.1:80");
  CHECK(lua.run(SLUICE_ON_BALANCE, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("current") == "1");
}

TEST_CASE("a draining endpoint may be picked, a disabled one not") {
  LuaCase lua(R"(return { on_balance = function(req, group)
    local done, message, code = group:pick(1)
    req:set_note("disabled", tostring(done) .. " " .. message .. " " .. code)
    return group:pick(2)
  end })");
  lua.host.upstream("app")->endpoints[0].blocks = SLUICE_BLOCK_DISABLED;
  lua.host.upstream("app")->endpoints[1].blocks = SLUICE_BLOCK_DRAINING;
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app");
  CHECK(lua.run(SLUICE_ON_BALANCE, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("disabled") == "nil pick: \"1\" is disabled or has left invalid");
  CHECK(ex.picked_endpoint() == 1);
}

TEST_CASE("a script gives the text that is hashed, up to on_balance") {
  LuaCase lua(R"(return {
    on_request = function(req) return req:set_hash(req:header("x-user")) end,
    on_upstream_request = function(req) local x = req:set_hash("late") x = 1 end,
  })");
  auto ex = lua.get("/", {{"X-User", "ada"}});
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.hash_key() == "ada");
  CHECK(lua.run(SLUICE_ON_UPSTREAM_REQUEST, ex) == SLUICE_FAIL);
  CHECK(ex.fail_reason() ==
        "script.lua:3: set_hash() is possible up to on_balance; this is on_upstream_request");
}

TEST_CASE("a script sends the request to another endpoint once it has seen the response") {
  LuaCase lua(R"(return {
    on_response = function(req, res)
      if res:status() ~= 429 then return end
      local done, message, code = res:retry()
      req:set_note("retry", tostring(done) .. (done and "" or " " .. message .. " " .. code))
    end,
    on_log = function(req, res) local x = res:retry() x = 1 end,
  })");
  auto ex = lua.get("/");
  ex.answered(429);
  CHECK(lua.run(SLUICE_ON_RESPONSE, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("retry") == "true");
  CHECK(ex.wants_retry());
  auto last = lua.get("/");
  last.with_attempts_left(0).answered(429);
  CHECK(lua.run(SLUICE_ON_RESPONSE, last) == SLUICE_CONTINUE);
  CHECK(last.note("retry") == "nil retry: no other attempt can be made invalid");
  CHECK(lua.run(SLUICE_ON_LOG, last) == SLUICE_FAIL);
  CHECK(last.fail_reason() == "script.lua:7: retry() is possible in on_response; this is on_log");
}

TEST_CASE("on a host of ABI 1.1 sessions and retries are refused as values") {
  LuaCase lua;
  lua.host.with_older_balance();
  lua.load(R"(return {
    on_balance = function(req, group)
      req:set_note("find", select(3, group:find("0123456789abcdef")))
      req:set_note("hash", select(3, req:set_hash("x")))
    end,
    on_response = function(req, res) req:set_note("retry", select(3, res:retry())) end,
  })");
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app");
  lua.run(SLUICE_ON_BALANCE, ex);
  ex.answered(200);
  lua.run(SLUICE_ON_RESPONSE, ex);
  CHECK(ex.note("find") == "unavailable");
  CHECK(ex.note("hash") == "unavailable");
  CHECK(ex.note("retry") == "unavailable");
}

TEST_CASE("picking what is not there is refused as a value") {
  LuaCase lua(R"(return { on_balance = function(req, group)
    req:set_note("text", select(2, group:pick("1.2.3.4:5")))
    req:set_note("number", select(3, group:pick(9)))
  end })");
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app");
  CHECK(lua.run(SLUICE_ON_BALANCE, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("text") == "pick: there is no \"1.2.3.4:5\"");
  CHECK(ex.note("number") == "not_found");
}

TEST_CASE("a piece of body is read, replaced and dropped") {
  LuaCase lua(R"(return { on_response_body = function(req, res, chunk)
    req:set_note("piece", chunk:size() .. " " .. tostring(chunk:is_last()))
    chunk:replace(chunk:text():upper())
  end, on_request_body = function(req, chunk) chunk:replace("") end })");
  auto ex = lua.get("/");
  ex.answered(200);
  CHECK(lua.run(SLUICE_ON_RESPONSE_BODY, ex, "abc", false) == SLUICE_CONTINUE);
  CHECK(ex.passed_on() == "ABC");
  CHECK(ex.note("piece") == "3 false");
  CHECK(lua.run(SLUICE_ON_RESPONSE_BODY, ex, "", true) == SLUICE_CONTINUE);
  CHECK(ex.note("piece") == "0 true");
  CHECK(lua.run(SLUICE_ON_REQUEST_BODY, ex, "abc", true) == SLUICE_CONTINUE);
  CHECK(ex.passed_on().empty());
}

TEST_CASE("a piece of body is still there after a wait") {
  LuaCase lua(R"(return { on_request_body = function(req, chunk)
    require("sluice").sleep(1)
    chunk:replace(chunk:text() .. "!")
  end })");
  auto ex = lua.get("/");
  REQUIRE(lua.run(SLUICE_ON_REQUEST_BODY, ex, "abc", true) == SLUICE_PAUSE);
  lua.host.advance(1000);
  CHECK(lua.host.settle(ex) == SLUICE_CONTINUE);
  CHECK(ex.passed_on() == "abc!");
}

TEST_CASE("the whole response body is asked for with a limit") {
  LuaCase lua("return { on_response = function(req, res) res:buffer_body(4096) end }");
  auto ex = lua.get("/");
  ex.answered(200);
  CHECK(lua.run(SLUICE_ON_RESPONSE, ex) == SLUICE_CONTINUE);
  CHECK(ex.wants_body(true) == 4096);
}

TEST_CASE("on_error is told who and why") {
  LuaCase lua(R"(return { on_error = function(req, res, err)
    res:set_status(503)
    req:set_note("why", err:origin() .. " " .. err:reason() .. " " .. tostring(err:plugin()))
  end })");
  auto ex = lua.get("/");
  ex.answered(504).with(SLUICE_ORIGIN, "upstream").with(SLUICE_REASON, "connect_timeout");
  CHECK(lua.run(SLUICE_ON_ERROR, ex) == SLUICE_CONTINUE);
  CHECK(ex.status() == 503);
  CHECK(ex.note("why") == "upstream connect_timeout nil");
}

TEST_CASE("the connection is shown") {
  LuaCase lua(
      "return { on_connect = function(conn) print(conn:client(), conn:remote(), conn:listener(), conn:id()) end }");
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_CONNECT, ex) == SLUICE_CONTINUE);
  CHECK(lua.host.log_lines().at(0).text == "192.0.2.1 192.0.2.1:40000 main 1");
}

TEST_CASE("trailers are read once they are there") {
  LuaCase lua(R"(return { on_log = function(req, res)
    req:set_note("trailers", tostring(req:trailer("x-sum")) .. " " .. tostring(res:trailer("x-sum")))
  end })");
  auto ex = lua.get("/");
  ex.headers(SLUICE_REQUEST_TRAILERS) = {{"X-Sum", "1"}};
  CHECK(lua.run(SLUICE_ON_LOG, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("trailers") == "1 nil");
}

TEST_CASE("clocks and hashes") {
  CHECK(result("return require('sluice').now()") == "1700000000");
  CHECK(result("return require('sluice').monotonic() >= 1") == "true");
  // The values are a promise: the same everywhere and for ever.
  CHECK(result("local h = require('sluice').hash return h(''), h('a'), h('192.0.2.1')") ==
        result("local h = require('sluice').hash return h(''), h('a'), h('192.0.2.1')"));
  CHECK(result("return require('sluice').hash('a') ~= require('sluice').hash('b')") == "true");
}

TEST_CASE("a hash spreads evenly over a hundred shares") {
  CHECK(result(R"(
    local hash, counts, least, most = require("sluice").hash, {}, 1e9, 0
    for i = 1, 20000 do local share = hash("10.1." .. i) % 100 counts[share] = (counts[share] or 0) + 1 end
    for share = 0, 99 do least = math.min(least, counts[share]) most = math.max(most, counts[share]) end
    return least > 140 and most < 260)") == "true");
}

TEST_CASE("log lines have their level and carry all arguments") {
  LuaCase lua(request_script(R"(
    local log = require("sluice").log
    log.debug("a", 1, nil, true) log.info("b") log.warn("c") log.error("d") log.info())"));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  const auto& lines = lua.host.log_lines();
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].level == SLUICE_DEBUG);
  CHECK(lines[0].text == "a 1 nil true");
  CHECK(lines[3].level == SLUICE_ERROR);
  CHECK(lines[0].plugin == "lua");
}

}  // namespace
}  // namespace sluice::test
