// Workers that note at once: what of it happens once, and what is there in the end.
#include <catch2/catch_test_macros.hpp>

#include <barrier>
#include <thread>

#include "upstream/health/ejector.h"
#include "upstream/health_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

constexpr int kWorkers = 4;

// `work(worker)` on all of them at the same time.
template <class Work>
void at_once(Work work) {
  std::barrier start(kWorkers);
  std::vector<std::thread> threads;
  for (int i = 0; i < kWorkers; ++i)
    threads.emplace_back([&start, &work, i] {
      start.arrive_and_wait();
      work(i);
    });
  for (auto& thread : threads)
    thread.join();
}

struct Shared {
  Loop loop;
  HeardBlocks heard;
  Ejector ejector{loop, heard};
  EjectionSettings settings;
  std::shared_ptr<Endpoint> endpoint = endpoint_at("192.0.2.1:80");
  Shared() {
    settings.base_time = 10s;
    ejector.watch({{"app", settings, {endpoint}}});
  }
};

TEST_CASE("Workers that reach the threshold at once eject once") {
  for (int round = 0; round < 100; ++round) {
    Shared shared;
    at_once([&](int) {
      for (int i = 0; i < 3; ++i)
        shared.ejector.note(shared.endpoint, shared.settings, {true, 0, "reset"});
    });
    CHECK(shared.heard.times == 1);
    shared.loop.run_once(false);
    CHECK(shared.ejector.status(*shared.endpoint).ejections == 1);
  }
}

TEST_CASE("Of workers that come to an endpoint on trial one may try") {
  for (int round = 0; round < 100; ++round) {
    auto endpoint = endpoint_at("192.0.2.1:80");
    endpoint->set_trial(true);
    std::atomic<int> entered{0};
    at_once([&](int) { entered += endpoint->enter(0) ? 1 : 0; });
    CHECK(entered == 1);
    CHECK(endpoint->in_flight() == 1);
  }
}

TEST_CASE("Success and failure that end a trial at once leave the endpoint back or ejected, not in between") {
  for (int round = 0; round < 100; ++round) {
    Shared shared;
    for (int i = 0; i < 5; ++i)
      shared.ejector.note(shared.endpoint, shared.settings, {true, 0, "reset"});
    shared.loop.run_once(false);
    shared.loop.advance(shared.settings.base_time + 40ms);
    REQUIRE(shared.endpoint->on_trial());
    at_once([&](int worker) {
      shared.ejector.note(shared.endpoint, shared.settings, {worker % 2 == 0, 1000, "reset"});
    });
    shared.loop.run_once(false);
    const auto status = shared.ejector.status(*shared.endpoint);
    CHECK_FALSE(shared.endpoint->on_trial());
    CHECK_FALSE(status.on_trial);
    CHECK(status.ejected == !shared.endpoint->is_available());
  }
}

TEST_CASE("Workers note while endpoints come and go, and none is left blocked") {
  Shared shared;
  shared.settings.failure_percent = 50;
  std::atomic<int> working{kWorkers};
  std::thread workers([&] {
    at_once([&](int worker) {
      for (int i = 0; i < 20'000; ++i)
        shared.ejector.note(shared.endpoint, shared.settings, {(i + worker) % 7 != 0, 1000, "reset"});
      --working;
    });
  });
  for (bool there = false; working > 0; there = !there) {
    shared.ejector.watch({{"app", shared.settings,
                           there ? std::vector{shared.endpoint} : std::vector<std::shared_ptr<Endpoint>>{}}});
    shared.loop.run_once(false);
    shared.loop.advance(1s);
  }
  workers.join();
  shared.ejector.watch({});
  shared.loop.run_once(false);
  CHECK(shared.endpoint->is_available());
  CHECK_FALSE(shared.endpoint->on_trial());
}

}  // namespace
}  // namespace sluice::test
