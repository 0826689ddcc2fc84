// The process: events, reload, drain, descriptors.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <thread>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

TEST_CASE("An event leaves as soon as it has come") {
  Gate seen;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    connection.send(std::string(kChunkedHead) + chunk("data: 1\n\n"));
    seen.wait();
    connection.send(chunk("data: 2\n\n") + std::string(kLastChunk));
    connection.wait_end();
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(get("/"));
  Message answer = client.read_head();
  CHECK(client.read_chunk(answer) == "data: 1\n\n");
  seen.open();
  CHECK(client.read_chunk(answer) == "data: 2\n\n");
}

TEST_CASE("Reloads under load lose no request") {
  Origin origin;
  const std::string configuration = proxy_to(origin, "workers = 2");
  Gateway gateway(configuration);
  std::atomic<bool> over = false;
  std::atomic<int> answered = 0, lost = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      try {
        Client client(gateway.port());
        while (!over) {
          const bool good = client.exchange(get("/")).status() == 200;
          ++(good ? answered : lost);
        }
      } catch (const std::exception&) {
        ++lost;
      }
    });
  }
  for (int i = 0; i < 20; ++i)
    gateway.reload(configuration);
  CHECK(eventually([&] { return answered > 100; }));
  over = true;
  for (auto& client : clients)
    client.join();
  CHECK(lost == 0);
}

TEST_CASE("A reload to another upstream is seen by the next request, on a connection that stays") {
  Origin old(always(response(200, "old")));
  Origin fresh(always(response(200, "new")));
  Gateway gateway(proxy_to(old));
  // The port would change with a listener that changes: it is the same one.
  Client client = gateway.connect();
  CHECK(client.exchange(get("/")).body == "old");
  gateway.reload(proxy_to(fresh));
  CHECK(client.exchange(get("/")).body == "new");
}

TEST_CASE("A bad configuration is refused whole and the old one serves on") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  const std::string said = gateway.reload_refused(proxy_to(origin, "wrokers = 2"));
  CHECK(said.find("workers") != std::string::npos);
  CHECK(gateway.once(get("/")).status() == 200);
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

TEST_CASE("A process with few descriptors serves on, whatever wants to connect") {
  Origin origin;
  Command few;
  few.open_files = 64;
  Gateway gateway(proxy_to(origin, "workers = 1\nmax_connections = 1000"), few);
  // Both kinds of ends once before: UBSan's check of a virtual call opens a pipe the first time it meets one, and would take
  // the lack of a descriptor for a bad object.
  CHECK(gateway.once(get("/")).status() == 200);
  gateway.connect().close();
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 80; ++i)
    crowd.push_back(std::make_unique<Client>(gateway.port()));
  crowd.clear();
  CHECK(gateway.once(get("/")).status() == 200);
}

TEST_CASE("A closed standard output harms nothing") {
  Origin origin;
  Command closed;
  closed.closed_output = true;
  Gateway gateway(proxy_to(origin, "[[plugin]]\nuse = \"access_log\"\nto = \"stdout\""), closed);
  for (int i = 0; i < 3; ++i)
    CHECK(gateway.once(get("/")).status() == 200);
}

TEST_CASE("A full disk under the access log costs lines, not requests") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "[[plugin]]\nuse = \"access_log\"\nto = \"/dev/full\""));
  for (int i = 0; i < 3; ++i)
    CHECK(gateway.once(get("/")).status() == 200);
}

}  // namespace
}  // namespace sluice::test
