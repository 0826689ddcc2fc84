// Passive health with a clock that is moved by hand.
#include <catch2/catch_test_macros.hpp>

#include "upstream/health/ejector.h"
#include "upstream/health_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct Rig {
  Loop loop;
  HeardBlocks heard;
  Ejector ejector{loop, heard};
  EjectionSettings settings;
  std::shared_ptr<Endpoint> endpoint = endpoint_at("192.0.2.1:80");
  std::vector<std::shared_ptr<Endpoint>> all{endpoint};

  Rig() {
    settings.consecutive_failures = 3;
    settings.base_time = 10s;
    settings.max_time = 60s;
    settings.window = 5s;
    watch();
  }
  void watch() { ejector.watch({{"app", settings, all}}); }
  // What workers have posted.
  void hear() { loop.run_once(false); }
  void fail(int times = 1) {
    for (int i = 0; i < times; ++i)
      ejector.note(endpoint, settings, {true, 0, "503"});
    hear();
  }
  void succeed() {
    ejector.note(endpoint, settings, {false, 1'000'000, {}});
    hear();
  }
  void wait(std::chrono::milliseconds time) { loop.advance(time); }
  Ejector::Status status() const { return ejector.status(*endpoint); }
  bool blocked() const { return (endpoint->blocks() & block_ejected) != 0; }
  // Ejected, and its time is over.
  void to_trial() {
    fail(static_cast<int>(settings.consecutive_failures));
    wait(settings.base_time + 40ms);
  }
};

constexpr auto kLate = 40ms;  // of an alarm, at most

TEST_CASE("So many failures in a row eject at once, on the thread that noted them") {
  Rig rig;
  rig.ejector.note(rig.endpoint, rig.settings, {true, 0, "503"});
  rig.ejector.note(rig.endpoint, rig.settings, {true, 0, "503"});
  CHECK_FALSE(rig.blocked());
  rig.ejector.note(rig.endpoint, rig.settings, {true, 0, "connect_failed"});
  CHECK(rig.blocked());
  CHECK(rig.heard.times == 1);
  rig.hear();
  CHECK(rig.status().ejected);
  CHECK(rig.status().why == "3 failures in a row, the last: connect_failed");
  CHECK(rig.status().until_ms > 0);
}

TEST_CASE("A success between failures begins the count anew") {
  Rig rig;
  rig.fail(2);
  CHECK(rig.status().consecutive_failures == 2);
  rig.succeed();
  CHECK(rig.status().consecutive_failures == 0);
  rig.fail(2);
  CHECK_FALSE(rig.blocked());
}

TEST_CASE("An ejected endpoint comes on trial when its time is over, not before") {
  Rig rig;
  rig.fail(3);
  rig.wait(rig.settings.base_time - 1ms);
  CHECK(rig.blocked());
  rig.wait(1ms + kLate);
  CHECK_FALSE(rig.blocked());
  CHECK(rig.endpoint->on_trial());
  CHECK(rig.status().on_trial);
  CHECK(rig.status().until_ms == 0);
  CHECK(rig.heard.times == 2);
}

TEST_CASE("A success on trial brings an endpoint back") {
  Rig rig;
  rig.to_trial();
  rig.succeed();
  CHECK_FALSE(rig.endpoint->on_trial());
  CHECK_FALSE(rig.status().on_trial);
  CHECK(rig.endpoint->is_available());
  CHECK(rig.heard.times == 3);
}

TEST_CASE("One failure on trial ejects again, for twice as long, up to the longest time") {
  Rig rig;
  rig.to_trial();
  for (const auto length : {20s, 40s, 60s, 60s}) {
    rig.fail();
    REQUIRE(rig.blocked());
    CHECK(rig.status().why == "failed on trial: 503");
    rig.wait(length - 1ms);
    CHECK(rig.blocked());
    rig.wait(1ms + kLate);
    CHECK_FALSE(rig.blocked());
  }
  CHECK(rig.status().ejections == 5);
}

TEST_CASE("An endpoint on trial without traffic stays on trial, and its back-off as it is") {
  Rig rig;
  rig.to_trial();
  pass_time(rig.loop, 300s);
  CHECK(rig.status().on_trial);
  CHECK(rig.status().ejections == 1);
}

TEST_CASE("The back-off falls by a step for each quiet time, and never below none") {
  Rig rig;
  rig.to_trial();
  rig.fail();
  rig.wait(20s + kLate);
  rig.succeed();
  CHECK(rig.status().ejections == 2);
  rig.wait(rig.settings.base_time - 1ms);
  CHECK(rig.status().ejections == 2);
  rig.wait(1ms);
  CHECK(rig.status().ejections == 1);
  rig.wait(100s);
  CHECK(rig.status().ejections == 0);
  rig.fail(3);
  CHECK(rig.status().ejections == 1);
}

TEST_CASE("An endpoint that flaps is left alone for longer each time") {
  Rig rig;
  rig.to_trial();
  rig.succeed();
  rig.fail(3);
  rig.wait(20s - 1ms);
  CHECK(rig.blocked());
  rig.wait(1ms + kLate);
  rig.succeed();
  rig.fail(3);
  rig.wait(40s - 1ms);
  CHECK(rig.blocked());
}

TEST_CASE("A success that arrives after the ejection does not end it") {
  Rig rig;
  rig.fail(3);
  rig.succeed();
  CHECK(rig.blocked());
  CHECK(rig.status().ejected);
}

