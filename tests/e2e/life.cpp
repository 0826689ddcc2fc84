// The process: back-pressure, reload, drain, descriptors.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <thread>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
// Kernel buffers of two connections, as large as Linux lets them grow by itself, and some room.
constexpr std::size_t kHeldMost = 32u << 20;
// What the gateway itself may hold for one stalled exchange.
constexpr std::size_t kGatewayKib = 2048;

TEST_CASE("A client that does not read holds the origin back, and costs little") {
  std::atomic<std::size_t> sent = 0;
  Gate stuck;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
    sent = connection.send_until_stuck(pattern(kPiece), 300ms);
    stuck.open();
    connection.wait_end();
  });
  Gateway gateway(proxy_to(origin, "workers = 1"));
  const std::size_t before = gateway.process().private_kib();
  Client client = gateway.connect(16 * 1024);
  client.send(get("/"));
  stuck.wait();
  CHECK(sent < kHeldMost);
  CHECK(gateway.process().private_kib() < before + kGatewayKib);
}

TEST_CASE("An origin that does not read holds the client back") {
  Gate done;
  Origin origin([&](OriginConnection& connection) {
    connection.read_head();
    done.wait();
  });
  Gateway gateway(proxy_to(origin, "workers = 1"));
  Client client = gateway.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n");
  const std::size_t before = gateway.process().private_kib();
  CHECK(client.send_until_stuck(pattern(kPiece), 300ms) < kHeldMost);
  CHECK(gateway.process().private_kib() < before + kGatewayKib);
  done.open();
  client.reset();
}

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
  // Two, in turn: the same one again would be no work.
  const std::string configurations[] = {proxy_to(origin, "workers = 2"),
                                        proxy_to(origin, "workers = 2\ndrain = \"29s\"")};
  Gateway gateway(configurations[0]);
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
  for (int i = 1; i <= 20; ++i)
    gateway.reload(configurations[i % 2]);
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
