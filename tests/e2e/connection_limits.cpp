// How many clients may be connected, in all and to one listener, with several workers that each accept for themselves.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <list>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

// How long what must not happen is given to happen.
constexpr auto kAWhile = 100ms;

std::uint16_t port_behind(const std::string& log, const std::string& mark) {
  return static_cast<std::uint16_t>(std::stoul(log.substr(log.find(mark) + mark.size(), 5)));
}

// Clients that each sent a request; `count` of them at most may have been answered.
struct Crowd {
  Crowd(std::uint16_t port, int size) {
    for (int i = 0; i < size; ++i)
      clients.emplace_back(port).send(get("/" + std::to_string(i)));
  }
  // The first one that has an answer, or the end of the list when there is none within `patience`.
  std::list<Client>::iterator answered(std::chrono::milliseconds patience) {
    auto found = clients.end();
    eventually(
        [&] {
          found = clients.begin();
          while (found != clients.end() && !found->has_input(0ms))
            ++found;
          return found != clients.end();
        },
        patience);
    return found;
  }
  std::list<Client> clients;
};

// One by one each is answered, and never one while the one before is still connected.
void check_one_at_a_time(Crowd& crowd) {
  while (!crowd.clients.empty()) {
    const auto served = crowd.answered(kPatience);
    REQUIRE(served != crowd.clients.end());
    CHECK(served->read_response().status() == 200);
    std::list<Client> connected;
    connected.splice(connected.end(), crowd.clients, served);
    CHECK(crowd.answered(kAWhile) == crowd.clients.end());
  }
}

TEST_CASE(
    "At the limit of all connections accepting waits, and each that closes lets another in, whichever worker has it") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "workers = 4\nmax_connections = 1"));
  Crowd crowd(gateway.port(), 8);
  check_one_at_a_time(crowd);
}

TEST_CASE("The same with one socket for all workers") {
  Origin origin;
  Gateway gateway(
      "workers = 4\nmax_connections = 1\n[[listener]]\naddress = \"127.0.0.1:0\"\nreuse_port = false\n" +
      ("[[upstream]]\nname = \"app\"\nendpoints = [\"" + origin.endpoint()) +
      "\"]\n[[route]]\nupstream = \"app\"\n");
  Crowd crowd(gateway.port(), 4);
  check_one_at_a_time(crowd);
}

TEST_CASE("A listener's limit holds for its workers together, and for that listener alone") {
  Origin origin;
  Gateway gateway(
      "workers = 4\n[[listener]]\naddress = \"127.0.0.1:0\"\nmax_connections = 1\n[[listener]]\naddress = "
      "\"0.0.0.0:0\"\n[[upstream]]\nname = \"app\"\nendpoints = [\"" +
      origin.endpoint() + "\"]\n[[route]]\nupstream = \"app\"\n");
  const std::uint16_t other = port_behind(gateway.log(), "listening on 0.0.0.0:");
  Crowd crowd(gateway.port(), 4);
  std::list<Client> unlimited;
  for (int i = 0; i < 8; ++i)
    CHECK(unlimited.emplace_back(other).exchange(get("/")).status() == 200);
  check_one_at_a_time(crowd);
}

TEST_CASE("A reload that raises the limit lets in those that wait") {
  Origin origin;
  Gateway gateway(proxy_to(origin, "workers = 2\nmax_connections = 1"));
  Crowd crowd(gateway.port(), 6);
  REQUIRE(crowd.answered(kPatience) != crowd.clients.end());
  gateway.reload(proxy_to(origin, "workers = 2\nmax_connections = 100"));
  for (Client& client : crowd.clients)
    REQUIRE(client.read_response().status() == 200);
}

TEST_CASE("A process with few descriptors serves on, whatever wants to connect") {
  Origin origin;
  Command few;
  few.open_files = 64;
  Gateway gateway(proxy_to(origin, "workers = 1\nmax_connections = 1000"), few);
  // Both kinds of ends once before: UBSan's check of a virtual call opens a pipe the first time it meets one, and would take
  // the lack of a descriptor for a bad object.
  CHECK(gateway.once(get("/")).status() == 200);
  gateway.connect().close();
  std::list<Client> crowd;
  for (int i = 0; i < 80; ++i)
    crowd.emplace_back(gateway.port());
  REQUIRE(gateway.process().wait_for_error_text("no connection can be accepted"));
  crowd.clear();
  CHECK(gateway.once(get("/")).status() == 200);
}

TEST_CASE(
    "Without a limit in the file, the limit of open files is one: accepting waits and nothing runs out") {
  Origin origin;
  Command few;
  few.open_files = 300;
  Gateway gateway(proxy_to(origin, "workers = 2"), few);
  Crowd crowd(gateway.port(), 400);
  while (!crowd.clients.empty()) {
    const auto served = crowd.answered(kPatience);
    REQUIRE(served != crowd.clients.end());
    CHECK(served->read_response().status() == 200);
    crowd.clients.erase(served);
  }
  CHECK_FALSE(gateway.log().contains("no connection can be accepted"));
}

}  // namespace
}  // namespace sluice::test
