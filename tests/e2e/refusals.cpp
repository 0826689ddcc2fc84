// Every answer that the gateway makes itself: its status, its small body as text or JSON, and the same request with the same
// reason in the access log.
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::string_view kPostHead = "POST / HTTP/1.1\r\nHost: a\r\n";
constexpr std::string_view kJson = "Accept: application/json\r\n";

struct Refused {
  std::string name;
  std::string request;
  int status;
  std::string reason;
  std::string origin;
};

std::string post_with(std::string_view fields, std::string_view body = "") {
  return std::string(kPostHead).append(kJson).append(fields).append("\r\n").append(body);
}
std::string get_json(std::string_view target, std::string_view fields = "") {
  return get(target, std::string(kJson).append(fields));
}
std::string many_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i)
    fields += "X-" + std::to_string(i) + ": v\r\n";
  return fields;
}

// The answer to `refused.request`, checked against what the table says of it and against its line in the access log.
void check(const Gateway& gateway, const Refused& refused, std::size_t line_number) {
  INFO(refused.name);
  Client client = gateway.connect();
  client.send(refused.request);
  const Message answer = client.read_response();
  CHECK(answer.status() == refused.status);
  CHECK(answer.body.size() < 400);
  const auto line = gateway.access(line_number).at(line_number - 1);
  CHECK(line["status"] == refused.status);
  CHECK(line["reason"] == refused.reason);
  CHECK(line["origin"] == refused.origin);
  const std::string id = line["request_id"];
  CHECK(id.size() >= 16);
  CHECK(answer.header("X-Request-Id") == id);
  // What stands behind the fault was not parsed, an Accept among it.
  if (answer.header("Content-Type").starts_with("application/json")) {
    const auto body = nlohmann::json::parse(answer.body);
    CHECK(body["status"] == refused.status);
    CHECK(body["reason"] == refused.reason);
    CHECK(body["request_id"] == id);
  } else {
    CHECK(answer.header("Content-Type").starts_with("text/plain"));
    CHECK(answer.body.contains("reason: " + refused.reason + "\n"));
    CHECK(answer.body.contains("request id: " + id + "\n"));
  }
}

