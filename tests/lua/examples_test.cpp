// Every script in lua/examples does what its first lines say.
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

std::string example(const std::string& name) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/lua/examples/" + name + ".lua");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("every example loads and begins with a comment") {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(SLUICE_SOURCE_DIR) + "/lua/examples")) {
    INFO(entry.path());
    if (entry.path().extension() != ".lua") continue;
    ++count;
    std::string text = example(entry.path().stem());
    LuaCase lua(text);
    CHECK(text.starts_with("-- "));
  }
  CHECK(count >= 11);
}

TEST_CASE("example route_by_header") {
  LuaCase lua(example("route_by_header"));
  auto canary = lua.get("/", {{"X-Canary", "1"}});
  auto other = lua.get("/");
  CHECK(lua.run(SLUICE_ON_ROUTE, canary) == SLUICE_CONTINUE);
  CHECK(lua.run(SLUICE_ON_ROUTE, other) == SLUICE_CONTINUE);
  CHECK(canary.field(SLUICE_UPSTREAM) == "beta");
  CHECK_FALSE(other.has(SLUICE_UPSTREAM));
}

TEST_CASE("example ab_by_cookie gives a variant once and keeps it") {
  LuaCase lua(example("ab_by_cookie"));
  auto fresh = lua.get("/");
  CHECK(lua.run(SLUICE_ON_ROUTE, fresh) == SLUICE_CONTINUE);
  fresh.answered(200);
  CHECK(lua.run(SLUICE_ON_RESPONSE, fresh) == SLUICE_CONTINUE);
  std::string variant = fresh.note("variant");
  CHECK(fresh.header(SLUICE_RESPONSE_HEADERS, "set-cookie") ==
        "variant=" + variant + "; Path=/; Max-Age=604800; SameSite=Lax");
  auto known = lua.get("/", {{"Cookie", "variant=b"}});
  lua.run(SLUICE_ON_ROUTE, known);
  known.answered(200);
  lua.run(SLUICE_ON_RESPONSE, known);
  CHECK(known.field(SLUICE_UPSTREAM) == "beta");
  CHECK(known.header(SLUICE_RESPONSE_HEADERS, "set-cookie").empty());
}

TEST_CASE("example ab_by_cookie gives both variants about equally") {
  LuaCase lua(example("ab_by_cookie"));
  int b = 0;
  for (int i = 0; i < 1000; ++i) {
    auto ex = lua.get("/");
    lua.run(SLUICE_ON_ROUTE, ex);
    b += ex.note("variant") == "b" ? 1 : 0;
  }
  CHECK(b > 400);
  CHECK(b < 600);
}

TEST_CASE("example canary_percentage takes a tenth of the clients, always the same") {
  LuaCase lua(example("canary_percentage"));
  auto side = [&lua](int client) {
    auto ex = lua.get("/");
    ex.with(SLUICE_CLIENT, "10.0." + std::to_string(client / 250) + "." + std::to_string(client % 250));
    lua.run(SLUICE_ON_ROUTE, ex);
    return ex.field(SLUICE_UPSTREAM) == "beta";
  };
  int beta = 0;
  int changed = 0;
  for (int client = 0; client < 2000; ++client) {
    bool first = side(client);
    beta += first ? 1 : 0;
    changed += side(client) != first ? 1 : 0;
  }
  CHECK(changed == 0);
  CHECK(beta > 140);
  CHECK(beta < 260);
}

TEST_CASE("example maintenance answers all but the operators") {
  LuaCase lua(example("maintenance"));
  auto browser = lua.get("/");
  CHECK(lua.run(SLUICE_ON_REQUEST, browser) == SLUICE_RESPOND);
  CHECK(browser.status() == 503);
  CHECK(browser.header(SLUICE_RESPONSE_HEADERS, "content-type") == "text/html; charset=utf-8");
  CHECK(browser.header(SLUICE_RESPONSE_HEADERS, "retry-after") == "600");
  auto machine = lua.get("/", {{"Accept", "application/json"}});
  CHECK(lua.run(SLUICE_ON_REQUEST, machine) == SLUICE_RESPOND);
  CHECK(machine.response_body() == "{\"error\":\"maintenance\"}\n");
  auto operator_ = lua.get("/");
  operator_.with(SLUICE_CLIENT, "192.0.2.10");
  CHECK(lua.run(SLUICE_ON_REQUEST, operator_) == SLUICE_CONTINUE);
}

