// SIGTERM: announce, drain, deadline; and that no request is lost on the way.
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <list>

#include "support/gateway.h"
#include "support/load.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

// Answers "ok" without remembering what was asked.
void answer_all(OriginConnection& connection) {
  for (;;) {
    connection.Wire::read_request();
    connection.send(response(200, "ok"));
  }
}

std::string judge_ok(const Message& answer) {
  return answer.status() == 200 && answer.body == "ok" ? "" : "wrong answer: " + answer.head + answer.body;
}

TEST_CASE("SIGTERM lets a running request end, says close, and closes idle connections") {
  Gate asked, go;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    go.wait();
    connection.send(response(200, "done"));
    connection.wait_end();
  });
  Gateway gateway(proxy_to(origin, "workers = 1"));
  Client idle = gateway.connect();
  Client busy = gateway.connect();
  busy.send(get("/"));
  asked.wait();
  gateway.process().signal(SIGTERM);
  CHECK(idle.wait_end() == End::closed);
  go.open();
  const Message answer = busy.read_response();
  CHECK(answer.body == "done");
  CHECK(answer.header("Connection") == "close");
  CHECK(gateway.process().wait() == 0);
}

TEST_CASE("While the end is announced, connections are still accepted and answers say close") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "workers = 2\nannounce = \"1h\""));
  Client kept = gateway.connect();
  CHECK_FALSE(kept.exchange(get("/")).has("Connection"));
  gateway.process().signal(SIGTERM);
  REQUIRE(gateway.process().wait_for_error_text("stopping"));
  // The workers hear of it a moment later.
  CHECK(eventually([&] { return gateway.once(get("/")).header("Connection") == "close"; }));
  CHECK(kept.exchange(get("/")).header("Connection") == "close");
  CHECK(kept.wait_end() == End::closed);
  // A second signal does not wait.
  gateway.process().signal(SIGTERM);
  CHECK(gateway.process().wait() == 0);
}

TEST_CASE("SIGTERM at full load loses no request") {
  Origin origin(answer_all);
  Gateway gateway(proxy_to(origin, "workers = 2\nannounce = \"1s\""));
  Load load({.port = gateway.port(), .keeping = 3, .fresh = 2, .judge = judge_ok});
  REQUIRE(load.wait_answered(500));
  load.allow_refusal();
  const auto before = load.answered();
  gateway.process().signal(SIGTERM);
  CHECK(load.wait_end());
  CHECK(gateway.process().wait() == 0);
  CHECK(load.faults() == "");
  CHECK(load.fault_count() == 0);
  CHECK(load.closing() > 0);
  CHECK(load.answered() > before);
}

TEST_CASE("SIGTERM without an announcement loses no request of busy connections either") {
  Origin origin(answer_all);
  Gateway gateway(proxy_to(origin, "workers = 2"));
  Load load({.port = gateway.port(), .keeping = 3, .fresh = 2, .judge = judge_ok});
  REQUIRE(load.wait_answered(500));
  load.allow_refusal();
  gateway.process().signal(SIGTERM);
  CHECK(load.wait_end());
  CHECK(gateway.process().wait() == 0);
  CHECK(load.faults() == "");
  CHECK(load.closing() > 0);
}

TEST_CASE("Requests that wait in the kernel when SIGTERM comes are answered") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "workers = 2"));
  std::list<Client> clients;
  for (int i = 0; i < 4; ++i)
    CHECK(clients.emplace_back(gateway.port()).exchange(get("/")).status() == 200);
  gateway.process().signal(SIGSTOP);
  for (Client& idle : clients)
    idle.send(get("/idle"));
  for (int i = 0; i < 40; ++i)
    clients.emplace_back(gateway.port()).send(get("/new"));
  gateway.process().signal(SIGTERM);
  gateway.process().signal(SIGCONT);
  for (Client& client : clients)
    REQUIRE(client.read_response().status() == 200);
  CHECK(gateway.process().wait() == 0);
}

TEST_CASE("After the drain deadline what still runs is cut, and the process ends") {
  Origin origin([](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.wait_end();
  });
  // Longer than the listeners need to finish (100 ms): while one looks for a last connection, its place counts as taken.
  Gateway gateway(proxy_to(origin, "drain = \"300ms\""));
  Client client = gateway.connect();
  client.send(get("/"));
  client.read_head();
  gateway.process().signal(SIGTERM);
  CHECK(gateway.process().wait() == 0);
  CHECK(client.read_to_end().size() < 10);
  INFO(gateway.log());
  CHECK(gateway.log().contains("drain deadline: 1 connections are cut"));
}

TEST_CASE("Who connects while the gateway drains is refused, and does not hang") {
  Gate asked;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    connection.wait_end();
  });
  Gateway gateway(proxy_to(origin, "workers = 2"));
  Client busy = gateway.connect();
  busy.send(get("/"));
  asked.wait();
  gateway.process().signal(SIGTERM);
  CHECK(eventually([&] {
    try {
      gateway.connect();
      return false;
    } catch (const Closed&) {
      return true;
    }
  }));
  CHECK(gateway.process().is_running());
}

}  // namespace
}  // namespace sluice::test
