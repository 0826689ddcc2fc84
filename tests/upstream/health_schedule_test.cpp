// Appointments: times of their own on the loop's timeouts.
#include <catch2/catch_test_macros.hpp>

#include <vector>

#include "upstream/health/schedule.h"
#include "upstream/health_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct Entry {
  Loop& loop;
  std::vector<std::uint64_t> fired;
  Appointment appointment{[](void* self) {
                            auto& entry = *static_cast<Entry*>(self);
                            entry.fired.push_back(entry.loop.now_ms());
                          },
                          this};
};

TEST_CASE("An appointment fires once, never early and two ticks late at most") {
  Loop loop;
  Schedule schedule(loop);
  for (const std::uint64_t wait : {1, 19, 20, 59, 100, 999, 5000, 77777}) {
    Entry entry{loop, {}};
    const auto begin = loop.now_ms();
    entry.appointment.set(schedule, begin + wait);
    pass_time(loop, std::chrono::milliseconds(wait + 200));
    REQUIRE(entry.fired.size() == 1);
    CHECK(entry.fired[0] >= begin + wait);
    CHECK(entry.fired[0] <= begin + wait + 2 * TimeoutList::kTick.count());
  }
}

TEST_CASE("An appointment that is set again fires at the new time only") {
  Loop loop;
  Schedule schedule(loop);
  Entry entry{loop, {}};
  const auto begin = loop.now_ms();
  entry.appointment.set(schedule, begin + 1000);
  entry.appointment.set(schedule, begin + 100);
  pass_time(loop, 60ms);
  entry.appointment.set(schedule, begin + 300);
  pass_time(loop, 2s);
  REQUIRE(entry.fired.size() == 1);
  CHECK(entry.fired[0] >= begin + 300);
  CHECK(entry.fired[0] < begin + 400);
}

TEST_CASE("An appointment that was cancelled or has died does not fire, and others do") {
  Loop loop;
  Schedule schedule(loop);
  Entry cancelled{loop, {}}, stays{loop, {}};
  auto dies = std::make_unique<Entry>(loop);
  cancelled.appointment.set(schedule, loop.now_ms() + 50);
  dies->appointment.set(schedule, loop.now_ms() + 50);
  stays.appointment.set(schedule, loop.now_ms() + 50);
  cancelled.appointment.cancel();
  dies.reset();
  pass_time(loop, 1s);
  CHECK(cancelled.fired.empty());
  CHECK(stays.fired.size() == 1);
}

}  // namespace
}  // namespace sluice::test
