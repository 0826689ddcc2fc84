// A plugin's own requests: what they ask, how they end, and that nothing is left whatever fails.
#include <catch2/catch_test_macros.hpp>

#include "plugin/host_exchange.h"
#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

sluice_str str(std::string_view text) { return {text.data(), text.size()}; }

// What on_done was told, copied.
struct Heard {
  int status = 0;
  std::string reason, body, endpoint;
  std::uint64_t body_bytes = 0;
  Fields headers;
};

// Exchanges whose on_request makes a callout to "other", and what came of those.
struct Calls {
  ExchangeRig rig;
  sluice_callout_request request{};
  sluice_status started = SLUICE_UNAVAILABLE;
  sluice_worker* worker = nullptr;
  sluice_callout* handle = nullptr;
  std::vector<Heard> heard;
  bool is_starting = false;

  Calls() {
    request.size = sizeof request;
    request.upstream = str("other");
    request.target = str("/side?x=1");
    request.timeout_ms = 5000;
    request.body_limit = 1000;
    rig.answers["/a"].bytes = response(200, "main");
    rig.answers["/side?x=1"].bytes = response(201, "side", "X-Side: 1\r\nKeep-Alive: timeout=60\r\n");
    rig.hooks[SLUICE_ON_REQUEST] = [this](Exchange& exchange, const sluice_chunk*) {
      worker = callout_api().worker(&exchange);
      start();
      return SLUICE_CONTINUE;
    };
  }
  void start() {
    is_starting = true;
    started = callout_api().start(worker, &request, on_done, this, &handle);
    is_starting = false;
  }
  static void on_done(const sluice_callout_result* result, void* user) {
    auto& calls = *static_cast<Calls*>(user);
    if (calls.is_starting) calls.rig.failure = "on_done ran inside start()";
    const auto copy = [](const sluice_str& text) {
      return std::string(text.data != nullptr ? text.data : "", text.size);
    };
    Heard heard{result->status,         copy(result->reason), copy(result->body),
                copy(result->endpoint), result->body_bytes,   {}};
    for (std::size_t i = 0; i < result->header_count; ++i)
      heard.headers.emplace_back(copy(result->names[i]), copy(result->values[i]));
    calls.heard.push_back(std::move(heard));
    calls.handle = nullptr;
  }
  // The request of the client, and the callout with it.
  void ask() {
    rig.ask(rig.client(), get("/a"));
    rig.settle();
  }
  void cancel() {
    Turn turn(rig.event_loop);
    if (handle != nullptr) callout_api().cancel(std::exchange(handle, nullptr));
  }
  void end() {
    rig.finish();
    CHECK_NOTHROW(rig.check());
  }
  // Of the far ends' requests, the one to the callout's target.
  std::optional<SeenRequest> seen() {
    for (auto& one : rig.seen_requests())
      if (one.message.target() == "/side?x=1") return one;
    return {};
  }
};

TEST_CASE("A callout asks another upstream what it was told to, and hears the answer") {
  Calls calls;
  const sluice_str names[] = {str("X-Key")}, values[] = {str("v")};
  calls.request.method = str("POST");
  calls.request.host = str("side.test");
  calls.request.names = names;
  calls.request.values = values;
  calls.request.header_count = 1;
  calls.request.body = str("question");
  calls.ask();
  const auto seen = calls.seen();
  REQUIRE(seen);
  CHECK(seen->message.method() == "POST");
  CHECK(seen->message.header("Host") == "side.test");
  CHECK(seen->message.header("X-Key") == "v");
  CHECK(seen->message.header("Content-Length") == "8");
  CHECK(seen->message.body == "question");
  REQUIRE(calls.heard.size() == 1);
  CHECK(calls.heard[0].status == 201);
  CHECK(calls.heard[0].reason.empty());
  CHECK(calls.heard[0].body == "side");
  CHECK(calls.heard[0].endpoint == "198.51.100.1:80");
  // Fields of the hop are not among them.
  CHECK(calls.heard[0].headers == Fields{{"X-Side", "1"}});
  calls.end();
}

