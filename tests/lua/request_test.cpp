// The methods of req, each with what it gives and what it changes.
#include <catch2/catch_test_macros.hpp>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

TEST_CASE("texts of the request") {
  const char* target = "/a/b?x=1&y=2";
  CHECK(result("return req:method(), req:path(), req:raw_path(), req:target()", target) ==
        "GET|/a/b|/a/b|/a/b?x=1&y=2");
  CHECK(result("return req:query()", target) == "x=1&y=2");
  CHECK(result("return req:query()") == "nil");
  CHECK(result("return req:scheme(), req:authority(), req:host()", "/", {{"Host", "Example.ORG:8080"}}) ==
        "http|Example.ORG:8080|example.org");
  CHECK(result("return req:protocol(), req:client(), req:remote(), req:listener()") ==
        "HTTP/1.1|192.0.2.1|192.0.2.1:40000|main");
  CHECK(result("return #req:id(), req:route(), req:upstream(), req:endpoint()") == "32|nil|nil|nil");
}

TEST_CASE("numbers of the request") {
  CHECK(result("return req:attempts(), req:received(), req:connection(), req:connection_requests()") ==
        "0|0|1|1");
  CHECK(result("return req:started()") == "1700000000");
  CHECK(result("return req:time('request_head'), req:time('ended')") == "0|nil");
}

TEST_CASE("header gives the first line, headers all, each_header the whole map") {
  FakeHeaders headers{{"Via", "a"}, {"VIA", "b"}, {"Empty", ""}};
  CHECK(result("return req:header('via'), req:header('nope'), '[' .. req:header('empty') .. ']'", "/",
               headers) == "a|nil|[]");
  CHECK(result("return table.concat(req:headers('Via'), '+'), #req:headers('nope')", "/", headers) ==
        "a+b|0");
  CHECK(result(
            "local all = {} for name, value in req:each_header() do all[#all + 1] = name .. '=' .. value end "
            "return table.concat(all, ',')",
            "/", headers) == "Host=localhost,Via=a,VIA=b,Empty=");
}

TEST_CASE("headers are set, added and removed") {
  LuaCase lua(request_script(R"(
    req:set_header("x-one", 1)
    req:set_header("x-list", { "a", "b" })
    req:add_header("x-one", "2")
    req:set_note("removed", tostring(req:remove_header("x-gone")) .. tostring(req:remove_header("x-gone")))
    for name in req:each_header() do if name == "X-Loop" then req:remove_header(name) end end)"));
  auto ex = lua.get("/", {{"X-Gone", "1"}, {"X-Loop", "1"}, {"X-List", "old"}});
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.header_lines(SLUICE_REQUEST_HEADERS, "x-one") == std::vector<std::string>{"1", "2"});
  CHECK(ex.header_lines(SLUICE_REQUEST_HEADERS, "x-list") == std::vector<std::string>{"a", "b"});
  CHECK(ex.note("removed") == "truefalse");
  CHECK(ex.header(SLUICE_REQUEST_HEADERS, "x-loop").empty());
}

TEST_CASE("a header that HTTP does not allow is refused as a value, and nothing is changed") {
  CHECK(result(R"(return req:set_header("x-a", "1\r\nx-b: 2"))") ==
        "nil|set_header: \"x-a: 1\r\nx-b: 2\" is not allowed in HTTP here|invalid");
  CHECK(result(R"(return select(3, req:set_header("bad name", "1")), req:header("bad name"))") ==
        "invalid|nil");
  CHECK(result(R"(return select(3, req:set_header("Content-Length", "1")))") == "invalid");
  CHECK(result(R"(return select(3, req:add_header("x", "\0")))") == "invalid");
}

TEST_CASE("long header values come whole") {
  std::string value(100000, 'v');
  CHECK(result("local v = req:header('x-long') return #v, v == ('v'):rep(100000)", "/",
               {{"X-Long", value}}) == "100000|true");
}