TEST_CASE("example add_headers") {
  LuaCase lua(example("add_headers"));
  auto ex = lua.get("/");
  CHECK(lua.run(SLUICE_ON_UPSTREAM_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.header(SLUICE_UPSTREAM_HEADERS, "x-client") == "192.0.2.1");
  ex.answered(200, {{"X-Powered-By", "PHP"}});
  CHECK(lua.run(SLUICE_ON_RESPONSE, ex) == SLUICE_CONTINUE);
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "x-frame-options") == "deny");
  CHECK(ex.header(SLUICE_RESPONSE_HEADERS, "x-powered-by").empty());
}

TEST_CASE("example balance takes the idlest by weight, and never one that is out") {
  LuaCase lua(example("balance"));
  auto& endpoints = lua.host.upstream("app")->endpoints;
  endpoints[0].weight = 4;
  endpoints[0].in_flight = 3;
  endpoints[1].in_flight = 1;
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app");
  CHECK(lua.run(SLUICE_ON_BALANCE, ex) == SLUICE_CONTINUE);
  CHECK(ex.picked_endpoint() == 0);
  endpoints[0].usable = false;
  auto other = lua.get("/");
  other.with(SLUICE_UPSTREAM, "app");
  CHECK(lua.run(SLUICE_ON_BALANCE, other) == SLUICE_CONTINUE);
  CHECK(other.picked_endpoint() == 1);
}

TEST_CASE("example balance waits while all are busy, and goes to the first that is free") {
  LuaCase lua(example("balance"));
  auto& endpoints = lua.host.upstream("app")->endpoints;
  for (auto& each : endpoints)
    each.in_flight = 2;
  auto ex = lua.get("/");
  ex.with(SLUICE_UPSTREAM, "app");
  CHECK(lua.run(SLUICE_ON_BALANCE, ex) == SLUICE_PAUSE);
  lua.host.advance(10);
  CHECK(lua.host.step(ex) == SLUICE_PAUSE);
  endpoints[1].in_flight = 1;
  lua.host.advance(10);
  CHECK(lua.host.settle(ex) == SLUICE_CONTINUE);
  CHECK(ex.picked_endpoint() == 1);
  CHECK(ex.note("looks") == "3");
}

TEST_CASE("example slow_down makes a failed login wait") {
  LuaCase lua(example("slow_down"));
  auto failed = lua.get("/login");
  failed.answered(401);
  CHECK(lua.run(SLUICE_ON_RESPONSE, failed) == SLUICE_PAUSE);
  lua.host.advance(1500);
  CHECK(lua.host.settle(failed) == SLUICE_CONTINUE);
  auto fine = lua.get("/login");
  fine.answered(200);
  CHECK(lua.run(SLUICE_ON_RESPONSE, fine) == SLUICE_CONTINUE);
}

TEST_CASE("example redirect_https") {
  LuaCase lua(example("redirect_https"));
  auto plain = lua.get("/a?b", {{"Host", "Example.org:80"}});
  CHECK(lua.run(SLUICE_ON_REQUEST, plain) == SLUICE_RESPOND);
  CHECK(plain.status() == 308);
  CHECK(plain.header(SLUICE_RESPONSE_HEADERS, "location") == "https://example.org/a?b");
  auto absolute = lua.get("http://h.example/x?y", {{"Host", "h.example"}});
  absolute.with(SLUICE_TARGET, "http://h.example/x?y");
  CHECK(lua.run(SLUICE_ON_REQUEST, absolute) == SLUICE_RESPOND);
  CHECK(absolute.header(SLUICE_RESPONSE_HEADERS, "location") == "https://h.example/x?y");
  auto nameless = lua.get("/a");
  nameless.without(SLUICE_HOST);
  CHECK(lua.run(SLUICE_ON_REQUEST, nameless) == SLUICE_RESPOND);
  CHECK(nameless.status() == 400);
  auto secure = lua.get("https://example.org/a");
  CHECK(lua.run(SLUICE_ON_REQUEST, secure) == SLUICE_CONTINUE);
  auto challenge = lua.get("/.well-known/acme-challenge/x");
  CHECK(lua.run(SLUICE_ON_REQUEST, challenge) == SLUICE_CONTINUE);
}

TEST_CASE("example block_paths") {
  LuaCase lua(example("block_paths"));
  for (const char* path : {"/.git/config", "/WP-admin/", "/dump.sql"}) {
    auto ex = lua.get(path);
    CHECK(lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_RESPOND);
    CHECK(ex.status() == 404);
  }
  auto fine = lua.get("/git");
  CHECK(lua.run(SLUICE_ON_REQUEST, fine) == SLUICE_CONTINUE);
}

}  // namespace
}  // namespace sluice::test
