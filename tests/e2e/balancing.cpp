// Which endpoint a request goes to, how often, and what it waits for: the real program with origins that are held, not timed.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "e2e/operator.h"
#include "support/gateway.h"
#include "support/load.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

Script saying(std::string text) {
  return [text = std::move(text)](OriginConnection& connection) {
    for (;;) {
      connection.read_request();
      connection.send(response(200, text));
    }
  };
}

// Answers its name to all but "/held", which waits for the gate.
Script held(std::string text, Gate& gate) {
  return [text = std::move(text), &gate](OriginConnection& connection) {
    for (;;) {
      if (connection.read_request().target() == "/held") gate.wait();
      connection.send(response(200, text));
    }
  };
}

// A listener, an upstream "app" with these endpoints (TOML) and `keys`, and a route to it.
std::string group_of(const std::string& endpoints, std::string_view keys,
                     std::string_view top = "workers = 2\n") {
  return std::string(top) +
         "[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"app\"\nendpoints = [" + endpoints +
         "]\n" + std::string(keys) + "\n[[route]]\nupstream = \"app\"\n";
}
std::string quoted(const Origin& origin) { return "\"" + origin.endpoint() + "\", "; }

TEST_CASE("consistent_hash by a header keeps a key where it is, over requests, connections and workers") {
  std::deque<Origin> origins;
  std::string endpoints;
  for (const char* name : {"a", "b", "c", "d"})
    endpoints += quoted(origins.emplace_back(saying(name)));
  Gateway gateway(group_of(endpoints, "balance = \"consistent_hash\"\nhash_on = \"header:X-Key\"\n"));
  std::map<std::string, std::string> home;
  std::map<std::string, int> shares;
  Client kept = gateway.connect();
  for (int round = 0; round < 4; ++round)
    for (int key = 0; key < 40; ++key) {
      const auto request = get("/", "X-Key: k" + std::to_string(key) + "\r\n");
      const auto answer = round == 0 ? kept.exchange(request) : gateway.once(request);
      const auto [it, is_new] = home.emplace(std::to_string(key), answer.body);
      CHECK(it->second == answer.body);
      if (is_new) ++shares[answer.body];
    }
  CHECK(shares.size() == 4);
}

TEST_CASE("least_requests leaves an endpoint alone that holds a request") {
  Gate gate;
  Origin slow(held("slow", gate)), fast(saying("fast"));
  Gateway gateway(group_of(quoted(slow) + quoted(fast), "balance = \"least_requests\"\n"));
  // Held at whichever takes it: the slow one when it is its turn.
  std::deque<Client> waiting;
  while (slow.requests().empty()) {
    auto& client = waiting.emplace_back(gateway.port());
    client.send(get("/held"));
    REQUIRE(eventually([&] { return slow.requests().size() + fast.requests().size() >= waiting.size(); }));
  }
  for (int i = 0; i < 20; ++i)
    CHECK(gateway.once(get("/")).body == "fast");
  CHECK(slow.requests().size() == 1);
  gate.open();
  CHECK(waiting.back().read_response().body == "slow");
}

TEST_CASE("A backup takes over when the first priority is down, and gives back") {
  std::atomic<bool> healthy = true;
  Origin first([&](OriginConnection& connection) {
    for (;;) {
      const bool is_check = connection.Wire::read_request().target() == "/health";
      connection.send(response(is_check && !healthy ? 503 : 200, "first"));
    }
  });
  Origin backup(saying("backup"));
  Gateway gateway(group_of(
      quoted(first) + "{ address = \"" + backup.endpoint() + "\", priority = 1 }",
      "[upstream.check]\npath = \"/health\"\ninterval = \"20ms\"\ntimeout = \"10s\"\nrise = 1\nfall = 1\n"));
  const auto all_from = [&](const std::string& name) {
    return eventually([&] {
      for (int i = 0; i < 6; ++i)
        if (gateway.once(get("/")).body != name) return false;
      return true;
    });
  };
  REQUIRE(all_from("first"));
  healthy = false;
  REQUIRE(all_from("backup"));
  healthy = true;
  CHECK(all_from("first"));
}

TEST_CASE("max_in_flight holds over all workers: who comes too many waits, and is answered in the end") {
  std::atomic<int> now = 0, most = 0, asked = 0;
  Gate gate;
  Origin origin([&](OriginConnection& connection) {
    for (;;) {
      connection.Wire::read_request();
      ++asked;
      const int here = ++now;
      for (int seen = most; seen < here && !most.compare_exchange_weak(seen, here);)
        continue;
      gate.wait();
      --now;
      connection.send(response(200, "app"));
    }
  });
  const Operator op;
  Gateway gateway(group_of(quoted(origin), "max_in_flight = 2\nqueue = { max = 100, timeout = \"10m\" }\n",
                           op.key() + "workers = 2\n"));
  std::deque<Client> clients;
  for (int i = 0; i < 16; ++i)
    clients.emplace_back(gateway.port()).send(get("/"));
  REQUIRE(eventually([&] { return op.sees("app")["waiting"] == 14; }));
  gate.open();
  for (auto& client : clients)
    CHECK(client.read_response().status() == 200);
  CHECK(asked == 16);
  CHECK(most == 2);
}

