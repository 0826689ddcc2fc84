// What is refused, with which answer, and that none of it reaches the origin.
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

struct Refused {
  std::string request;
  int status;
};

TEST_CASE("What is ambiguous or too large is refused, the connection closed, and the origin never asked") {
  const std::string post_head = "POST / HTTP/1.1\r\nHost: a\r\n";
  const Refused cases[] = {
      {post_head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {post_head + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {post_head + "Content-Length: +3\r\n\r\nabc", 400},
      {post_head + "Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n", 400},
      {post_head + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET /\r\n\r\n", 400},
      {get("/%00"), 400},
      {get("/%zz"), 400},
      {get("/../../etc"), 400},
      {get("/" + std::string(9000, 'a')), 414},
      {get("/", "X: " + std::string(40000, 'a') + "\r\n"), 431},
      {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501},
  };
  Origin origin;
  Gateway gateway(proxy_to(origin));
  for (const auto& [request, status] : cases) {
    INFO(request.substr(0, 90));
    Client client = gateway.connect();
    client.send(request);
    CHECK(client.read_response().status() == status);
    client.half_close();
    CHECK(client.wait_end() == End::closed);
  }
  CHECK(origin.requests().empty());
}

TEST_CASE("A body over the limit is refused, by its length at once, else when it has come") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "[limits]\nbody_bytes = \"1KiB\""));
  CHECK(gateway.once("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n").status() == 413);
  CHECK(origin.accepted() == 0);
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(gateway.once(chunked + chunk(pattern(2000))).status() == 413);
}

TEST_CASE(
    "An error has a small body: JSON for those that ask for it, text for the rest, with the id of the log") {
  const RefusingPort nobody;
  Gateway gateway(proxy_to({nobody.endpoint()}, access_plugin()));
  const Message text = gateway.once(get("/"));
  CHECK(text.status() == 502);
  CHECK(text.header("Content-Type").starts_with("text/plain"));
  const Message json = gateway.once(get("/", "Accept: application/json\r\n"));
  const auto body = nlohmann::json::parse(json.body);
  CHECK(body["reason"] == "connect_failed");
  const auto lines = gateway.access(2);
  CHECK(lines[1]["request_id"] == body["request_id"]);
  CHECK(lines[1]["origin"] == "upstream");
  CHECK(lines[1]["reason"] == "connect_failed");
}

TEST_CASE("A request that the parser refused has its line in the access log") {
  Origin origin;
  Gateway gateway(proxy_to(origin, access_plugin()));
  gateway.once("BAD\r\n\r\n");
  const auto line = gateway.access().at(0);
  CHECK(line["status"] == 400);
  CHECK(line["origin"] == "client");
  CHECK(line["reason"] == "bad_request");
}

}  // namespace
}  // namespace sluice::test
