// The administrator: `sluice endpoints` and the socket behind it, on a gateway that serves.
#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "e2e/operator.h"
#include "support/gateway.h"
#include "support/load.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

std::string judge_good(const Message& answer) {
  return answer.status() == 200 ? "" : "not 200: " + answer.head + answer.body;
}

// Counts what it is asked, and answers its name.
struct Counting {
  explicit Counting(std::string name)
      : origin([this, name = std::move(name)](OriginConnection& connection) {
          for (;;) {
            connection.Wire::read_request();
            ++asked;
            connection.send(response(200, name));
          }
        }) {}
  std::atomic<std::uint64_t> asked = 0;
  Origin origin;
};

struct Stand {
  Operator op;
  Counting one{"1"}, two{"2"};
  Gateway gateway{both()};

  std::string at(const Counting& which) const { return which.origin.endpoint(); }
  std::string both(std::string_view top = "workers = 2\n") const {
    return proxy_to({at(one), at(two)}, op.key() + std::string(top));
  }
  std::string answers(int count) const {
    std::string all;
    while (count-- > 0)
      all += gateway.once(get("/")).body;
    return all;
  }
};

TEST_CASE("Draining, disabling and activating an endpoint under load loses no request") {
  Stand stand;
  Load load({.port = stand.gateway.port(), .keeping = 3, .fresh = 2, .judge = judge_good});
  for (const char* order : {"--drain", "--disable"}) {
    REQUIRE(load.wait_answered(50));
    stand.op.orders({"app", stand.at(stand.one), order});
    REQUIRE(eventually([&] { return stand.op.sees("app", stand.at(stand.one))["in_flight"] == 0; }));
    const auto before = stand.one.asked.load();
    REQUIRE(load.wait_answered(200));
    CHECK(stand.one.asked == before);
    stand.op.orders({"app", stand.at(stand.one), "--activate"});
    CHECK(eventually([&] { return stand.one.asked > before; }));
  }
  load.stop();
  CHECK(load.faults() == "");
}

TEST_CASE("An order outlives reloads, and the endpoint's going and coming back") {
  Stand stand;
  stand.op.orders({"app", stand.at(stand.one), "--drain", "--by", "deploy-42"});
  stand.gateway.reload(stand.both("workers = 2\nlog_level = \"debug\"\n"));
  CHECK(stand.answers(6) == "222222");
  stand.gateway.reload(proxy_to({stand.at(stand.two)}, stand.op.key() + "workers = 2"));
  CHECK(stand.op.sees("app", stand.at(stand.one)).is_null());
  CHECK(stand.op.sees("app")["orders_of_absent"][0]["owner"] == "deploy-42");
  CHECK(
      stand.op.orders({"app"}).contains(stand.at(stand.one) + " is not there now, but when it comes it is"));
  stand.gateway.reload(stand.both());
  CHECK(stand.answers(6) == "222222");
  CHECK(stand.op.sees("app", stand.at(stand.one))["order"]["owner"] == "deploy-42");
}

TEST_CASE("An order for an endpoint that has gone can be taken back") {
  Stand stand;
  stand.op.orders({"app", stand.at(stand.one), "--disable"});
  stand.gateway.reload(proxy_to({stand.at(stand.two)}, stand.op.key() + "workers = 2"));
  stand.op.orders({"app", stand.at(stand.one), "--activate"});
  CHECK(stand.op.sees("app")["orders_of_absent"].empty());
  stand.gateway.reload(stand.both());
  CHECK(stand.answers(4).find('1') != std::string::npos);
}

TEST_CASE("An order with --for ends by itself") {
  Stand stand;
  const auto said = stand.op.orders({"app", stand.at(stand.one), "--drain", "--for", "300ms", "--by", "me"});
  CHECK(said.starts_with(stand.at(stand.one) + " is draining for 300ms\n"));
  REQUIRE(stand.gateway.process().wait_for_error_text("is active again, the order of me has ended"));
  CHECK(stand.answers(4).find('1') != std::string::npos);
  CHECK_FALSE(stand.op.sees("app", stand.at(stand.one)).contains("order"));
}

