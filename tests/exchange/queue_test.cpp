// Waiting for an endpoint with room.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

// One endpoint with room for one exchange, which has it.
struct Full {
  ExchangeRig rig;
  ExchangeRig::Client* busy;
  explicit Full(std::uint32_t queue_max) {
    rig.max_in_flight = 1;
    rig.group.queue.max = queue_max;
    rig.group.queue.timeout = 1s;
    rig.answers["/slow"].silences = 1;
    rig.answers["/a"].bytes = response(200, "a");
    busy = &rig.client();
    rig.ask(*busy, get("/slow"));
    rig.settle();
  }
  ExchangeRig::Client& ask() {
    auto& client = rig.client();
    rig.ask(client, get("/a"));
    rig.settle();
    return client;
  }
  void leave() {
    rig.net.connected[0]->feed(response(200, "slow"));
    rig.settle();
  }
};

TEST_CASE("Without a queue an exchange that finds all full is 503") {
  Full full(0);
  auto& client = full.ask();
  CHECK(full.rig.responses(client)[0].message.status() == 503);
  CHECK(full.rig.reasons == std::vector<std::string>{"overloaded"});
}

TEST_CASE("Those that wait are served in the order in which they came") {
  Full full(8);
  auto& first = full.ask();
  auto& second = full.ask();
  CHECK(full.rig.seen_requests().size() == 1);
  full.leave();
  CHECK(full.rig.responses(first).size() == 1);
  CHECK(full.rig.responses(second).size() == 1);
  CHECK(full.rig.seen_requests().size() == 3);
  full.rig.finish();
  CHECK_NOTHROW(full.rig.check());
}

TEST_CASE("A full queue refuses, and a wait that is over is 503") {
  Full full(1);
  auto& waits = full.ask();
  auto& refused = full.ask();
  CHECK(full.rig.responses(refused)[0].message.status() == 503);
  full.rig.advance(2s);
  CHECK(full.rig.responses(waits)[0].message.status() == 503);
  CHECK(full.rig.reasons == std::vector<std::string>{"overloaded", "queue_timeout"});
}

TEST_CASE("A client that leaves the queue gives its turn to the next") {
  Full full(8);
  auto& gone = full.ask();
  auto& next = full.ask();
  gone.far->incoming_error = UV_ECONNRESET;
  full.rig.settle();
  full.leave();
  CHECK(full.rig.responses(next).size() == 1);
  full.rig.finish();
  CHECK_NOTHROW(full.rig.check());
}

TEST_CASE("A queue tells one ticket for each room, and drops what has left") {
  Loop loop;
  Queue queue;
  std::vector<int> told;
  struct Owner {
    std::vector<int>& told;
    int name;
  };
  std::vector<Owner> owners{{told, 0}, {told, 1}, {told, 2}};
  std::vector<std::shared_ptr<QueueTicket>> tickets;
  for (auto& owner : owners)
    tickets.push_back(std::make_shared<QueueTicket>(
        loop.mailbox(),
        [](void* of) { static_cast<Owner*>(of)->told.push_back(static_cast<Owner*>(of)->name); }, &owner));
  for (auto& ticket : tickets)
    CHECK(queue.push(ticket, 3) == (ticket == tickets[0] ? Queue::Place::first : Queue::Place::behind));
  CHECK(queue.push(tickets[0], 3) == Queue::Place::none);
  CHECK(queue.remove(*tickets[1]));
  queue.room();
  loop.run_once(false);
  CHECK(told == std::vector{0});
  queue.push_front(tickets[0]);
  queue.room_for_all();
  tickets[2]->owner = nullptr;
  loop.run_once(false);
  CHECK(told == std::vector{0, 0});
  CHECK(queue.size() == 0);
}

}  // namespace
}  // namespace sluice::test