TEST_CASE("query parameters are decoded") {
  const char* target = "/?a=1&b=x%20y+z&a=2&c&%64=%25&e=%zz&=empty";
  CHECK(result("return req:param('a'), req:param('b'), req:param('c'), req:param('d'), req:param('e')",
               target) == "1|x y z||%|%zz");
  CHECK(result("return req:param('nope'), req:param('')", target) == "nil|empty");
  CHECK(result("return table.concat(req:params('a'), ',')", target) == "1,2");
  CHECK(result("local n = 0 for name, value in req:each_param() do n = n + 1 end return n", target) == "7");
  CHECK(result("return req:param('a')") == "nil");
}

TEST_CASE("a query parameter is set, replaced and taken away") {
  CHECK(result("req:set_param('b', 'x y&z') return req:query()", "/?a=1") == "a=1&b=x%20y%26z");
  CHECK(result("req:set_param('a', 9) return req:query()", "/?a=1&c=3&a=2") == "a=9&c=3");
  CHECK(result("req:set_param('a', nil) return req:query()", "/?a=1") == "nil");
  CHECK(result("req:set_query('z=1') return req:query()") == "z=1");
  CHECK(result("req:set_query(nil) return req:query()", "/?a=1") == "nil");
  CHECK(result("return select(3, req:set_query('a b'))") == "invalid");
}

TEST_CASE("cookies are read from all lines") {
  FakeHeaders headers{{"Cookie", "a=1; b = two ;c"}, {"Cookie", "d=x=y"}};
  CHECK(result("return req:cookie('a'), req:cookie('b'), req:cookie('c'), req:cookie('d'), req:cookie('A')",
               "/", headers) == "1|two|nil|x=y|nil");
  CHECK(result(
            "local all = {} for name, value in req:each_cookie() do all[#all + 1] = name .. '=' .. value end "
            "return table.concat(all, ',')",
            "/", headers) == "a=1,b=two,d=x=y");
}

TEST_CASE("method, path and authority are changed") {
  CHECK(result("req:set_method('POST') req:set_path('/new') req:set_authority('b.example') "
               "return req:method(), req:path(), req:host()") == "POST|/new|b.example");
  CHECK(result("return select(3, req:set_path('relative'))") == "invalid");
  CHECK(result("return select(3, req:set_method('a b'))") == "invalid");
}

TEST_CASE("route and upstream are chosen by name") {
  CHECK(result("req:set_route('api') return req:route(), req:upstream()") == "api|app");
  CHECK(result("req:set_upstream('beta') return req:upstream()") == "beta");
  CHECK(result("return req:set_route('nope')") == "nil|set_route: there is no \"nope\"|not_found");
}

TEST_CASE("notes are written and read") {
  CHECK(
      result(
          "req:set_note('a.b_1', 'x') req:set_note('n', 3) return req:note('a.b_1'), req:note('n'), req:note('z')") ==
      "x|3|nil");
  CHECK(result("return select(3, req:set_note('Not Allowed', 'x'))") == "invalid");
}

TEST_CASE("a redirect is a response with a location") {
  LuaCase lua(request_script("return req:redirect(301, 'https://' .. req:host() .. req:target())"));
  auto ex = lua.get("/a?b=c");
  CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_RESPOND);
  CHECK(ex.status() == 301);
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "location") == "https://localhost/a?b=c");
}

TEST_CASE("the whole body is asked for with a limit, and read") {
  CHECK(result("return req:body()") == "nil");
  LuaCase lua(R"(return {
    on_request = function(req) req:buffer_body(1000) end,
    on_route = function(req) req:set_note("body", req:body()) end })");
  auto ex = lua.get("/");
  ex.with_body("hello");
  lua.run(SLUICE_ON_REQUEST, ex);
  lua.run(SLUICE_ON_ROUTE, ex);
  CHECK(ex.wants_body(false) == 1000);
  CHECK(ex.note("body") == "hello");
}

}  // namespace
}  // namespace sluice::test
