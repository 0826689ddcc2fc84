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
