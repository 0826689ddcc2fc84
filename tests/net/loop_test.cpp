// Turns, timeouts and what is posted.
#include "net/loop.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct Writer final : Flushable {
  explicit Writer(std::string& shared) : log(shared) {}
  void flush() override { log += "flush;"; }
  std::string& log;
};

struct Alarm {
  Timeout timeout{[](void* self) { ++static_cast<Alarm*>(self)->rung; }, this};
  int rung = 0;
};

TEST_CASE("Output is flushed once at the end of the outermost turn, before deferred work") {
  Loop loop;
  std::string log;
  Writer writer(log);
  {
    Turn outer(loop);
    {
      Turn inner(loop);
      loop.defer([](void* text) { *static_cast<std::string*>(text) += "deferred;"; }, &log);
      loop.flush_later(writer);
      loop.flush_later(writer);
    }
    CHECK(log.empty());
  }
  CHECK(log == "flush;deferred;");
}

TEST_CASE("What dies before the flush is not flushed") {
  Loop loop;
  std::string log;
  {
    Turn turn(loop);
    Writer writer(log);
    loop.flush_later(writer);
  }
  CHECK(log.empty());
}

TEST_CASE("A timeout fires when its time is over, once, and never early") {
  Loop loop;
  Alarm alarm;
  alarm.timeout.arm(loop.timeouts(1s));
  loop.advance(999ms - TimeoutList::kTick);
  CHECK(alarm.rung == 0);
  loop.advance(1s);
  loop.advance(10s);
  CHECK(alarm.rung == 1);
  CHECK_FALSE(alarm.timeout.armed());
}

TEST_CASE("Arming again starts the time anew, cancelling ends it") {
  Loop loop;
  Alarm again, cancelled;
  again.timeout.arm(loop.timeouts(1s));
  cancelled.timeout.arm(loop.timeouts(1s));
  loop.advance(600ms);
  again.timeout.arm(loop.timeouts(1s));
  cancelled.timeout.cancel();
  loop.advance(600ms);
  CHECK(again.rung == 0);
  loop.advance(600ms);
  CHECK(again.rung == 1);
  CHECK(cancelled.rung == 0);
}

TEST_CASE("A timeout may end another that is due with it") {
  Loop loop;
  struct Pair {
    Timeout first{[](void* self) { static_cast<Pair*>(self)->second.cancel(); }, this};
    Timeout second{[](void* self) { static_cast<Pair*>(self)->fired = true; }, this};
    bool fired = false;
  } pair;
  pair.first.arm(loop.timeouts(1s));
  pair.second.arm(loop.timeouts(1s));
  loop.advance(2s);
  CHECK_FALSE(pair.fired);
}

TEST_CASE("A posted task runs in a turn of the loop; after the loop, posting is refused") {
  std::shared_ptr<Mailbox> mailbox;
  {
    Loop loop;
    mailbox = loop.mailbox();
    int depth = 0;
    loop.post([&] { depth = loop.depth(); });
    loop.run_once(false);
    CHECK(depth == 1);
  }
  CHECK_FALSE(mailbox->post([] {}));
}

}  // namespace
}  // namespace sluice::test