TEST_CASE("A later order takes the place of the one before, its end included") {
  Stand stand;
  stand.op.orders({"app", stand.at(stand.one), "--drain", "--for", "1h"});
  CHECK(stand.op.sees("app", stand.at(stand.one))["order"]["until_ms"] != 0);
  stand.op.orders({"app", stand.at(stand.one), "--disable", "--by", "other"});
  const auto order = stand.op.sees("app", stand.at(stand.one))["order"];
  CHECK(order["until_ms"] == 0);
  CHECK(order["state"] == "disabled");
  CHECK(order["owner"] == "other");
  CHECK(stand.op.sees("app", stand.at(stand.one))["blocks"] == nlohmann::json::array({"disabled"}));
}

TEST_CASE("What an order leaves is said, and with nothing left the gateway says so to its clients") {
  Stand stand;
  CHECK(stand.op.orders({"app", stand.at(stand.one), "--disable"}) ==
        stand.at(stand.one) + " is disabled\nupstream app: 1 of 2 available\n");
  CHECK(stand.op.orders({"app", stand.at(stand.two), "--drain"}) ==
        stand.at(stand.two) + " is draining\nupstream app: 0 of 2 available, too few\n");
  CHECK(stand.gateway.once(get("/")).status() == 503);
  CHECK(stand.op.orders({"app", stand.at(stand.two), "--activate"}) ==
        stand.at(stand.two) + " is active again\nupstream app: 1 of 2 available\n");
  CHECK(stand.gateway.once(get("/")).status() == 200);
}

TEST_CASE("sluice endpoints shows a table that a person can read") {
  Stand stand;
  stand.op.orders({"app", stand.at(stand.one), "--drain", "--for", "2h", "--by", "deploy-42"});
  const auto text = stand.op.orders({});
  INFO(text);
  CHECK(text.starts_with("upstream app: 1 of 2 available\n  ENDPOINT "));
  const auto line = text.substr(text.find("  " + stand.at(stand.one)));
  CHECK(line.substr(0, line.find('\n')).contains("draining by deploy-42 "));
  CHECK(line.substr(0, line.find('\n')).contains(" ago, ends in "));
  CHECK(text.contains("available "));
  CHECK(stand.op.orders({"app"}) == text);
}

TEST_CASE("Without --by an order is its user's") {
  Stand stand;
  stand.op.orders({"app", stand.at(stand.one), "--drain"});
  const auto owner = stand.op.sees("app", stand.at(stand.one))["order"]["owner"].get<std::string>();
  auto me = run({{"id", "-un"}}).output;
  CHECK(owner + "\n" == me);
}

TEST_CASE("sluice endpoints refuses what makes no sense, with an exit code of its own") {
  Stand stand;
  const auto is = [&](std::vector<std::string> arguments, int code, std::string_view text) {
    const auto done = stand.op.says(std::move(arguments));
    INFO(done.errors);
    return done.code == code && done.output.empty() && done.errors.contains(text);
  };
  const auto one = stand.at(stand.one);
  CHECK(is({"shop"}, 1, "no upstream is named \"shop\""));
  CHECK(is({"shop", one, "--drain"}, 1, "no upstream is named \"shop\""));
  CHECK(is({"app", "10.0.0.1:80", "--drain"}, 1, "upstream app has no endpoint \"10.0.0.1:80\""));
  CHECK(is({"app", one, "--drain", "--for", "soon"}, 1, "\"soon\" is no duration"));
  CHECK(is({"app", one, "--drain", "--for", "0s"}, 1, "\"0s\" is no duration"));
  CHECK(is({"app", one}, 2, "say what shall become of it"));
  CHECK(is({"app", "--drain"}, 2, "name an upstream and its endpoint"));
  CHECK(is({"app", one, "--drain", "--disable"}, 2, "--disable"));
  CHECK(is({"app", one, "--activate", "--for", "1h"}, 2, "--for goes with"));
  CHECK(is({"app", "--by", "me"}, 2, "--by goes with"));
  CHECK(stand.answers(4).find('1') != std::string::npos);
  stand.gateway.terminate();
  CHECK(is({}, 3, "is the gateway running?"));
}

