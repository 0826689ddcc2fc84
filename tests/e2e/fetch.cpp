// sluice.fetch in the real program: what arrives at the upstream, what comes back, and what the script is told when nothing does.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

// "app" is the route's upstream; `others` are further [[upstream]] tables.
std::string scripted(const Origin& app, const std::string& others = "") {
  return proxy_to(app, "workers = 1\n" + std::string(access_plugin()) + others +
                           "[[plugin]]\nuse = \"lua\"\nscript = \"script.lua\"\n");
}

std::string upstream(const std::string& name, const std::string& endpoint) {
  return "[[upstream]]\nname = \"" + name + "\"\nendpoints = [\"" + endpoint + "\"]\n";
}

std::string on_request(std::string_view body) {
  return "local sluice = require 'sluice'\nreturn { on_request = function(req)\n" + std::string(body) +
         "\nend }\n";
}

// The gateway starts without the script and is reloaded with it, since its folder is there only then.
void use_script(Gateway& gateway, const Origin& app, const std::string& others, std::string_view body) {
  gateway.write("script.lua", on_request(body));
  gateway.reload(scripted(app, others));
}

TEST_CASE("fetch sends what it is told, and gives status, headers and body") {
  Origin app(always(response(200, "app")));
  Origin auth(always(response(201, "welcome", "X-User: 7\r\nX-User: 8\r\n")));
  const std::string others = upstream("auth", auth.endpoint());
  Gateway gateway(proxy_to(app));
  use_script(gateway, app, others, R"(
    local answer, why = sluice.fetch{ upstream = "auth", method = "POST", path = "/check?a=1", body = "who",
                                      host = "auth.example", headers = { ["X-Token"] = req:header("x-token"), ["X-N"] = 5 } }
    req:set_header("X-Seen", answer.status .. answer.body .. answer:header("x-USER") .. answer.endpoint)
    local all = {}
    for name, value in answer:each_header() do all[#all + 1] = name:lower() == "x-user" and value or nil end
    req:set_header("X-All", table.concat(all, ",")))");
  const Message answer = gateway.once(get("/", "X-Token: t\r\n"));
  CHECK(answer.status() == 200);
  const Message asked = auth.wait_request(), seen = app.wait_request();
  CHECK(asked.start_line == "POST /check?a=1 HTTP/1.1");
  CHECK(asked.body == "who");
  CHECK(asked.header("Host") == "auth.example");
  CHECK(asked.header("X-Token") == "t");
  CHECK(asked.header("X-N") == "5");
  CHECK(seen.header("X-Seen") == "201welcome7" + auth.endpoint());
  CHECK(seen.header("X-All") == "7,8");
}

TEST_CASE("Two services are asked at the same time and their answers merged") {
  Origin app(always(response(200, "app")));
  Gate both;
  std::atomic<int> asked = 0;
  // Each answers only when both have been asked.
  const auto answer_together = [&](const char* body) {
    return [&, body](OriginConnection& connection) {
      connection.read_request();
      if (++asked == 2) both.open();
      both.wait();
      connection.send(response(200, body));
    };
  };
  Origin one(answer_together("one")), two(answer_together("two"));
  const std::string others = upstream("one", one.endpoint()) + upstream("two", two.endpoint());
  Gateway gateway(proxy_to(app));
  use_script(gateway, app, others, R"(
    local a, b = sluice.wait(sluice.spawn(sluice.fetch, { upstream = "one" }), sluice.spawn(sluice.fetch, { upstream = "two" }))
    return req:respond(200, a.body .. "+" .. b.body))");
  CHECK(gateway.once(get("/")).body == "one+two");
}

TEST_CASE("What the world refuses comes back as nil, message and code, and the request goes on") {
  Origin app(always(response(200, "app")));
  Origin silent([](OriginConnection& connection) {
    connection.read_request();
    connection.wait_end();
  });
  Origin large(always(response(200, std::string(5000, 'x'))));
  const std::string others = upstream("silent", silent.endpoint()) + upstream("large", large.endpoint()) +
                             upstream("closed", "127.0.0.1:1");
  Gateway gateway(proxy_to(app));
  use_script(gateway, app, others, R"(
    local _, why, code = sluice.fetch{ upstream = req:param("u"), timeout = 0.2, max_body = 100, path = req:param("p") }
    return req:respond(200, tostring(code) .. "|" .. tostring(why)))");
  CHECK(gateway.once(get("/?u=nobody")).body ==
        "not_found|fetch: there is no upstream \"nobody\" in the configuration");
  CHECK(gateway.once(get("/?u=silent")).body.starts_with("total_timeout|fetch: total_timeout"));
  CHECK(gateway.once(get("/?u=large")).body.starts_with("upstream_body_too_large|"));
  CHECK(gateway.once(get("/?u=closed")).body.starts_with("connect_failed|"));
  CHECK(gateway.once(get("/?u=app&p=no%20path")).body.starts_with("invalid|"));
}

std::string example(const std::string& name) {
  std::ifstream file(SLUICE_SOURCE_DIR "/lua/examples/" + name + ".lua");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("Example auth_service lets pass whom the service knows, and nobody when it is silent") {
  Origin app(always(response(200, "app")));
  Origin auth([](OriginConnection& connection) {
    const Message asked = connection.read_request();
    const bool known = asked.header("Authorization") == "Bearer good" && asked.header("X-Path") == "/a";
    if (asked.header("Authorization") == "Bearer silent") return;
    connection.send(known ? response(200, "", "X-User: ann\r\n")
                          : response(401, "who?", "WWW-Authenticate: Bearer\r\n"));
  });
  Gateway gateway(proxy_to(app));
  gateway.write("script.lua", example("auth_service"));
  gateway.reload(scripted(app, upstream("auth", auth.endpoint())));
  CHECK(gateway.once(get("/a", "Authorization: Bearer good\r\nX-User: eve\r\n")).status() == 200);
  CHECK(app.wait_request().header("X-User") == "ann");
  const Message refused = gateway.once(get("/a", "X-User: eve\r\n"));
  CHECK(refused.status() == 401);
  CHECK(refused.header("WWW-Authenticate") == "Bearer");
  CHECK(gateway.once(get("/a", "Authorization: Bearer silent\r\n")).status() == 503);
}

TEST_CASE("Example fan_out merges two answers, and a failure is null") {
  Origin app(always(response(200, "app")));
  Origin users(always(response(200, "{\"id\":1}"))), orders(always(response(500, "broken")));
  Gateway gateway(proxy_to(app));
  gateway.write("script.lua", example("fan_out"));
  gateway.reload(scripted(app, upstream("users", users.endpoint()) + upstream("orders", orders.endpoint())));
  const Message answer = gateway.once(get("/overview?x=1"));
  CHECK(answer.body == "{\"user\": {\"id\":1}, \"orders\": null}\n");
  CHECK(answer.header("Content-Type") == "application/json");
  CHECK(users.wait_request().target() == "/me?x=1");
  CHECK(gateway.once(get("/other")).body == "app");
}

TEST_CASE("A client that leaves while its hook fetches ends the fetch") {
  Origin app(always(response(200, "app")));
  Gate asked, ended;
  Origin slow([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    connection.wait_end();
    ended.open();
  });
  Gateway gateway(proxy_to(app));
  use_script(gateway, app, upstream("slow", slow.endpoint()),
             "sluice.spawn(sluice.fetch, { upstream = 'slow', timeout = 60 }) "
             "sluice.fetch{ upstream = 'slow', timeout = 60 }");
  {
    Client client = gateway.connect();
    client.send(get("/"));
    asked.wait();
    client.reset();
  }
  ended.wait();
  CHECK(gateway.terminate() == 0);
}

}  // namespace
}  // namespace sluice::test
