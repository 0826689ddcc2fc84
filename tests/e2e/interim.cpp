// Interim responses and Expect (RFC 9110 10.1.1, 15.2).
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::string_view kExpecting =
    "POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

TEST_CASE("100 Continue reaches a client that waits for it, and its body the origin") {
  Origin origin([](OriginConnection& connection) {
    Message request = connection.read_head();
    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    connection.read_body(request, request_body_length(request));
    connection.send(response(200, "got " + request.body));
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(kExpecting);
  CHECK(client.read_response().status() == 100);
  client.send("hello");
  CHECK(client.read_response().body == "got hello");
}

TEST_CASE("An origin may refuse without the body having been sent") {
  Origin origin([](OriginConnection& connection) {
    connection.read_head();
    connection.send(response(401, "who are you?", "Connection: close\r\n"));
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(kExpecting);
  const Message answer = client.read_response();
  CHECK(answer.status() == 401);
  CHECK(answer.body == "who are you?");
}

TEST_CASE("A client that expects but does not wait is served") {
  Origin origin(always(response(200, "fine")));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  CHECK(client.exchange(std::string(kExpecting) + "hello").body == "fine");
  CHECK(origin.wait_request().body == "hello");
}

TEST_CASE("Another expectation is refused with 417") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  CHECK(gateway.once(get("/", "Expect: the-unexpected\r\n")).status() == 417);
  CHECK(origin.requests().empty());
}

TEST_CASE("103 Early Hints are passed on before the response") {
  Gate hints_seen;
  Origin origin([&](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
    hints_seen.wait();
    connection.send(response(200, "page"));
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(get("/"));
  const Message hints = client.read_response();
  CHECK(hints.status() == 103);
  CHECK(hints.header("Link") == "</a.css>; rel=preload");
  hints_seen.open();
  CHECK(client.read_response().body == "page");
}

TEST_CASE("An HTTP/1.0 client gets no interim responses") {
  Origin origin(always("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response(200, "page")));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  CHECK(client.read_response().status() == 200);
}

}  // namespace
}  // namespace sluice::test