TEST_CASE("Without a method it is a GET without a body, to the endpoint's own name") {
  Calls calls;
  calls.ask();
  const auto seen = calls.seen();
  REQUIRE(seen);
  CHECK(seen->message.method() == "GET");
  CHECK(seen->message.header("Host") == "198.51.100.1:80");
  CHECK_FALSE(seen->message.has("Content-Length"));
  calls.end();
}

TEST_CASE("A callout goes on when its exchange is over, and keeps the plan in use") {
  Calls calls;
  calls.rig.answers["/side?x=1"].silences = 1;
  calls.ask();
  CHECK(calls.rig.logged == 1);
  CHECK(calls.heard.empty());
  CHECK(calls.rig.worker_plan.in_use == 1);
  for (auto* far : calls.rig.net.connected)
    if (far->sent.contains("/side")) far->feed(response(200, "late"));
  calls.rig.settle();
  REQUIRE(calls.heard.size() == 1);
  CHECK(calls.heard[0].body == "late");
  CHECK(calls.rig.worker_plan.in_use == 0);
  calls.end();
}

TEST_CASE("A callout that takes too long ends with its reason") {
  Calls calls;
  calls.rig.answers["/side?x=1"].silences = 1;
  calls.ask();
  calls.rig.advance(4900ms);
  CHECK(calls.heard.empty());
  calls.rig.advance(600ms);
  REQUIRE(calls.heard.size() == 1);
  CHECK(calls.heard[0].reason == "total_timeout");
  calls.end();
}

TEST_CASE("A longer body ends the callout, or is cut, as the request says") {
  for (const bool cut : {false, true}) {
    for (const bool has_length : {false, true}) {
      Calls calls;
      calls.request.body_limit = 3;
      calls.request.cut_body = cut;
      calls.rig.answers["/side?x=1"].bytes =
          has_length ? response(200, "0123456789")
                     : std::string(kChunkedHead) + chunk("01234") + chunk("56789") + std::string(kLastChunk);
      calls.ask();
      REQUIRE(calls.heard.size() == 1);
      CHECK(calls.heard[0].status == 200);
      CHECK(calls.heard[0].reason == (cut ? "" : "upstream_body_too_large"));
      if (cut) CHECK(calls.heard[0].body == "012");
      if (cut) CHECK(calls.heard[0].body_bytes == 10);
      calls.end();
    }
  }
}

TEST_CASE("A request that the contract does not allow is refused, and nothing is sent") {
  Calls calls;
  const sluice_str value[] = {str("1")};
  const auto refused = [&](auto change) {
    const auto good = calls.request;
    change(calls.request);
    calls.start();
    calls.request = good;
    return calls.started;
  };
  const auto refused_field = [&](const char* name) {
    const sluice_str names[] = {str(name)};
    return refused([&](auto& to) { to.names = names, to.values = value, to.header_count = 1; });
  };
  calls.rig.hooks[SLUICE_ON_REQUEST] = [&](Exchange& exchange, const sluice_chunk*) {
    calls.worker = callout_api().worker(&exchange);
    CHECK(refused([](auto& to) { to.upstream = str("none"); }) == SLUICE_NOT_FOUND);
    CHECK(refused([](auto& to) { to.method = str("CONNECT"); }) == SLUICE_INVALID);
    CHECK(refused([](auto& to) { to.method = str("G T"); }) == SLUICE_INVALID);
    for (const char* target : {"", "a", "*", "/a b", "/a#b", "/\x7f", "/\xc3\xa4", "/a\r\nX: 1"})
      CHECK(refused([&](auto& to) { to.target = str(target); }) == SLUICE_INVALID);
    CHECK(refused([](auto& to) { to.host = str("a b"); }) == SLUICE_INVALID);
    CHECK(refused([](auto& to) { to.timeout_ms = 0; }) == SLUICE_INVALID);
    CHECK(refused([](auto& to) { to.timeout_ms = SLUICE_CALLOUT_TIMEOUT_MOST + 1; }) == SLUICE_TOO_LARGE);
    CHECK(refused([](auto& to) { to.body_limit = SLUICE_CALLOUT_BODY_MOST + 1; }) == SLUICE_TOO_LARGE);
    for (const char* name :
         {"Content-Length", "transfer-encoding", "Connection", "Host", "Expect", "TE", "Upgrade", "X: Y", ""})
      CHECK(refused_field(name) == SLUICE_INVALID);
    return SLUICE_CONTINUE;
  };
  calls.ask();
  CHECK(calls.rig.seen_requests().size() == 1);
  CHECK(calls.heard.empty());
  calls.end();
}