TEST_CASE("sluice endpoints finds the socket in the configuration file") {
  Stand stand;
  const auto file = stand.gateway.folder() + "/sluice.toml";
  const auto ask = [&] {
    return run({{gateway_program(), "endpoints", "-c", file}});
  };
  CHECK(ask().code == 0);
  stand.gateway.write_configuration(proxy_to(stand.one.origin));
  CHECK(ask().code == 1);
  CHECK(ask().errors.contains("has no `admin`"));
  stand.gateway.write_configuration("[[listener]\n");
  CHECK(ask().code == 1);
  CHECK(ask().errors.contains("--socket PATH"));
}

TEST_CASE("The socket answers curl in JSON, refusals too") {
  Stand stand;
  const auto endpoint = "/upstreams/app/endpoints/" + stand.at(stand.one);
  const auto refused = [&](const std::string& request, int status, std::string_view why) {
    const auto answer = stand.op.asks(request);
    INFO(answer.head << answer.body);
    return answer.status() == status && answer.header("Content-Type") == "application/json" &&
           nlohmann::json::parse(answer.body)["error"].get<std::string>().contains(why);
  };
  CHECK(stand.op.asks(get("/upstreams")).status() == 200);
  CHECK(refused(get("/"), 404, "GET /upstreams"));
  CHECK(refused(post("/upstreams", "{}"), 405, "GET"));
  CHECK(refused(get(endpoint), 405, "PUT"));
  CHECK(refused(put(endpoint, "{\"state\": "), 400, "no JSON object"));
  CHECK(refused(put(endpoint, "[]"), 400, "no JSON object"));
  CHECK(refused(put(endpoint, "{}"), 400, "\"state\" is missing"));
  CHECK(refused(put(endpoint, "{\"state\": \"down\"}"), 400, "\"down\" is no state"));
  CHECK(refused(put(endpoint, "{\"state\": 1}"), 400, "\"state\" needs a string"));
  CHECK(refused(put(endpoint, "{\"sate\": \"draining\"}"), 400, "\"sate\" is not known"));
  CHECK(refused(put("/upstreams/a%ff/endpoints/b", "{\"state\": \"active\"}"), 404, "no upstream"));
  CHECK(refused(put(endpoint, "{\"state\": \"draining\", \"owner\": \"a\\u001b[1m\"}"), 400,
                "control characters"));
  CHECK(refused(put(endpoint, "{\"state\": \"draining\", \"owner\": \"\"}"), 400, "1 to 128 bytes"));
  CHECK(refused(put(endpoint, std::string(65 * 1024, ' ')), 413, "64 KiB"));
  CHECK(stand.op.asks(put(endpoint, "{\"state\": \"draining\"}")).status() == 200);
  CHECK(stand.op.sees("app", stand.at(stand.one))["order"]["owner"] == "somebody");
}

TEST_CASE("Names and addresses may hold what a path may not") {
  const Operator op;
  Counting one("1");
  Gateway gateway(
      op.key() +
      "workers = 1\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"my shop/50%\"\n"
      "endpoints = [\"" +
      one.origin.endpoint() +
      "\", \"[::1]:1\", \"unix:/run/no such.sock\"]\n"
      "[[route]]\nupstream = \"my shop/50%\"\n");
  for (const char* endpoint : {"[::1]:1", "unix:/run/no such.sock"})
    CHECK(op.says({"my shop/50%", endpoint, "--disable"}).code == 0);
  CHECK(op.sees("my shop/50%")["available"] == 1);
  CHECK(gateway.once(get("/")).body == "1");
}

TEST_CASE("What checks say does not overrule the administrator, however few are left") {
  std::atomic<bool> healthy = true;
  Origin two([&](OriginConnection& connection) {
    for (;;) {
      const bool is_check = connection.Wire::read_request().target() == "/health";
      connection.send(response(is_check && !healthy ? 503 : 200, "2"));
    }
  });
  Counting one("1");
  const Operator op;
  Gateway gateway(
      op.key() +
      "workers = 2\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"app\"\nendpoints = [\"" +
      one.origin.endpoint() + "\", \"" + two.endpoint() +
      "\"]\n[upstream.check]\npath = \"/health\"\ninterval = \"20ms\"\nrise = 1\nfall = 1\n"
      "[[route]]\nupstream = \"app\"\n");
  REQUIRE(eventually([&] { return op.sees("app")["available"] == 2; }));
  op.orders({"app", one.origin.endpoint(), "--drain"});
  healthy = false;
  REQUIRE(eventually([&] { return op.sees("app")["available"] == 0; }));
  for (int i = 0; i < 6; ++i)
    CHECK(gateway.once(get("/")).body == "2");
  op.orders({"app", two.endpoint(), "--drain"});
  CHECK(gateway.once(get("/")).status() == 503);
  healthy = true;
  REQUIRE(eventually(
      [&] { return op.sees("app", two.endpoint())["blocks"] == nlohmann::json::array({"draining"}); }));
  CHECK(gateway.once(get("/")).status() == 503);
}

