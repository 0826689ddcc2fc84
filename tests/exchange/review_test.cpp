// What a review of upstreams found: each case failed once.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"
#include "upstream/endpoint_set.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE(
    "A hook's pick goes to a full endpoint all the same, and who waits gets the room that comes elsewhere") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.max_in_flight = 1;
  rig.group.queue.max = 8;
  rig.group.queue.timeout = 10s;
  rig.answers["/slow"].silences = 2;
  rig.answers["/a"].bytes = response(200, "a");
  bool pick_first = false;
  rig.hooks[SLUICE_ON_BALANCE] = [&](Exchange& exchange, const sluice_chunk*) {
    if (pick_first) exchange.select_endpoint(0);
    return SLUICE_CONTINUE;
  };
  rig.ask(rig.client(), get("/slow"));
  rig.settle();
  rig.ask(rig.client(), get("/slow"));
  rig.settle();
  pick_first = true;
  auto& sticky = rig.client();
  rig.ask(sticky, get("/a"));
  rig.settle();
  CHECK(rig.responses(sticky).size() == 1);
  pick_first = false;
  auto& any = rig.client();
  rig.ask(any, get("/a"));
  rig.settle();
  const auto second = rig.plan->groups[0]->set()->members()[1].endpoint->text();
  for (auto* far : rig.net.connected)
    if (far->remote().text() == second) far->feed(response(200, "slow"));
  rig.settle();
  CHECK(rig.plan->groups[0]->set()->members()[1].endpoint->in_flight() == 0);
  CHECK(rig.responses(any).size() == 1);
}

TEST_CASE("An upstream of one endpoint serves while that is on trial") {
  ExchangeRig rig;
  rig.answers["/slow"].silences = 1;
  rig.answers["/a"].bytes = response(200, "a");
  auto& first = rig.client();
  rig.ask(first, get("/a"));
  rig.settle();
  rig.plan->groups[0]->set()->members()[0].endpoint->set_trial(true);
  rig.ask(rig.client(), get("/slow"));
  rig.settle();
  auto& other = rig.client();
  rig.ask(other, get("/a"));
  rig.settle();
  REQUIRE(rig.responses(other).size() == 1);
  CHECK(rig.responses(other)[0].message.status() == 200);
}

TEST_CASE("A hedge that was never sent costs the first request no attempt") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.group.hedge.delay = 100ms;
  rig.group.retry.attempts = 2;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/a"].silences = 1;
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  rig.net.connects_hang = true;
  rig.advance(200ms);
  rig.net.connects_hang = false;
  rig.net.connected[0]->incoming_error = UV_ECONNRESET;
  rig.settle();
  rig.advance(1s);
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.status() == 200);
}

TEST_CASE("A pool whose endpoint is wanted again keeps connections again") {
  ExchangeRig rig;
  rig.answers["/slow"].silences = 1;
  rig.answers["/a"].bytes = response(200, "a");
  auto& client = rig.client();
  rig.ask(client, get("/slow"));
  rig.settle();
  {
    Turn turn(rig.event_loop);
    rig.pool_table->keep_only({});  // a reload while the new source has not found it yet
  }
  rig.net.connected[0]->feed(response(200, "slow"));
  rig.settle();
  rig.ask(client, get("/a"));
  rig.settle();
  rig.ask(client, get("/a"));
  rig.settle();
  rig.ask(client, get("/a"));
  rig.settle();
  CHECK(rig.responses(client).size() == 4);
  CHECK(rig.net.connected.size() <= 2);
}

}  // namespace
}  // namespace sluice::test
