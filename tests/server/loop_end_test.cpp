// The end of a loop: what was posted to it, its timers, and tokens that come back after it.
#include <catch2/catch_test_macros.hpp>

#include <memory>

#include "exchange/token.h"
#include "net/loop.h"
#include "net/timer.h"

using namespace sluice;

TEST_CASE("a task that a mailbox has taken is run, also one that came while the loop was ending") {
  bool was_taken = false, has_run = false;
  {
    Loop loop;
    loop.post([&, mailbox = loop.mailbox()] { was_taken = mailbox->post([&] { has_run = true; }); });
  }
  CHECK(was_taken);
  CHECK(has_run);
}

TEST_CASE("a mailbox whose loop is gone takes nothing") {
  auto loop = std::make_unique<Loop>();
  auto mailbox = loop->mailbox();
  loop.reset();
  CHECK_FALSE(mailbox->post([] {}));
}

TEST_CASE("a token that comes back after its worker's end runs nothing on the caller's thread") {
  auto loop = std::make_unique<Loop>();
  auto* token = new sluice_token;
  token->mailbox = loop->mailbox();
  token->loop = loop.get();
  token->references = 1;  // the exchange has let go
  loop.reset();
  bool is_told = false;
  CHECK_FALSE(
      token_resume_with(token, nullptr, [](void* told) { *static_cast<bool*>(told) = true; }, &is_told));
  CHECK_FALSE(is_told);
}

TEST_CASE("a list's timers are cancelled together, and those that fired or were cancelled are not in it") {
  Loop loop;
  TimerList list;
  int fired = 0;
  auto count = [](void* number) {
    ++*static_cast<int*>(number);
  };
  Timer::start(loop, 0, count, &fired, &list);
  while (fired == 0)
    loop.run_once(true);
  CHECK(list.empty());
  auto* first = Timer::start(loop, 0, count, &fired, &list);
  Timer::start(loop, 0, count, &fired, &list);
  auto* third = Timer::start(loop, 3'600'000, count, &fired, &list);
  first->cancel();
  third->cancel();
  CHECK_FALSE(list.empty());
  list.cancel_all();
  CHECK(list.empty());
  while (loop.run_once(false)) {}
  CHECK(fired == 1);
}
