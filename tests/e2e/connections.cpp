// Connections of the client side: kept, pipelined, closed, old (RFC 9112 9).
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

TEST_CASE("One connection carries one request after another") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  for (const std::string target : {"/a", "/b?x=1", "/c"}) {
    const Message response = client.exchange(get(target));
    CHECK(response.status() == 200);
    CHECK(nlohmann::json::parse(response.body)["target"] == target);
  }
  CHECK(origin.accepted() == 1);
}

TEST_CASE("Pipelined requests are answered in their order, though the first answer is the last one ready") {
  Gate second_came;
  Origin origin([&](OriginConnection& connection) {
    for (;;) {
      const Message request = connection.read_request();
      connection.send(response(200, "for " + request.target()));
    }
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(get("/1") + get("/2") + post("/3", "body") + get("/4"));
  for (const std::string target : {"/1", "/2", "/3", "/4"})
    CHECK(client.read_response().body == "for " + target);
}

TEST_CASE("A request that arrives byte by byte is one request") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  for (const char byte : post("/slow", "hello"))
    client.send({&byte, 1});
  const auto seen = nlohmann::json::parse(client.read_response().body);
  CHECK(seen["target"] == "/slow");
  CHECK(seen["body_bytes"] == 5);
}

TEST_CASE("Connection: close is granted, and said") {
  Origin origin(always(response(200, "bye")));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  const Message answer = client.exchange(get("/", "Connection: close\r\n"));
  CHECK(answer.header("Connection") == "close");
  CHECK(answer.body == "bye");
  CHECK(client.wait_end() == End::closed);
}

TEST_CASE("What a client says of its connection does not end the upstream's") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "workers = 1"));
  for (int i = 0; i < 3; ++i)
    gateway.once(get("/", "Connection: close\r\n"));
  CHECK(origin.accepted() == 1);
  CHECK_FALSE(origin.requests()[0].has("Connection"));
}

TEST_CASE("What an origin says of its connection does not end the client's") {
  Origin origin([](OriginConnection& connection) {
    connection.read_request();
    connection.send(response(200, "once", "Connection: close\r\n"));
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  for (int i = 0; i < 3; ++i) {
    const Message answer = client.exchange(get("/"));
    CHECK(answer.body == "once");
    CHECK_FALSE(answer.has("Connection"));
  }
  CHECK(origin.accepted() == 3);
}

TEST_CASE("An HTTP/1.0 client gets its answer without chunks and then the end of the connection") {
  Origin origin(always(std::string(kChunkedHead) + chunk("old ") + chunk("times") + std::string(kLastChunk)));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  const Message answer = client.exchange("GET /old HTTP/1.0\r\nHost: app.test\r\n\r\n");
  CHECK(answer.status() == 200);
  CHECK_FALSE(answer.chunked);
  CHECK(answer.body == "old times");
  CHECK(client.wait_end() == End::closed);
  CHECK(origin.wait_request().start_line == "GET /old HTTP/1.1");
}

TEST_CASE("An HTTP/1.0 client that asks for it keeps its connection") {
  Origin origin(always(response(200, "kept")));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  for (int i = 0; i < 2; ++i) {
    const Message answer =
        client.exchange("GET / HTTP/1.0\r\nHost: app.test\r\nConnection: keep-alive\r\n\r\n");
    CHECK(answer.body == "kept");
    CHECK(answer.header("Connection") == "keep-alive");
  }
}

TEST_CASE("An HTTP/1.0 request without Host is served") {
  Origin origin(always(response(200, "ok")));
  Gateway gateway(proxy_to(origin));
  CHECK(gateway.once("GET / HTTP/1.0\r\n\r\n").body == "ok");
  CHECK(origin.wait_request().all("Host").size() == 1);
}

TEST_CASE("A client that has sent its request and its FIN still gets the answer") {
  Gate fin_sent;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    fin_sent.wait();
    connection.send(response(200, "still"));
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(get("/"));
  origin.wait_request();
  client.half_close();
  fin_sent.open();
  CHECK(client.read_response().body == "still");
  CHECK(client.wait_end() == End::closed);
}

TEST_CASE("Pipelined requests before a FIN are all answered") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(get("/1") + get("/2") + get("/3"));
  client.half_close();
  for (const std::string target : {"/1", "/2", "/3"})
    CHECK(nlohmann::json::parse(client.read_response().body)["target"] == target);
  CHECK(client.wait_end() == End::closed);
}

TEST_CASE("Empty lines before a request are skipped") {
  Origin origin(always(response(200, "ok")));
  Gateway gateway(proxy_to(origin));
  CHECK(gateway.once("\r\n\r\n" + get("/")).body == "ok");
}

TEST_CASE("A connection that says nothing is closed without a word") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "[timeouts]\nkeep_alive = \"100ms\"\nrequest_header = \"100ms\""));
  Client client = gateway.connect();
  CHECK(client.wait_end() == End::closed);
}

TEST_CASE("An idle connection is closed after keep_alive") {
  Origin origin(always(response(200, "ok")));
  Gateway gateway(proxy_to(origin, "[timeouts]\nkeep_alive = \"100ms\""));
  Client client = gateway.connect();
  CHECK(client.exchange(get("/")).body == "ok");
  CHECK(client.wait_end() == End::closed);
}

}  // namespace
}  // namespace sluice::test
