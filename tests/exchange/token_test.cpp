// Tokens given back from other threads: while the exchange waits, after it ended, and while its loop goes away.
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>

#include "support/exchange_rig.h"
#include "support/patience.h"

namespace sluice::test {
namespace {

TEST_CASE("A token given back on another thread lets its exchange go on") {
  ExchangeRig rig;
  rig.answers["/a"].bytes = response(200, "a");
  rig.hooks[SLUICE_ON_REQUEST] = [&rig](Exchange& exchange, const sluice_chunk*) {
    return rig.pause(exchange);
  };
  auto& client = rig.client();
  for (int i = 0; i < 20; ++i) {
    rig.ask(client, get("/a"));
    rig.settle();
    bool alive = false;
    std::jthread([&alive, token = rig.take_token()] { alive = token_resume(token, SLUICE_CONTINUE); }).join();
    CHECK(alive);
    rig.settle();
  }
  CHECK(rig.responses(client).size() == 20);
}

TEST_CASE("A token given back while its exchange ends is told so, in whatever order") {
  for (int i = 0; i < 100; ++i) {
    ExchangeRig rig;
    rig.hooks[SLUICE_ON_REQUEST] = [&rig](Exchange& exchange, const sluice_chunk*) {
      return rig.pause(exchange);
    };
    auto& client = rig.client();
    rig.ask(client, get("/a"));
    rig.settle();
    std::atomic<int> told = 0;
    std::thread other([&told, token = rig.take_token()] {
      token_resume_with(
          token,
          [](sluice_exchange*, void* count) {
            ++*static_cast<std::atomic<int>*>(count);
            return SLUICE_FAIL;
          },
          [](void* count) { ++*static_cast<std::atomic<int>*>(count); }, &told);
    });
    client.far->incoming_error = UV_ECONNRESET;
    rig.settle();
    other.join();
    rig.settle();
    CHECK(told == 1);
  }
}

// In the gateway a worker waits for its tokens (server/worker.h), so that this is what remains when one comes too late.
TEST_CASE("A token given back while its loop goes away is told so on the loop's thread, or refused") {
  for (int i = 0; i < 100; ++i) {
    std::atomic<int> told = 0;
    std::atomic<bool> resumed = false;
    std::thread other;
    {
      ExchangeRig rig;
      rig.hooks[SLUICE_ON_REQUEST] = [&rig](Exchange& exchange, const sluice_chunk*) {
        return rig.pause(exchange);
      };
      rig.ask(rig.client(), get("/a"));
      rig.settle();
      other = std::thread([&told, &resumed, token = rig.take_token()] {
        resumed = token_resume_with(
            token, [](sluice_exchange*, void*) { return SLUICE_CONTINUE; },
            [](void* count) { ++*static_cast<std::atomic<int>*>(count); }, &told);
      });
    }
    other.join();
    CHECK(told <= 1);
    CHECK((told == 1 || !resumed));
  }
}

TEST_CASE("A posted task is run, or refused to its poster, while the loop goes away") {
  for (int i = 0; i < 200; ++i) {
    std::atomic<int> run = 0, taken = 0;
    std::shared_ptr<Mailbox> mailbox;
    std::thread other;
    {
      Loop loop;
      mailbox = loop.mailbox();
      other = std::thread([&] {
        while (mailbox->post([&run] { ++run; }))
          ++taken;
      });
      while (taken == 0)
        std::this_thread::yield();
    }
    other.join();
    CHECK(run == taken);
  }
}

}  // namespace
}  // namespace sluice::test
