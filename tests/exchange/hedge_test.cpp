// A second request beside a slow first one.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct Hedged {
  ExchangeRig rig;
  ExchangeRig::Client* client = nullptr;
  Hedged() {
    rig.endpoints = 2;
    rig.group.hedge.delay = 100ms;
    rig.answers["/a"].silences = 1;
    rig.answers["/a"].bytes = response(200, "second");
  }
  void ask(std::string_view request = get("/a")) {
    client = &rig.client();
    rig.ask(*client, request);
    rig.settle();
  }
  // What the client has got; "" for nothing.
  std::string body() {
    const auto seen = rig.responses(*client);
    return seen.empty() ? "" : seen[0].message.body;
  }
  void end() {
    rig.finish();
    CHECK_NOTHROW(rig.check());
  }
};

TEST_CASE("A slow first request is cancelled when the second one answers") {
  Hedged hedged;
  hedged.ask();
  CHECK(hedged.rig.seen_requests().size() == 1);
  hedged.rig.advance(200ms);
  CHECK(hedged.body() == "second");
  const auto seen = hedged.rig.seen_requests();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].far->remote().text() != seen[1].far->remote().text());
  CHECK(seen[0].far->is_closed);
  hedged.end();
}

TEST_CASE("The first response to begin counts, and the second request is cancelled") {
  Hedged hedged;
  hedged.rig.answers["/a"].silences = 2;
  hedged.ask();
  hedged.rig.advance(200ms);
  REQUIRE(hedged.rig.net.connected.size() == 2);
  hedged.rig.net.connected[0]->feed(response(200, "first"));
  hedged.rig.settle();
  CHECK(hedged.body() == "first");
  CHECK(hedged.rig.net.connected[1]->is_closed);
  hedged.end();
}

TEST_CASE("A second request that answers badly is dropped, and the first goes on") {
  Hedged hedged;
  hedged.rig.answers["/a"].bytes = response(503, "no");
  hedged.ask();
  hedged.rig.advance(200ms);
  CHECK(hedged.body().empty());
  hedged.rig.net.connected[0]->feed(response(200, "first"));
  hedged.rig.settle();
  CHECK(hedged.body() == "first");
  hedged.end();
}

TEST_CASE("A first request that fails leaves the second in its place") {
  Hedged hedged;
  hedged.rig.answers["/a"].silences = 2;
  hedged.ask();
  hedged.rig.advance(200ms);
  REQUIRE(hedged.rig.net.connected.size() == 2);
  hedged.rig.net.connected[0]->incoming_error = UV_ECONNRESET;
  hedged.rig.settle();
  CHECK(hedged.body().empty());
  hedged.rig.net.connected[1]->feed(response(200, "second"));
  hedged.rig.settle();
  CHECK(hedged.body() == "second");
  hedged.end();
}

TEST_CASE("Nothing that may not be sent twice, or has a body, gets a second request") {
  for (const std::string& request : {post("/a", ""), put("/a", "body")}) {
    Hedged hedged;
    hedged.ask(request);
    hedged.rig.advance(1s);
    CHECK(hedged.rig.seen_requests().size() == 1);
    hedged.end();
  }
}

TEST_CASE("A request whose endpoint a hook has picked gets no second one") {
  Hedged hedged;
  hedged.rig.hooks[SLUICE_ON_BALANCE] = [](Exchange& exchange, const sluice_chunk*) {
    exchange.select_endpoint(1);
    return SLUICE_CONTINUE;
  };
  hedged.ask();
  hedged.rig.advance(1s);
  CHECK(hedged.rig.seen_requests().size() == 1);
  hedged.end();
}

TEST_CASE("A second request that cannot connect, and one whose client leaves, leave nothing behind") {
  Hedged refused;
  refused.ask();
  refused.rig.net.connect_status = UV_ECONNREFUSED;
  refused.rig.advance(200ms);
  refused.rig.net.connected[0]->feed(response(200, "first"));
  refused.rig.settle();
  CHECK(refused.body() == "first");
  refused.end();
  Hedged left;
  left.rig.net.connects_hang = false;
  left.rig.answers["/a"].silences = 2;
  left.ask();
  left.rig.advance(200ms);
  left.client->far->incoming_error = UV_ECONNRESET;
  left.rig.settle();
  left.end();
}

TEST_CASE("The delay follows the percentile of what the upstream has needed") {
  Latencies latencies;
  CHECK(latencies.percentile(95) == 0ms);
  for (int i = 0; i < 95; ++i)
    latencies.note(10'000'000);
  for (int i = 0; i < 5; ++i)
    latencies.note(900'000'000);
  CHECK(latencies.percentile(95) >= 10ms);
  CHECK(latencies.percentile(95) <= 12ms);
  CHECK(latencies.percentile(99) >= 900ms);
  for (std::uint32_t i = 0; i < 20 * Latencies::kMost; ++i)
    latencies.note(1'000'000);
  CHECK(latencies.percentile(99) <= 2ms);
}

}  // namespace
}  // namespace sluice::test