TEST_CASE("Over the limit nothing is queued") {
  Calls calls;
  calls.rig.net.connects_hang = true;
  calls.rig.hooks[SLUICE_ON_REQUEST] = [&](Exchange& exchange, const sluice_chunk*) {
    calls.worker = callout_api().worker(&exchange);
    for (int i = 0; i < SLUICE_CALLOUT_MOST; ++i)
      calls.start();
    CHECK(calls.started == SLUICE_OK);
    calls.start();
    CHECK(calls.started == SLUICE_TOO_LARGE);
    return SLUICE_CONTINUE;
  };
  calls.ask();
  calls.rig.stop_now();
  CHECK(calls.heard.size() == SLUICE_CALLOUT_MOST);
  calls.end();
}

TEST_CASE("A dead pooled connection is replaced once, but never for what may not be sent twice") {
  for (const bool twice : {true, false}) {
    Calls calls;
    calls.request.method = str(twice ? "GET" : "POST");
    calls.ask();
    REQUIRE(calls.heard.size() == 1);
    calls.rig.answers["/side?x=1"].breaks = 1;
    calls.ask();
    REQUIRE(calls.heard.size() == 2);
    CHECK(calls.heard[1].reason == (twice ? "" : "upstream_reset"));
    calls.end();
  }
}

TEST_CASE("A full endpoint and one that refuses come to on_done with their reasons") {
  Calls full;
  full.request.upstream = str("app");
  full.rig.max_in_flight = 1;
  full.rig.answers["/a"].silences = 1;
  full.rig.hooks[SLUICE_ON_UPSTREAM_REQUEST] = std::exchange(full.rig.hooks[SLUICE_ON_REQUEST], nullptr);
  full.ask();
  REQUIRE(full.heard.size() == 1);
  CHECK(full.heard[0].reason == "overloaded");
  full.end();

  Calls refused;
  refused.rig.net.connects_refused = 1;
  refused.ask();
  REQUIRE(refused.heard.size() == 1);
  CHECK(refused.heard[0].reason == "connect_failed");
  CHECK(refused.heard[0].status == 0);
  refused.end();

  Calls unknown;
  unknown.request.upstream = str("app");
  unknown.rig.endpoints_resolve = false;
  unknown.ask();
  REQUIRE(unknown.heard.size() == 1);
  CHECK(unknown.heard[0].reason == "no_address");
  unknown.end();
}

TEST_CASE("on_done may begin another callout, which never gets a connection that is being read") {
  Calls calls;
  int rounds = 0;
  struct Chain {
    Calls* calls;
    int* rounds;
  } chain{&calls, &rounds};
  const auto again = [](const sluice_callout_result* result, void* user) {
    auto& at = *static_cast<Chain*>(user);
    CHECK(result->status == 201);
    if (++*at.rounds < 4)
      callout_api().start(
          at.calls->worker, &at.calls->request,
          [](const sluice_callout_result* last, void* to) {
            CHECK(last->status == 201);
            ++*static_cast<Chain*>(to)->rounds;
          },
          user, nullptr);
  };
  calls.rig.hooks[SLUICE_ON_REQUEST] = [&](Exchange& exchange, const sluice_chunk*) {
    calls.worker = callout_api().worker(&exchange);
    callout_api().start(calls.worker, &calls.request, again, &chain, nullptr);
    return SLUICE_CONTINUE;
  };
  calls.ask();
  CHECK(rounds == 2);
  calls.end();
}

TEST_CASE("The worker's end tells each callout, and no other begins") {
  Calls calls;
  calls.rig.answers["/side?x=1"].silences = 1;
  calls.ask();
  calls.rig.stop_now();
  REQUIRE(calls.heard.size() == 1);
  CHECK(calls.heard[0].reason == "draining");
  Turn turn(calls.rig.event_loop);
  calls.start();
  CHECK(calls.started == SLUICE_ENDED);
}