TEST_CASE("Each refusal of a request has its status, its reason and its line") {
  const Refused cases[] = {
      {"two framings", post_with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
       "bad_request", "client"},
      {"two hosts", get_json("/", "Host: b\r\n"), 400, "bad_host", "client"},
      {"header-read timeout", "GET / HTTP/1.1\r\nHost: a\r\nAccept: appl", 408, "header_timeout", "client"},
      {"body-idle timeout", post_with("Content-Length: 9\r\n", "abc"), 408, "body_timeout", "client"},
      {"chunked body-idle timeout", post_with("Transfer-Encoding: chunked\r\n", "3\r\nab"), 408,
       "body_timeout", "client"},
      {"body by its length", post_with("Content-Length: 2000\r\n"), 413, "body_too_large", "client"},
      {"body by its chunks", post_with("Transfer-Encoding: chunked\r\n", chunk(pattern(2000))), 413,
       "body_too_large", "client"},
      {"target", get_json("/" + std::string(2000, 'a')), 414, "uri_too_long", "client"},
      {"expectation", get_json("/", "Expect: the-unexpected\r\n"), 417, "expectation_failed", "client"},
      {"header bytes", get_json("/", "X: " + std::string(5000, 'a') + "\r\n"), 431, "headers_too_large",
       "client"},
      {"header count", get_json("/", many_fields(40)), 431, "headers_too_large", "client"},
      {"method", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n" + std::string(kJson) + "\r\n", 501,
       "method_unsupported", "client"},
      {"coding", post_with("Transfer-Encoding: gzip, chunked\r\n"), 501, "coding_unsupported", "client"},
      {"version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "version_unsupported", "client"},
  };
  Origin origin([](OriginConnection& connection) {
    connection.read_head();
    connection.read_to_end();
  });
  Gateway gateway(proxy_to(origin, R"(
[limits]
uri_bytes = "1KiB"
header_bytes = "4KiB"
header_count = 32
body_bytes = "1KiB"
[timeouts]
request_header = "60ms"
request_body = "60ms"
)" + std::string(access_plugin())));
  std::size_t count = 0;
  for (const Refused& refused : cases)
    check(gateway, refused, ++count);
}

// A route for each way in which an upstream can fail.
TEST_CASE("Each failure of an upstream has its status, its reason and its line") {
  const RefusingPort refusing;
  const SilentPort silent;
  Origin mute([](OriginConnection& connection) {
    connection.read_request();
    connection.wait_end();
  });
  Origin leaving([](OriginConnection& connection) { connection.read_request(); });
  Origin babbling(always("SIP/2.0 200 OK\r\n\r\n"));
  Origin verbose(always("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n"));
  struct Failing {
    std::string name, endpoint, timeouts;
    int status;
    std::string reason, origin;
  };
  const Failing cases[] = {
      {"refusing", refusing.endpoint(), "", 502, "connect_failed", "upstream"},
      {"leaving", leaving.endpoint(), "", 502, "upstream_reset", "upstream"},
      {"babbling", babbling.endpoint(), "", 502, "upstream_protocol", "upstream"},
      {"verbose", verbose.endpoint(), "", 502, "upstream_headers_too_large", "upstream"},
      {"unknown", "no-such-name.invalid:80", "", 503, "no_address", "local"},
      {"silent", silent.endpoint(), "", 504, "connect_timeout", "upstream"},
      {"mute", mute.endpoint(), "first_byte = \"60ms\"", 504, "first_byte_timeout", "upstream"},
      {"late", mute.endpoint(), "total = \"60ms\"", 504, "total_timeout", "local"},
  };
  std::string toml = "[timeouts]\nconnect = \"60ms\"\n" + std::string(access_plugin()) +
                     "[[listener]]\naddress = \"127.0.0.1:0\"\n";
  for (const auto& [name, endpoint, timeouts, status, reason, origin] : cases)
    toml += "[[upstream]]\nname = \"" + name + "\"\nendpoints = [" + "\"" + endpoint +
            "\"]\n[[route]]\nmatch = { path = \"/" + name + "\" }\nupstream = \"" + name +
            "\"\ntimeouts = { " + timeouts + " }\n";
  Gateway gateway(toml);
  std::size_t count = 0;
  for (const auto& [name, endpoint, timeouts, status, reason, origin] : cases) {
    check(gateway, {name + ", JSON", get_json("/" + name), status, reason, origin}, ++count);
    check(gateway, {name + ", text", get("/" + name), status, reason, origin}, ++count);
  }
  check(gateway, {"no route", get_json("/elsewhere"), 404, "no_route", "local"}, ++count);
}

TEST_CASE("Exactly as much as a limit allows is served") {
  Origin origin;
  Gateway gateway(proxy_to(origin, R"(
[limits]
uri_bytes = "1KiB"
header_count = 32
body_bytes = "1KiB"
)"));
  Client client = gateway.connect();
  CHECK(client.exchange(get("/" + std::string(1023, 'a'))).status() == 200);
  CHECK(client.exchange(get("/", many_fields(31))).status() == 200);  // and Host
  CHECK(client.exchange(post("/", pattern(1024))).status() == 200);
  CHECK(client
            .exchange(std::string(kPostHead) + "Transfer-Encoding: chunked\r\n\r\n" + chunk(pattern(1000)) +
                      chunk(pattern(24)) + std::string(kLastChunk))
            .status() == 200);
}

TEST_CASE("A body that its first read shows to be too large never reaches the origin") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "[limits]\nbody_bytes = \"1KiB\""));
  CHECK(gateway.once(std::string(kPostHead) + "Content-Length: 1025\r\n\r\n").status() == 413);
  CHECK(gateway.once(std::string(kPostHead) + "Content-Length: 1025\r\nExpect: 100-continue\r\n\r\n")
            .status() == 413);
  CHECK(origin.accepted() == 0);
}

}  // namespace
}  // namespace sluice::test
