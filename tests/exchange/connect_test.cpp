// on_connect: an exchange of a connection that has no request yet.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

// What on_connect said: 1 accepted, 0 refused, -1 not yet.
struct Connecting {
  explicit Connecting(HookScript::Fn hook) {
    rig.hooks[SLUICE_ON_CONNECT] = std::move(hook);
    rig.client();  // sets the rig up
    Turn turn(rig.event_loop);
    exchange = new Exchange(rig, rig.worker_plan, 0, {*Address::parse("192.0.2.7:1"), 1}, 0, nullptr);
    rig.exchanges.insert(exchange);
    exchange->run_on_connect(
        std::chrono::milliseconds(0),
        [](void* arg, bool accepted) { *static_cast<int*>(arg) = accepted ? 1 : 0; }, &said);
  }
  ExchangeRig rig;
  Exchange* exchange = nullptr;
  int said = -1;
};

TEST_CASE("on_connect lets in, or refuses by RESPOND and by FAIL") {
  const std::pair<sluice_verdict, int> cases[] = {
      {SLUICE_CONTINUE, 1}, {SLUICE_RESPOND, 0}, {SLUICE_FAIL, 0}};
  for (auto [verdict, said] : cases) {
    Connecting connecting([verdict](Exchange&, const sluice_chunk*) { return verdict; });
    CHECK(connecting.said == said);
    CHECK(connecting.rig.exchanges.empty());
    CHECK(connecting.rig.logged == 0);
  }
}

TEST_CASE("on_connect may wait, and its verdict counts when it comes") {
  for (auto verdict : {SLUICE_CONTINUE, SLUICE_RESPOND, SLUICE_FAIL}) {
    ExchangeRig* rig = nullptr;
    Connecting connecting([&rig](Exchange& exchange, const sluice_chunk*) {
      rig = static_cast<ExchangeRig*>(&exchange.home());
      return rig->pause(exchange);
    });
    CHECK(connecting.said == -1);
    token_resume(rig->take_token(), verdict);
    rig->settle();
    CHECK(connecting.said == (verdict == SLUICE_CONTINUE ? 1 : 0));
    CHECK(rig->exchanges.empty());
  }
}

TEST_CASE("A worker that stops while on_connect waits says nothing more") {
  Connecting connecting([](Exchange& exchange, const sluice_chunk*) {
    return static_cast<ExchangeRig&>(exchange.home()).pause(exchange);
  });
  connecting.rig.stop_now();
  token_resume(connecting.rig.take_token(), SLUICE_CONTINUE);
  connecting.rig.settle();
  CHECK(connecting.said == -1);
  CHECK(connecting.rig.exchanges.empty());
}

}  // namespace
}  // namespace sluice::test
