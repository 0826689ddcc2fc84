// Mirrors and callouts in the real program: what arrives, and that the client's exchange goes on as if there were none.
#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

// The usual proxy with a mirror to `copies`; `keys` are lines of the plugin's table.
std::string mirrored(const Origin& main, const std::string& copies, const std::string& keys = "") {
  return proxy_to(main, "workers = 1\n" + std::string(access_plugin()) +
                            "[[upstream]]\nname = \"copies\"\nendpoints = [\"" + copies +
                            "\"]\n[[plugin]]\nuse = \"mirror\"\nupstream = \"copies\"\n" + keys);
}

std::string note_of(const nlohmann::json& line) { return line["notes"].value("mirror", ""); }

TEST_CASE("A copy arrives with the same method, path and body, and the client sees only the main answer") {
  Origin main(always(response(200, "main"))), copies(always(response(500, "copy")));
  Gateway gateway(mirrored(main, copies.endpoint(), "methods = [\"POST\"]"));
  const std::string body = pattern(50'000);
  const Message answer = gateway.once(post("/up?x=1", body, "X-Key: v\r\n"));
  CHECK(answer.status() == 200);
  CHECK(answer.body == "main");
  const Message copy = copies.wait_request(), seen = main.wait_request();
  CHECK(copy.start_line == seen.start_line);
  CHECK(copy.body == body);
  CHECK(copy.header("Content-Length") == "50000");
  CHECK(copy.header("Host") == seen.header("Host"));
  CHECK(copy.header("X-Key") == "v");
  CHECK(copy.header("X-Forwarded-For") == seen.header("X-Forwarded-For"));
  CHECK(copy.header("X-Mirror") == "1");
  CHECK_FALSE(seen.has("X-Mirror"));
  CHECK(note_of(gateway.access()[0]) == "sent");
}

TEST_CASE("Lengths stay as they are both ways while bodies are copied and compared") {
  const std::string body = pattern(200'000);
  Origin main(always(response(200, body))), copies(always(response(200, body)));
  Gateway gateway(mirrored(main, copies.endpoint(),
                           "methods = [\"PUT\"]\nbody_limit = \"1MiB\"\ncompare = { body = \"hash\" }"));
  const Message answer = gateway.once(put("/", body));
  CHECK(answer.header("Content-Length") == "200000");
  CHECK(answer.body == body);
  const Message seen = main.wait_request();
  CHECK(seen.header("Content-Length") == "200000");
  CHECK(seen.body == body);
  CHECK(copies.wait_request().body == body);
}

TEST_CASE("A mirror that stalls, refuses or cannot be connected to does not touch the main exchange") {
  Origin main(always(response(200, "main")));
  Gate asked, go;
  Origin stalled([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    go.wait();
  });
  RefusingPort refusing;
  SilentPort silent;
  for (const auto& endpoint : {stalled.endpoint(), refusing.endpoint(), silent.endpoint()}) {
    Gateway gateway(mirrored(main, endpoint));
    Client client = gateway.connect();
    // On one connection: the exchange is over, not just its response.
    for (int i = 0; i < 3; ++i)
      CHECK(client.exchange(get("/")).body == "main");
    if (endpoint == stalled.endpoint()) {
      asked.wait();
      CHECK_FALSE(go.is_open());
    }
    for (auto& line : gateway.access(3))
      CHECK(note_of(line) == "sent");
    CHECK(gateway.terminate() == 0);
  }
  go.open();
}

TEST_CASE("A difference is logged with the request's id, what differs and both values") {
  Origin main(always(response(200, "one", "Content-Type: text/html\r\n")));
  Origin copies(always(response(404, "two", "Content-Type: text/plain\r\n")));
  Gateway gateway(mirrored(main, copies.endpoint(),
                           "compare = { status = true, headers = [\"Content-Type\"], body = \"hash\" }"));
  CHECK(gateway.once(get("/")).body == "one");
  REQUIRE(gateway.process().wait_for_error_text("the copy's answer is another"));
  const std::string log = gateway.log();
  CHECK(log.contains("request_id=\"" + gateway.access()[0]["request_id"].get<std::string>() + "\""));
  CHECK(log.contains("differs=\"status, header Content-Type, body\""));
  CHECK(log.contains("main=\"200\" copy=\"404\""));
}

TEST_CASE("Of a sample of nothing no copy is sent, and the body hooks cost nothing") {
  Origin main, copies;
  Gateway gateway(mirrored(main, copies.endpoint(), "sample = 0"));
  for (int i = 0; i < 5; ++i)
    CHECK(gateway.once(get("/")).status() == 200);
  CHECK(gateway.terminate() == 0);
  CHECK(copies.requests().empty());
}

TEST_CASE("A body over the limit passes untouched and is not copied") {
  Origin main(always(response(200, "main"))), copies;
  Gateway gateway(mirrored(main, copies.endpoint(), "methods = [\"POST\"]\nbody_limit = 1000"));
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                              chunk(pattern(600)) + chunk(pattern(600)) + std::string(kLastChunk);
  CHECK(gateway.once(post("/", pattern(1001))).body == "main");
  CHECK(gateway.once(chunked).body == "main");
  CHECK(main.wait_request(1).body == pattern(1001));
  CHECK(main.wait_request(2).body == pattern(600) + pattern(600));
  for (auto& line : gateway.access(2))
    CHECK(note_of(line) == "dropped: body over 1000 bytes");
  CHECK(copies.requests().empty());
}

TEST_CASE("After a reload, copies under way end by the configuration they began with") {
  Origin main(always(response(200, "main")));
  Gate asked, go;
  Origin copies([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    go.wait();
    connection.send(response(404, "late"));
    connection.wait_end();
  });
  Gateway gateway(mirrored(main, copies.endpoint(), "compare = { status = true }"));
  CHECK(gateway.once(get("/")).body == "main");
  asked.wait();
  gateway.reload(proxy_to(main, "workers = 1"));
  CHECK(gateway.once(get("/")).body == "main");
  CHECK_FALSE(gateway.log().contains("copies until the end of this configuration"));
  go.open();
  CHECK(gateway.process().wait_for_error_text("the copy's answer is another"));
  // The old snapshot goes when its last callout is gone.
  CHECK(gateway.process().wait_for_error_text("copies until the end of this configuration"));
  CHECK(gateway.log().contains("sent=\"1\" dropped=\"0\" answered=\"1\""));
}

TEST_CASE("SIGTERM with copies under way ends the process, and each copy has been told") {
  Origin main(always(response(200, "main")));
  Gate asked, go;
  Origin copies([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    go.wait();
  });
  Gateway gateway(mirrored(main, copies.endpoint()));
  CHECK(gateway.once(get("/")).body == "main");
  asked.wait();
  CHECK(gateway.terminate() == 0);
  CHECK(gateway.log().contains("reason=\"draining\""));
  CHECK(gateway.log().contains("sent=\"1\" dropped=\"0\" answered=\"0\" failed=\"1\""));
  go.open();
}

// ---- a hook that waits for a callout ----

std::string asking(const Origin& main, const std::string& side) {
  return proxy_to(main, "workers = 1\n[[upstream]]\nname = \"side\"\nendpoints = [\"" + side +
                            "\"]\n[[plugin]]\nuse = \"" SLUICE_BINARY_DIR "/tests/objects/asks.so\"\n");
}

TEST_CASE("A hook asks another upstream and goes on by its answer") {
  Origin main;
  Origin side([](OriginConnection& connection) {
    for (;;) {
      const Message asked = connection.read_request();
      connection.send(asked.header("X-Path") == "/good" ? response(200, "yes") : response(404, "no"));
    }
  });
  Gateway gateway(asking(main, side.endpoint()));
  CHECK(gateway.once(get("/good")).status() == 200);
  CHECK(main.wait_request().header("X-Asked") == "yes");
  const Message refused = gateway.once(get("/bad"));
  CHECK(refused.status() == 403);
  CHECK(refused.body == "no");
  CHECK(side.wait_request().body == "may it?");
}

TEST_CASE("A hook hears why its callout failed") {
  Origin main;
  RefusingPort side;
  Gateway gateway(asking(main, side.endpoint()));
  const Message answer = gateway.once(get("/"));
  CHECK(answer.status() == 503);
  CHECK(answer.body == "connect_failed");
}

TEST_CASE("A client that leaves during a callout takes it along") {
  Origin main;
  Gate asked;
  std::atomic<bool> has_ended = false;
  Origin side([&](OriginConnection& connection) {
    connection.read_request();
    asked.open();
    has_ended = connection.wait_end() != End::none;
  });
  Gateway gateway(asking(main, side.endpoint()));
  Client client = gateway.connect();
  client.send(get("/"));
  asked.wait();
  client.reset();
  CHECK(eventually([&] { return has_ended.load(); }));
  CHECK(gateway.terminate() == 0);
}

}  // namespace
}  // namespace sluice::test