TEST_CASE("Failures that arrive after the ejection do not lengthen it") {
  Rig rig;
  rig.fail(30);
  CHECK(rig.heard.times == 1);
  CHECK(rig.status().ejections == 1);
  rig.wait(rig.settings.base_time + kLate);
  CHECK(rig.endpoint->on_trial());
}

TEST_CASE("What began before the trial does not decide it") {
  Rig rig;
  const auto early = uv_hrtime();
  rig.to_trial();
  rig.ejector.note(rig.endpoint, rig.settings, {true, 0, "first_byte_timeout", early});
  rig.ejector.note(rig.endpoint, rig.settings, {false, 1000, {}, early});
  rig.hear();
  CHECK(rig.status().on_trial);
  rig.ejector.note(rig.endpoint, rig.settings, {false, 1000, {}, uv_hrtime()});
  rig.hear();
  CHECK_FALSE(rig.status().on_trial);
}

TEST_CASE("One exchange at a time tries an endpoint, whatever is still there from before") {
  Rig rig;
  rig.endpoint->enter(0);  // a tunnel that lasts
  rig.to_trial();
  CHECK_FALSE(rig.endpoint->is_full(0));
  CHECK(rig.endpoint->enter(0));
  CHECK(rig.endpoint->is_full(0));
  CHECK_FALSE(rig.endpoint->enter(0));
  CHECK(rig.endpoint->in_flight() == 2);
}

TEST_CASE("A trial that ends without an outcome, or does not end, makes room for the next") {
  Rig rig;
  rig.to_trial();
  REQUIRE(rig.endpoint->enter(0));
  rig.endpoint->leave();  // its client has left
  CHECK(rig.endpoint->enter(0));
  rig.wait(rig.settings.base_time + kLate);
  CHECK(rig.endpoint->enter(0));
  CHECK_FALSE(rig.endpoint->enter(0));
}

TEST_CASE("A place on trial that a limit makes unusable is given back") {
  Rig rig;
  rig.endpoint->enter(0);
  rig.to_trial();
  CHECK_FALSE(rig.endpoint->enter(1));
  CHECK(rig.endpoint->enter(2));
}

TEST_CASE("An endpoint that leaves is forgotten, and comes back with a clean slate") {
  Rig rig;
  rig.fail(3);
  rig.all.clear();
  rig.watch();
  CHECK_FALSE(rig.blocked());
  CHECK_FALSE(rig.status().ejected);
  rig.all = {rig.endpoint};
  rig.watch();
  CHECK(rig.status().ejections == 0);
  CHECK(rig.status().consecutive_failures == 0);
  rig.wait(rig.settings.base_time + kLate);
  CHECK_FALSE(rig.endpoint->on_trial());
}

TEST_CASE("A worker that ejects an endpoint which has left does not leave it blocked") {
  Rig rig;
  rig.all.clear();
  rig.watch();
  rig.fail(3);
  CHECK_FALSE(rig.blocked());
  CHECK(rig.heard.times == 2);
}

TEST_CASE("A reload keeps an ejection, and one without ejection ends it") {
  Rig rig;
  rig.fail(3);
  rig.settings.window = 7s;
  rig.watch();
  CHECK(rig.status().ejected);
  rig.settings.consecutive_failures = 0;
  rig.watch();
  CHECK_FALSE(rig.blocked());
  rig.fail(100);
  CHECK_FALSE(rig.blocked());
}

TEST_CASE("A window with too many failures ejects when it ends") {
  Rig rig;
  rig.settings.consecutive_failures = 0;
  rig.settings.failure_percent = 50;
  rig.settings.min_requests = 4;
  rig.watch();
  for (int i = 0; i < 3; ++i) {
    rig.fail();
    rig.succeed();
  }
  CHECK_FALSE(rig.blocked());
  rig.wait(rig.settings.window + kLate);
  CHECK(rig.blocked());
  CHECK(rig.status().why == "50 % of 6 requests failed");
}

TEST_CASE("Each window begins with nothing") {
  Rig rig;
  rig.settings.consecutive_failures = 0;
  rig.settings.failure_percent = 50;
  rig.settings.min_requests = 4;
  rig.watch();
  for (int window = 0; window < 3; ++window) {
    rig.fail(3);
    rig.wait(rig.settings.window + kLate);
  }
  CHECK_FALSE(rig.blocked());
}

TEST_CASE("The slow one of three is ejected, and the time of failures does not count") {
  Rig rig;
  rig.settings.latency_factor = 3;
  rig.settings.min_requests = 2;
  rig.all = {rig.endpoint, endpoint_at("192.0.2.2:80"), endpoint_at("192.0.2.3:80")};
  rig.watch();
  for (auto& endpoint : rig.all)
    for (int i = 0; i < 2; ++i)
      rig.ejector.note(endpoint, rig.settings,
                       {false, endpoint == rig.endpoint ? 400'000'000u : 100'000'000u, {}});
  rig.ejector.note(rig.all[1], rig.settings, {true, 9'000'000'000, "503"});
  rig.wait(rig.settings.window + kLate);
  CHECK(rig.blocked());
  CHECK(rig.all[1]->is_available());
  CHECK(rig.all[2]->is_available());
}

TEST_CASE("What an ejector is told while it dies goes with it") {
  Rig rig;
  {
    Ejector dies(rig.loop, rig.heard);
    dies.watch({{"app", rig.settings, rig.all}});
    for (int i = 0; i < 3; ++i)
      dies.note(rig.endpoint, rig.settings, {true, 0, "503"});
  }
  rig.hear();
  CHECK(rig.blocked());  // nobody was there to count its time
}

}  // namespace
}  // namespace sluice::test