TEST_CASE("Who waits in the queue goes to an endpoint that is activated") {
  Gate gate, asked;
  Origin busy([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    gate.wait();
    connection.send(response(200, "busy"));
  });
  Counting spare("spare");
  const Operator op;
  Gateway gateway(
      op.key() +
      "workers = 2\n[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"app\"\nendpoints = [\"" +
      busy.endpoint() + "\", \"" + spare.origin.endpoint() +
      "\"]\nmax_in_flight = 1\nqueue = { max = 10, timeout = \"10m\" }\n[[route]]\nupstream = \"app\"\n");
  op.orders({"app", spare.origin.endpoint(), "--disable"});
  Client first = gateway.connect(), second = gateway.connect();
  first.send(get("/"));
  asked.wait();
  second.send(get("/"));
  REQUIRE(eventually([&] { return op.sees("app")["waiting"] == 1; }));
  CHECK(op.orders({"app"}).starts_with("upstream app: 1 of 2 available, 1 waiting for room\n"));
  op.orders({"app", spare.origin.endpoint(), "--activate"});
  CHECK(second.read_response().body == "spare");
  gate.open();
  CHECK(first.read_response().body == "busy");
}

TEST_CASE("The socket is for its owner alone, and goes with the gateway") {
  Stand stand;
  struct stat status{};
  REQUIRE(lstat(stand.op.socket().c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(stand.gateway.terminate() == 0);
  CHECK(lstat(stand.op.socket().c_str(), &status) != 0);
}

TEST_CASE("The socket of a gateway that was killed is replaced, that of one that runs is not") {
  Stand stand;
  const auto second = run({{gateway_program(), "run", "-c", stand.gateway.folder() + "/sluice.toml"}});
  CHECK(second.code == 3);
  CHECK(second.errors.contains("admin: cannot listen on unix:" + stand.op.socket()));
  CHECK(stand.op.says({}).code == 0);
  const Operator other;
  const TempDir dir;
  const auto file = dir.write("sluice.toml", proxy_to(stand.one.origin, other.key()));
  Process killed({{gateway_program(), "run", "-c", file}});
  REQUIRE(killed.wait_for_error_text("ready"));
  killed.signal(SIGKILL);
  CHECK(killed.wait() == 128 + SIGKILL);
  CHECK(std::filesystem::exists(other.socket()));
  const Gateway next(proxy_to(stand.one.origin, other.key()));
  CHECK(other.says({}).code == 0);
}

TEST_CASE("A reload moves the socket, takes it away, and brings it back") {
  Stand stand;
  const Operator other;
  stand.gateway.reload(proxy_to(stand.one.origin, other.key() + "workers = 2"));
  CHECK(other.says({}).code == 0);
  CHECK_FALSE(std::filesystem::exists(stand.op.socket()));
  stand.gateway.reload(proxy_to(stand.one.origin, "workers = 2"));
  CHECK_FALSE(std::filesystem::exists(other.socket()));
  stand.gateway.reload(stand.both());
  CHECK(stand.op.says({}).code == 0);
}

TEST_CASE("An admin socket that cannot be had refuses the reload, and the old one goes on") {
  Stand stand;
  const auto said = stand.gateway.reload_refused(
      proxy_to(stand.two.origin, "admin = \"unix:/no/such/folder/admin.sock\"\nworkers = 2"));
  CHECK(said.contains("sluice.toml:1:"));
  CHECK(said.contains("folder of the socket does not exist"));
  CHECK(stand.op.says({}).code == 0);
}

}  // namespace
}  // namespace sluice::test
