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
