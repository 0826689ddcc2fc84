// Hooks in the real program, through the Lua plugin: deciding, answering, waiting, failing.
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::string_view kScript = "[[plugin]]\nuse = \"lua\"\nscript = \"s.lua\"\n";

// The program with this script for all requests; started without it, since the script's folder is the gateway's own.
class Scripted {
 public:
  Scripted(const Origin& origin, std::string_view hooks, std::string_view top = "")
      : gateway(proxy_to(origin, top)) {
    gateway.write("s.lua", "local sluice = require \"sluice\"\nreturn {" + std::string(hooks) + "}\n");
    gateway.reload(proxy_to(origin, std::string(top) + "\n" + std::string(kScript)));
  }
  Gateway gateway;
};

TEST_CASE("A script answers itself, and the origin is not asked") {
  Origin origin;
  Scripted run(origin, "on_request = function(req) return req:respond(403, 'no\\n') end");
  const Message answer = run.gateway.once(get("/"));
  CHECK(answer.status() == 403);
  CHECK(answer.body == "no\n");
  CHECK(origin.accepted() == 0);
}

// A route's plugin that refuses, in the hook that guards use, behind a script for all requests that chooses an upstream.
TEST_CASE("A route's on_request guards it, also when a script has chosen the upstream before") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  gateway.write("guard.lua", "return { on_request = function(req) return req:respond(403, 'guarded') end }");
  gateway.write("choose.lua",
                "return { on_request = function(req) return req:set_upstream('app') end,\n"
                "         on_route = function(req) return req:set_upstream('app') end }");
  const std::string routes =
      "[[route]]\nname = \"secret\"\nupstream = \"app\"\nmatch = { path = \"/secret/*\" }\n"
      "[[route.plugin]]\nuse = \"lua\"\nscript = \"guard.lua\"\n";
  gateway.reload(proxy_to(origin, "[[plugin]]\nuse = \"lua\"\nscript = \"choose.lua\"\n" + routes));
  CHECK(gateway.once(get("/secret/x")).status() == 403);
  CHECK(gateway.once(get("/open")).status() == 200);
  gateway.reload(proxy_to(origin, routes));
  CHECK(gateway.once(get("/secret/x")).status() == 403);
  CHECK(gateway.once(get("/open")).status() == 200);
}

TEST_CASE("Every hook of an ordinary request may wait") {
  Origin origin;
  Scripted run(origin, R"(
    on_connect = function() sluice.sleep(0.005) end,
    on_request = function() sluice.sleep(0.005) end,
    on_request_body = function() sluice.sleep(0.005) end,
    on_route = function() sluice.sleep(0.005) end,
    on_balance = function() sluice.sleep(0.005) end,
    on_upstream_request = function() sluice.sleep(0.005) end,
    on_response = function() sluice.sleep(0.005) end,
    on_response_body = function() sluice.sleep(0.005) end,
    on_log = function() sluice.sleep(0.005) end)");
  Client client = run.gateway.connect();
  for (int i = 0; i < 3; ++i) {
    const auto seen = nlohmann::json::parse(client.exchange(post("/x", pattern(100000))).body);
    CHECK(seen["body_bytes"] == 100000);
    CHECK(client.exchange(get("/y")).status() == 200);
  }
}

TEST_CASE("A script that raises ends its request with 500 and nothing else") {
  Origin origin;
  Scripted run(origin, "on_request = function(req) if req:path() == '/bad' then error('broken') end end");
  Client client = run.gateway.connect();
  CHECK(client.exchange(get("/bad")).status() == 500);
  CHECK(client.exchange(get("/good")).status() == 200);
}

TEST_CASE("Body hooks change what passes, in both directions") {
  Origin origin;
  Scripted run(origin, R"(
    on_request_body = function(req, chunk) chunk:replace(chunk:text():upper()) end,
    on_response_body = function(req, res, chunk) chunk:replace(chunk:text():gsub('o', '0')) end)");
  Origin fixed(always(response(200, "foo boo")));
  const Message answer = run.gateway.once(post("/", "hello"));
  CHECK(answer.status() == 200);
  CHECK(origin.wait_request().body == "HELLO");
  run.gateway.reload(proxy_to(fixed, kScript));
  CHECK(run.gateway.once(get("/")).body == "f00 b00");
}

TEST_CASE("A client that leaves while a hook waits is noticed, and the origin never asked") {
  Origin origin;
  Scripted run(origin, "on_request = function() sluice.sleep(60) end", access_plugin());
  Client client = run.gateway.connect();
  client.send(get("/"));
  CHECK_FALSE(client.has_input(50ms));
  client.reset();
  CHECK(run.gateway.access().at(0)["reason"] == "client_closed");
  CHECK(origin.accepted() == 0);
}

TEST_CASE("The process ends though a script waits") {
  Origin origin;
  Scripted run(origin, "on_request = function() sluice.sleep(60) end", "drain = \"50ms\"");
  Client client = run.gateway.connect();
  client.send(get("/"));
  CHECK_FALSE(client.has_input(50ms));
  CHECK(run.gateway.terminate() == 0);
}

}  // namespace
}  // namespace sluice::test
