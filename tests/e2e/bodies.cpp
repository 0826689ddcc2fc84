// Bodies both ways: lengths, chunks, trailers, none at all, and answers that come before their request has ended.
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::string_view kChunkedPost =
    "POST /up HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n";

TEST_CASE("A request body with a length arrives whole, with its length") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin));
  const std::string body = pattern(300'000);
  CHECK(gateway.once(post("/up", body)).status() == 204);
  const Message seen = origin.wait_request();
  CHECK(seen.header("Content-Length") == "300000");
  CHECK(seen.body == body);
}

TEST_CASE("A chunked request body arrives chunked, extensions dropped, trailers kept") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin));
  const std::string text = std::string(kChunkedPost) + "Trailer: X-Sum\r\n\r\n5;name=\"v;al\"\r\nhello\r\n" +
                           "7;a=b\r\n, world\r\n" + "0;last\r\nX-Sum: abc\r\n\r\n";
  CHECK(gateway.once(text).status() == 204);
  const Message seen = origin.wait_request();
  CHECK(seen.chunked);
  CHECK(seen.body == "hello, world");
  CHECK(seen.trailer("X-Sum") == "abc");
}

TEST_CASE("A POST without a body has Content-Length: 0, a GET has none") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.exchange(post("/empty", ""));
  client.exchange(get("/none"));
  CHECK(origin.wait_request(1).header("Content-Length") == "0");
  CHECK_FALSE(origin.wait_request(2).has("Content-Length"));
  CHECK_FALSE(origin.wait_request(2).has("Transfer-Encoding"));
}

TEST_CASE("A GET may have a body") {
  Origin origin;
  Gateway gateway(proxy_to(origin));
  const Message answer = gateway.once("GET /q HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  CHECK(nlohmann::json::parse(answer.body)["body_bytes"] == 4);
}

TEST_CASE("A response with a length is passed on with its length") {
  const std::string body = pattern(1 << 20);
  Origin origin(always(response(200, body)));
  Gateway gateway(proxy_to(origin));
  const Message answer = gateway.once(get("/"));
  CHECK(answer.header("Content-Length") == "1048576");
  CHECK(answer.body == body);
}

TEST_CASE("A chunked response is passed on chunked, with its trailers") {
  Origin origin(always("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" +
                       chunk("one ") + "3;x\r\ntwo\r\n0\r\nX-Sum: 7\r\n\r\n"));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  for (int i = 0; i < 2; ++i) {
    const Message answer = client.exchange(get("/", "TE: trailers\r\n"));
    CHECK(answer.chunked);
    CHECK(answer.body == "one two");
    CHECK(answer.trailer("X-Sum") == "7");
  }
}

TEST_CASE("A response that ends with its connection becomes chunked for an HTTP/1.1 client") {
  Origin origin([](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end");
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  for (int i = 0; i < 2; ++i) {
    const Message answer = client.exchange(get("/"));
    CHECK(answer.chunked);
    CHECK(answer.body == "until the end");
  }
}

TEST_CASE("HEAD gets the head and nothing else") {
  Origin origin(always("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  for (int i = 0; i < 2; ++i) {
    const Message answer = client.exchange("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(answer.status() == 200);
    CHECK(answer.header("Content-Length") == "1000");
    CHECK(answer.body.empty());
  }
  CHECK(origin.accepted() == 1);
}

TEST_CASE("204 and 304 have no body and leave the connection usable") {
  Origin origin([](OriginConnection& connection) {
    for (;;) {
      const Message request = connection.read_request();
      connection.send(request.target() == "/204"
                          ? "HTTP/1.1 204 No Content\r\n\r\n"
                          : "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 77\r\n\r\n");
    }
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  CHECK(client.exchange(get("/204")).status() == 204);
  const Message unchanged = client.exchange(get("/304"));
  CHECK(unchanged.status() == 304);
  CHECK(unchanged.header("ETag") == "\"x\"");
  CHECK(client.exchange(get("/204")).status() == 204);
}

TEST_CASE("An answer that comes while the body is still arriving is passed on at once") {
  Origin origin([](OriginConnection& connection) {
    connection.read_head();
    connection.send(response(403, "no, thank you", "Connection: close\r\n"));
    connection.half_close();
    connection.read_to_end();
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send("POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nonly the beginning");
  const Message answer = client.read_response();
  CHECK(answer.status() == 403);
  CHECK(answer.body == "no, thank you");
}

TEST_CASE("A body that goes on after an early answer does not become the next request") {
  Origin origin([](OriginConnection& connection) {
    connection.read_head();
    connection.send(response(200, "early", "Connection: close\r\n"));
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  const std::string smuggled = get("/smuggled");
  client.send("POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(smuggled.size()) +
              "\r\n\r\n");
  CHECK(client.read_response().body == "early");
  // So short a body is read to its end, and the connection goes on behind it.
  client.send(smuggled);
  CHECK(client.exchange(get("/two")).body == "early");
  for (const Message& seen : origin.requests())
    CHECK(seen.target() != "/smuggled");
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

TEST_CASE("An upload and its answer flow at the same time") {
  Origin origin([](OriginConnection& connection) {
    Message request = connection.read_head();
    connection.send(kChunkedHead);
    for (std::string piece = connection.read_chunk(request); !piece.empty();
         piece = connection.read_chunk(request))
      connection.send(chunk("seen " + piece));
    connection.send(kLastChunk);
  });
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  client.send(std::string(kChunkedPost) + "\r\n");
  Message answer = client.read_head();
  for (const std::string piece : {"one", "two", "three"}) {
    client.send(chunk(piece));
    CHECK(client.read_chunk(answer) == "seen " + piece);
  }
  client.send(kLastChunk);
  CHECK(client.read_chunk(answer).empty());
}

}  // namespace
}  // namespace sluice::test