struct NoEvents final : UpstreamEvents {
  void on_blocks(const std::shared_ptr<Endpoint>&) override {}
};

TEST_CASE("How callouts end is told to those who judge endpoints") {
  struct Ending {
    std::function<void(Calls&)> set_up;
    std::uint32_t failures;
  };
  const Ending endings[] = {
      {[](Calls&) {}, 0},
      {[](Calls& calls) { calls.rig.answers["/side?x=1"].bytes = response(500, "no"); }, 1},
      {[](Calls& calls) { calls.rig.answers["/side?x=1"].bytes = response(501, "no"); }, 0},
      {[](Calls& calls) { calls.rig.net.connects_refused = 1; }, 1},
      {[](Calls& calls) { calls.rig.answers["/side?x=1"].breaks = 1; }, 1},
      {[](Calls& calls) { calls.rig.answers["/side?x=1"].silences = 1; }, 1},
      {[](Calls& calls) { calls.request.body_limit = 1; }, 0},
  };
  for (const auto& ending : endings) {
    Calls calls;
    NoEvents events;
    Ejector ejector(calls.rig.event_loop, events);
    calls.rig.judge = &ejector;
    ending.set_up(calls);
    calls.ask();
    calls.rig.advance(6s);
    REQUIRE(calls.heard.size() == 1);
    const auto& endpoint = *calls.rig.plan->groups[1]->set()->members()[0].endpoint;
    CHECK(endpoint.outcomes().failures_in_row == ending.failures);
    calls.end();
    calls.rig.judge = nullptr;
  }
}

// Runs one callout beside one exchange with `disturb` at each step in turn.
void sweep(const std::function<void(Calls&, int)>& disturb, const std::function<bool(Calls&)>& has_happened,
           bool may_be_silent) {
  for (const bool reuses : {false, true}) {
    for (int at = 1;; ++at) {
      REQUIRE(at < 1000);
      Calls calls;
      calls.request.body = str("question");
      if (reuses) calls.ask();
      const auto before = calls.heard.size();
      disturb(calls, at);
      calls.ask();
      const bool happened = has_happened(calls);
      calls.rig.finish();
      INFO("at " << at << ", reuses " << reuses);
      REQUIRE_NOTHROW(calls.rig.check());
      const auto told = calls.heard.size() - before;
      REQUIRE(told <= 1);
      // An exchange that broke before its hooks made no callout.
      if (!may_be_silent && calls.started == SLUICE_OK && calls.rig.begun > (reuses ? 1 : 0))
        REQUIRE(calls.handle == nullptr);
      if (happened) continue;
      REQUIRE(told == 1);
      break;
    }
  }
}

TEST_CASE("Whatever I/O fails, and how, each callout ends once and nothing is left") {
  for (const auto how : {Fault::reset, Fault::close, Fault::stall})
    sweep([how](Calls& calls, int at) { calls.rig.net.fail_nth(at, how); },
          [](Calls& calls) { return calls.rig.net.has_failed(); }, false);
}

TEST_CASE("Cancelled at any step, a callout is silent and nothing is left") {
  sweep([](Calls& calls, int at) { calls.rig.interrupt(at, [&calls] { calls.cancel(); }); },
        [](Calls& calls) { return calls.rig.has_interrupted(); }, true);
}

TEST_CASE("When the worker ends at any step, each callout has been told and nothing is left") {
  sweep([](Calls& calls, int at) { calls.rig.interrupt(at, [&calls] { calls.rig.stop_now(); }); },
        [](Calls& calls) { return calls.rig.has_interrupted(); }, false);
}

TEST_CASE("When time passes at any step, each callout has been told and nothing is left") {
  sweep(
      [](Calls& calls, int at) {
        calls.rig.interrupt(at, [&calls] { calls.rig.event_loop.advance(std::chrono::hours(1)); });
      },
      [](Calls& calls) { return calls.rig.has_interrupted(); }, false);
}

}  // namespace
}  // namespace sluice::test
