// Tunnels, back-pressure in them and the times that go with it.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

ExchangeRig::Client& open_tunnel(ExchangeRig& rig) {
  rig.answers["/ws"] = {.bytes = std::string(kSwitch), .at_head = true, .echo = true};
  auto& client = rig.client();
  rig.ask(client, get("/ws", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
  rig.settle();
  return client;
}

TEST_CASE("A tunnel may be silent for as long as it is allowed, after a burst that the client took slowly") {
  ExchangeRig rig;
  auto& client = open_tunnel(rig);
  client.far->room = 1000;
  client.far->feed(pattern(200'000));
  rig.settle();
  client.far->room = std::string::npos;
  rig.settle();
  rig.advance(rig.policy.tunnel - 1min);
  CHECK_FALSE(client.far->is_closed);
  rig.advance(2min);
  CHECK(client.far->is_closed);
}

TEST_CASE(
    "A tunnel may be silent for as long as it is allowed, after a burst that the upstream took slowly") {
  ExchangeRig rig;
  auto& client = open_tunnel(rig);
  rig.net.connected[0]->room = 1000;
  client.far->feed(pattern(200'000));
  rig.settle();
  rig.net.connected[0]->room = std::string::npos;
  rig.settle();
  rig.advance(rig.policy.tunnel - 1min);
  CHECK_FALSE(client.far->is_closed);
}

TEST_CASE("A client that takes nothing is given up although the upstream takes what it is sent") {
  ExchangeRig rig;
  auto& client = open_tunnel(rig);
  client.far->room = 1000;
  rig.net.connected[0]->room = 100'000;
  client.far->feed(pattern(200'000));
  rig.settle();
  rig.net.connected[0]->room = std::string::npos;
  rig.settle();
  rig.advance(rig.policy.send + 1s);
  CHECK(client.far->is_closed);
}

TEST_CASE("A client that had closed its side before the switch ends its half of the tunnel") {
  ExchangeRig rig;
  rig.answers["/ws"] = {.bytes = "", .at_head = true, .echo = true};
  auto& client = rig.client();
  rig.ask(client, get("/ws", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
  client.far->incoming_end = true;
  rig.settle();
  rig.net.connected[0]->feed(kSwitch);
  rig.settle();
  CHECK(rig.net.connected[0]->fin_sent);
}

}  // namespace
}  // namespace sluice::test