TEST_CASE("With no room in the queue a request is refused at once, and served when there is room") {
  Gate gate;
  Origin origin(held("app", gate));
  Gateway gateway(group_of(quoted(origin), "max_in_flight = 1\n"));
  Client first = gateway.connect();
  first.send(get("/held"));
  origin.wait_request();
  for (int i = 0; i < 4; ++i)
    CHECK(gateway.once(get("/")).status() == 503);
  gate.open();
  CHECK(first.read_response().status() == 200);
  CHECK(eventually([&] { return gateway.once(get("/")).status() == 200; }));
}

TEST_CASE("A hedge answers while the first endpoint hangs, whose request is cancelled") {
  std::atomic<bool> is_taken = false, is_cancelled = false;
  const auto script = [&](OriginConnection& connection) {
    for (;;) {
      connection.read_request();
      if (!is_taken.exchange(true)) {
        is_cancelled = connection.wait_end() != End::none;
        return;
      }
      connection.send(response(200, "second"));
    }
  };
  Origin one(script), two(script);
  Gateway gateway(group_of(quoted(one) + quoted(two), "hedge = { delay = \"10ms\" }\n",
                           "workers = 2\n" + std::string(access_plugin())));
  CHECK(gateway.once(get("/")).body == "second");
  CHECK(eventually([&] { return is_cancelled.load(); }));
  CHECK(one.requests().size() == 1);
  CHECK(two.requests().size() == 1);
  CHECK(gateway.access().at(0)["attempts"] == 2);
}

// Two origins of which whoever is asked first resets.
struct FirstResets {
  std::atomic<bool> is_taken = false;
  Script script = [this](OriginConnection& connection) {
    for (;;) {
      connection.read_request();
      if (!is_taken.exchange(true)) return connection.reset();
      connection.send(response(200, "second"));
    }
  };
  Origin one{script}, two{script};
  std::size_t asked() const { return one.requests().size() + two.requests().size(); }
};

TEST_CASE("A POST is sent again after a reset if it has an Idempotency-Key, body and all, and else not") {
  {
    FirstResets origins;
    Gateway gateway(group_of(quoted(origins.one) + quoted(origins.two), ""));
    const auto answer = gateway.once(post("/pay", pattern(20'000), "Idempotency-Key: 7\r\n"));
    CHECK(answer.body == "second");
    REQUIRE(origins.one.requests().size() == 1);
    REQUIRE(origins.two.requests().size() == 1);
    CHECK(origins.one.requests()[0].body == pattern(20'000));
    CHECK(origins.two.requests()[0].body == pattern(20'000));
  }
  FirstResets origins;
  Gateway gateway(group_of(quoted(origins.one) + quoted(origins.two), ""));
  CHECK(gateway.once(post("/pay", "once")).status() == 502);
  CHECK(origins.asked() == 1);
}

TEST_CASE("A script has a response thrown away and another endpoint asked") {
  std::atomic<bool> is_taken = false;
  const Script script = [&](OriginConnection& connection) {
    for (;;) {
      connection.read_request();
      connection.send(is_taken.exchange(true) ? response(200, "found") : response(404, "not here"));
    }
  };
  Origin one(script), two(script);
  const TempDir dir;
  const auto lua =
      dir.write("retry.lua",
                "return { on_response = function(req, res)\n"
                "  if res:status() == 404 and req:attempts() == 1 then res:retry() end\nend }\n");
  Gateway gateway(group_of(quoted(one) + quoted(two), "",
                           "workers = 2\n[[plugin]]\nuse = \"lua\"\nscript = \"" + lua + "\"\n"));
  CHECK(gateway.once(get("/")).body == "found");
  CHECK(one.requests().size() == 1);
  CHECK(two.requests().size() == 1);
}

TEST_CASE(
    "lua/examples/balance.lua: a request waits while both endpoints are busy, and goes where there is room") {
  Gate gate;
  Origin one(held("1", gate)), two(held("2", gate));
  const std::string top = "workers = 2\n[[plugin]]\nuse = \"lua\"\nscript = \"" SLUICE_SOURCE_DIR
                          "/lua/examples/balance.lua\"\n" +
                          std::string(access_plugin());
  Gateway gateway(group_of(quoted(one) + quoted(two), "", top));
  std::deque<Client> busy;
  for (std::size_t i = 1; i <= 4; ++i) {
    busy.emplace_back(gateway.port()).send(get("/held"));
    REQUIRE(eventually([&] { return one.requests().size() + two.requests().size() == i; }));
  }
  CHECK(one.requests().size() == 2);
  // It looks twenty times, then goes all the same.
  CHECK(gateway.once(get("/")).status() == 200);
  CHECK(gateway.access().at(0)["notes"]["looks"] == "20");
  CHECK(one.requests().size() + two.requests().size() == 5);
  gate.open();
  for (auto& client : busy)
    CHECK(client.read_response().status() == 200);
  CHECK(gateway.once(get("/")).status() == 200);
  const auto lines = gateway.access(6);
  CHECK(std::ranges::count_if(lines, [](auto& line) { return line["notes"]["looks"] == "1"; }) == 5);
}

}  // namespace
}  // namespace sluice::test
