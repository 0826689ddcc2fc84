// How exchanges end early: clients and origins that go away, upgrades, timeouts.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::string_view kUpgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

TEST_CASE("After a 101 bytes flow both ways, each side closing on its own") {
  std::string to_origin;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    connection.send(std::string(kSwitch) + "first");
    to_origin = connection.read_to_end();
    connection.send("last");
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(get("/ws", kUpgrade) + "early ");
  CHECK(client.read_head().status() == 101);
  CHECK(client.read_exactly(5) == "first");
  client.send("later");
  client.half_close();
  CHECK(client.read_to_end() == "last");
  CHECK(to_origin == "early later");
}

TEST_CASE("A tunnel whose origin has closed its side still carries the client's bytes") {
  std::string to_origin;
  Gate read_all;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    connection.send(std::string(kSwitch) + "all I have to say");
    connection.half_close();
    to_origin = connection.read_to_end();
    read_all.open();
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(get("/ws", kUpgrade));
  CHECK(client.read_head().status() == 101);
  CHECK(client.read_to_end() == "all I have to say");
  const std::string answer = pattern(200'000);
  client.send(answer);
  client.half_close();
  read_all.wait();
  CHECK(to_origin == answer);
}

TEST_CASE("A 101 that nobody asked for is a bad gateway") {
  Origin origin(always(std::string(kSwitch)));
  Gateway gateway(proxy_to(origin));
  CHECK(gateway.once(get("/")).status() == 502);
}

TEST_CASE("An origin that declines the upgrade answers as usual") {
  Origin origin(always(response(403, "no")));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  CHECK(client.exchange(get("/ws", kUpgrade)).status() == 403);
  CHECK(client.exchange(get("/")).status() == 403);
}

TEST_CASE("A client's reset cancels the upstream request") {
  Gate cancelled;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    if (connection.wait_end() != End::none) cancelled.open();
  });
  Gateway gateway(proxy_to(origin, access_plugin()));
  Client client = gateway.connect();
  client.send(get("/"));
  origin.wait_request();
  client.reset();
  CHECK_NOTHROW(cancelled.wait());
  const auto line = gateway.access().at(0);
  CHECK(line["status"] == 499);
  CHECK(line["reason"] == "client_closed");
}

TEST_CASE(
    "A client that leaves in the middle of a response or of its own body cancels the upstream request") {
  const bool uploading = GENERATE(false, true);
  Gate cancelled;
  Origin origin([&](OriginConnection& connection) {
    connection.read_head();
    if (!uploading) connection.send(std::string(kChunkedHead) + chunk("first"));
    connection.read_to_end();
    cancelled.open();
  });
  Gateway gateway(proxy_to(origin, access_plugin()));
  Client client = gateway.connect();
  if (uploading) {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    origin.wait_request();
  } else {
    client.send(get("/"));
    Message answer = client.read_head();
    CHECK(client.read_chunk(answer) == "first");
  }
  client.reset();
  CHECK_NOTHROW(cancelled.wait());
  CHECK(gateway.access().at(0)["reason"] == "client_closed");
}

TEST_CASE("A client that takes nothing of its response is given up after `send`, and the origin let go") {
  Gate let_go;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 268435456\r\n\r\n");
    try {
      for (const std::string piece = pattern(65536);;)
        connection.send(piece);
    } catch (const Closed&) {
      let_go.open();
    }
  });
  Gateway gateway(proxy_to(origin, "[timeouts]\nsend = \"100ms\"\n" + std::string(access_plugin())));
  Client client(gateway.port(), 16 * 1024);
  client.send(get("/"));
  CHECK_NOTHROW(let_go.wait());
  const auto line = gateway.access().at(0);
  CHECK(line["origin"] == "client");
  CHECK(line["reason"] == "client_closed");
  CHECK(client.read_to_end().size() < 268'435'456);
}

TEST_CASE("An origin that takes nothing of a request is given up after `send`") {
  Gate over;
  Origin origin([&](OriginConnection& connection) {
    connection.read_head();
    over.wait(4 * kPatience);
  });
  Gateway gateway(proxy_to(origin, "[timeouts]\nsend = \"100ms\"\n" + std::string(access_plugin())));
  Client client = gateway.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 268435456\r\n\r\n");
  const std::string piece = pattern(65536);
  // Not a byte more once the answer is there: the gateway takes in what still comes for a moment, and then closes.
  CHECK(eventually([&] {
    if (client.has_input(1ms)) return true;
    client.send_now(piece);
    return false;
  }));
  CHECK(client.read_response().status() == 504);
  CHECK(gateway.access().at(0)["reason"] == "upstream_idle");
  over.open();
}

TEST_CASE("A client that closed its side is waited for no longer than half_close") {
  Gate cancelled;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    if (connection.wait_end() != End::none) cancelled.open();
  });
  Gateway gateway(proxy_to(origin, "[timeouts]\nhalf_close = \"50ms\""));
  Client client = gateway.connect();
  client.send(get("/"));
  client.half_close();
  CHECK_NOTHROW(cancelled.wait());
}

TEST_CASE("A response that breaks off reaches the client as one that breaks off") {
  Origin origin([](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  });
  Gateway gateway(proxy_to(origin, access_plugin()));
  Client client = gateway.connect();
  client.send(get("/"));
  CHECK(client.read_head().status() == 200);
  const std::string body = client.read_to_end();
  CHECK(body.size() < 10);
  CHECK(gateway.access().at(0)["reason"] == "upstream_reset");
}

TEST_CASE("An origin that closes without an answer is a bad gateway, named so in the log") {
  Origin origin([](OriginConnection& connection) { connection.read_request(); });
  Gateway gateway(proxy_to(origin, access_plugin()));
  CHECK(gateway.once(get("/")).status() == 502);
  const auto line = gateway.access().at(0);
  CHECK(line["origin"] == "upstream");
  CHECK(line["reason"] == "upstream_reset");
}

TEST_CASE("Each timeout has its answer") {
  Origin origin([](OriginConnection& connection) {
    connection.read_head();
    connection.read_to_end();
  });
  Gateway gateway(proxy_to(
      origin, "[timeouts]\nrequest_header = \"60ms\"\nrequest_body = \"60ms\"\nfirst_byte = \"60ms\""));
  CHECK(gateway.once(get("/")).status() == 504);
  Client slow_head = gateway.connect();
  slow_head.send("GET / HT");
  CHECK(slow_head.read_response().status() == 408);
  Client slow_body = gateway.connect();
  slow_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  CHECK(slow_body.read_response().status() == 408);
}

TEST_CASE("The total time ends a request whatever it waits for") {
  Origin origin([](OriginConnection& connection) {
    connection.read_request();
    connection.wait_end();
  });
  Gateway gateway(
      proxy_to(origin, "[timeouts]\ntotal = \"60ms\"" + std::string("\n") + std::string(access_plugin())));
  CHECK(gateway.once(get("/")).status() == 504);
  CHECK(gateway.access().at(0)["reason"] == "total_timeout");
}

TEST_CASE("A response that stalls in its body is cut") {
  Origin origin([](OriginConnection& connection) {
    connection.read_request();
    connection.send(std::string(kChunkedHead) + chunk("abc"));
    connection.wait_end();
  });
  Gateway gateway(proxy_to(origin, "[timeouts]\nresponse_body = \"60ms\""));
  Client client = gateway.connect();
  client.send(get("/"));
  client.read_head();
  CHECK(client.read_to_end().find("0\r\n\r\n") == std::string::npos);
}

}  // namespace
}  // namespace sluice::test
