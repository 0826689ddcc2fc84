// Active checks over fake connections and with a clock that is moved by hand.
#include <catch2/catch_test_macros.hpp>

#include "support/http_text.h"
#include "upstream/health/prober.h"
#include "upstream/health_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using State = Prober::Status::State;

struct Rig {
  Loop loop;
  FakeNet net{loop};
  HeardBlocks heard;
  Prober prober{loop, heard, net.connector()};
  CheckSettings check;
  std::shared_ptr<Endpoint> endpoint = endpoint_at("192.0.2.1:80", "app.internal:80");

  Rig() {
    check.kind = CheckSettings::Kind::http;
    check.interval = 5s;
    check.timeout = 2s;
  }
  void watch() { prober.watch({{endpoint, check}}); }
  // Until the next check has connected; the far end.
  FakeTransport& next() {
    const auto before = net.connected.size();
    for (int i = 0; i < 1000 && net.connected.size() == before; ++i)
      pass_time(loop, 20ms);
    REQUIRE(net.connected.size() > before);
    net.settle();
    return *net.connected.back();
  }
  void answer(std::string_view bytes) {
    auto& far = next();
    far.feed(bytes);
    net.settle();
  }
  void pass(int times = 1) {
    while (times-- > 0)
      answer(response(200, "ok"));
  }
  void fail(int times = 1) {
    while (times-- > 0)
      answer(response(503, "no"));
  }
  Prober::Status status() const { return prober.status(*endpoint); }
};

TEST_CASE("A new endpoint is warming, is asked within 100 ms, and is up with its first pass") {
  for (int round = 0; round < 20; ++round) {
    Rig rig;
    rig.watch();
    CHECK(rig.endpoint->blocks() == block_warming);
    CHECK(rig.status().state == State::warming);
    pass_time(rig.loop, 100ms);
    REQUIRE(rig.net.connected.size() == 1);
    rig.net.settle();
    rig.net.connected[0]->feed(response(200, "ok"));
    rig.net.settle();
    CHECK(rig.status().state == State::up);
    CHECK(rig.endpoint->is_available());
    CHECK(rig.heard.times == 2);
    CHECK(rig.net.alive() == 0);
  }
}

TEST_CASE("A request says who asks, for what, and that the connection ends") {
  Rig rig;
  rig.check.path = "/health?deep=1";
  rig.watch();
  CHECK(rig.next().sent ==
        "GET /health?deep=1 HTTP/1.1\r\nHost: app.internal:80\r\nUser-Agent: sluice-check\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n");
}

TEST_CASE("Method, Host and port are as configured") {
  Rig rig;
  rig.check.method = "POST";
  rig.check.host = "check.example";
  rig.check.port = 9000;
  rig.watch();
  auto& far = rig.next();
  CHECK(far.sent.starts_with("POST / HTTP/1.1\r\nHost: check.example\r\n"));
  CHECK(far.sent.find("Content-Length: 0\r\n") != std::string::npos);
  CHECK(far.remote().text() == "192.0.2.1:9000");
}

TEST_CASE("A warming endpoint fails only after as many failures as one that was up") {
  Rig rig;
  rig.watch();
  rig.fail(2);
  CHECK(rig.endpoint->blocks() == block_warming);
  rig.fail();
  CHECK(rig.endpoint->blocks() == block_failing);
  CHECK(rig.status().state == State::failing);
  CHECK(rig.status().last == "503, not 200-399");
}

TEST_CASE("An endpoint falls after `fall` failures in a row and rises after `rise` passes in a row") {
  Rig rig;
  rig.watch();
  rig.pass();
  rig.fail(2);
  rig.pass();
  rig.fail(2);
  CHECK(rig.endpoint->is_available());
  rig.fail();
  CHECK(rig.endpoint->blocks() == block_failing);
  rig.pass();
  rig.fail();
  rig.pass();
  CHECK(rig.endpoint->blocks() == block_failing);
  rig.pass();
  CHECK(rig.endpoint->is_available());
  CHECK(rig.status().passes == 2);
  CHECK(rig.status().changed_at_ms > 0);
}

TEST_CASE("Statuses pass by their ranges, both ends in") {
  for (const auto& [status, passes] :
       {std::pair{199, false}, {200, true}, {204, true}, {205, false}, {404, true}}) {
    Rig rig;
    rig.check.status = {{200, 204}, {404, 404}};
    rig.watch();
    rig.answer("HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 0\r\n\r\n");
    if (status == 199) rig.net.connected.back()->incoming_end = true;  // interim: the answer is still to come
    rig.net.settle();
    CHECK((rig.status().passes == 1) == passes);
    CHECK((rig.status().failures == 1) == !passes);
  }
}

TEST_CASE("A text is found in the body however it is cut") {
  for (std::size_t cut = 1; cut < 12; ++cut) {
    Rig rig;
    rig.check.body_contains = "ready";
    rig.net.cut = cut;
    rig.watch();
    rig.answer(response(200, "rereaready!"));
    CHECK(rig.status().passes == 1);
  }
}

TEST_CASE("A body without the text fails when it has ended") {
  Rig rig;
  rig.check.body_contains = "ready";
  rig.watch();
  rig.answer(response(200, "read"));
  CHECK(rig.status().failures == 1);
  CHECK(rig.status().last == "200, but the body lacks \"ready\"");
}

TEST_CASE("A text is looked for in 64 KiB and no further") {
  for (const bool fits : {true, false}) {
    Rig rig;
    rig.check.body_contains = "ready";
    rig.watch();
    rig.answer(
        response(200, std::string(64 * 1024 - (fits ? 5 : 4), '.') + "ready" + std::string(9000, '.')));
    CHECK(rig.status().passes == (fits ? 1 : 0));
    CHECK(rig.net.alive() == 0);
  }
}

TEST_CASE("What is no response fails with what was wrong") {
  for (const auto& [bytes, ends, reason] : {std::tuple{"", true, "closed before a response"},
                                            {"SSH-2.0-x\r\n", false, ""},
                                            {"HTTP/1.1 20", true, ""}}) {
    Rig rig;
    rig.watch();
    auto& far = rig.next();
    if (*bytes != '\0') far.feed(bytes);
    far.incoming_end = ends;
    rig.net.settle();
    CHECK(rig.status().failures == 1);
    CHECK_FALSE(rig.status().last.empty());
    if (*reason != '\0') CHECK(rig.status().last == reason);
  }
}

TEST_CASE("A refused connection and a reset fail") {
  Rig rig;
  rig.net.connects_refused = 1;
  rig.watch();
  rig.next();
  CHECK(rig.status().last == "connect: connection refused");
  rig.next().incoming_error = UV_ECONNRESET;
  rig.net.settle();
  CHECK(rig.status().last == "broken: connection reset by peer");
  CHECK(rig.status().failures == 2);
}

TEST_CASE("A check as a whole takes no longer than its timeout, and says how far it came") {
  for (const bool connects : {true, false}) {
    Rig rig;
    rig.net.connects_hang = !connects;
    rig.watch();
    auto& far = rig.next();
    pass_time(rig.loop, rig.check.timeout - 20ms);
    CHECK(rig.status().failures == 0);
    pass_time(rig.loop, 60ms);
    CHECK(rig.status().last ==
          std::string("timeout after 2s, ") + (connects ? "waiting for the response" : "connecting"));
    CHECK(far.is_closed);
  }
}

TEST_CASE("The second check comes within one interval, later ones after it with a tenth of jitter") {
  Rig rig;
  rig.watch();
  rig.pass();
  auto last = rig.loop.now_ms();
  rig.pass();
  CHECK(rig.loop.now_ms() - last <= 5000 + 40);
  std::uint64_t shortest = 10'000, longest = 0;
  for (int i = 0; i < 40; ++i) {
    last = rig.loop.now_ms();
    rig.pass();
    shortest = std::min(shortest, rig.loop.now_ms() - last);
    longest = std::max(longest, rig.loop.now_ms() - last);
  }
  CHECK(shortest >= 4500 - 40);
  CHECK(longest <= 5500 + 40);
  CHECK(longest - shortest > 100);
}

TEST_CASE("A check that lasts longer than its interval is not asked twice at once") {
  Rig rig;
  rig.check.interval = 100ms;
  rig.watch();
  rig.next();
  pass_time(rig.loop, 1900ms);
  CHECK(rig.net.connected.size() == 1);
  pass_time(rig.loop, 300ms);
  CHECK(rig.net.connected.size() == 2);
}

TEST_CASE("No socket to be had says nothing of the endpoint") {
  Loop loop;
  HeardBlocks heard;
  Prober prober(loop, heard, [](Loop&, const Address&) { return TransportPtr(); });
  auto endpoint = endpoint_at("192.0.2.1:80");
  CheckSettings check;
  check.kind = CheckSettings::Kind::tcp;
  prober.watch({{endpoint, check}});
  pass_time(loop, 60s);
  CHECK(prober.status(*endpoint).failures == 0);
  CHECK(prober.status(*endpoint).last == "not asked: no socket to be had");
  CHECK(endpoint->blocks() == block_warming);
}

TEST_CASE("tcp passes with the connection, and closes it") {
  Rig rig;
  rig.check.kind = CheckSettings::Kind::tcp;
  rig.watch();
  auto& far = rig.next();
  CHECK(rig.status().state == State::up);
  CHECK(far.sent.empty());
  CHECK(far.has_ended());
}

TEST_CASE("A Unix socket is asked too, as localhost") {
  Rig rig;
  rig.endpoint = endpoint_at("unix:/run/app.sock");
  rig.check.port = 9000;
  rig.watch();
  auto& far = rig.next();
  CHECK(far.remote().text() == "unix:/run/app.sock");
  CHECK(far.sent.find("Host: localhost\r\n") != std::string::npos);
}

// ---- wishes that change ----

TEST_CASE("The same wish keeps state, counts, rhythm and the check under way") {
  Rig rig;
  rig.watch();
  rig.pass();
  rig.fail(2);
  auto& far = rig.next();
  rig.watch();
  far.feed(response(503, "no"));
  rig.net.settle();
  CHECK(rig.endpoint->blocks() == block_failing);
  CHECK(rig.net.connected.size() == 4);
}

TEST_CASE("Another check takes nothing away before it has failed, and is counted anew") {
  Rig rig;
  rig.watch();
  rig.pass();
  rig.fail(2);
  rig.check.path = "/other";
  rig.watch();
  CHECK(rig.endpoint->is_available());
  CHECK(rig.status().failures == 0);
  pass_time(rig.loop, 100ms);
  REQUIRE(rig.net.connected.size() == 4);
  rig.net.settle();
  CHECK(rig.net.connected[3]->sent.starts_with("GET /other "));
}

TEST_CASE("A failing endpoint with another check is warming: one pass brings it back") {
  Rig rig;
  rig.watch();
  rig.fail(3);
  rig.check.path = "/right";
  rig.watch();
  CHECK(rig.endpoint->blocks() == block_warming);
  rig.pass();
  CHECK(rig.endpoint->is_available());
}

TEST_CASE("An endpoint that served unchecked goes on when a check is added, until it fails") {
  Rig rig;
  rig.prober.watch({{rig.endpoint, {}}});
  CHECK(rig.status().state == State::unchecked);
  rig.watch();
  CHECK(rig.endpoint->is_available());
  rig.fail(3);
  CHECK(rig.endpoint->blocks() == block_failing);
}

TEST_CASE("An endpoint that is not asked any more loses its blocks, and other blocks stay") {
  for (const bool leaves : {true, false}) {
    Rig rig;
    rig.watch();
    rig.fail(3);
    rig.endpoint->set_block(block_draining);
    rig.next();  // under way
    if (leaves)
      rig.prober.watch({});
    else
      rig.prober.watch({{rig.endpoint, {}}});
    CHECK(rig.endpoint->blocks() == block_draining);
    CHECK(rig.status().state == State::unchecked);
    CHECK(rig.net.alive() == 0);
    CHECK(rig.prober.under_way() == 0);
    pass_time(rig.loop, 20s);
    CHECK(rig.net.connected.size() == 4);
  }
}

TEST_CASE("An endpoint that comes back is new") {
  Rig rig;
  rig.watch();
  rig.pass();
  rig.prober.watch({});
  rig.watch();
  CHECK(rig.endpoint->blocks() == block_warming);
  CHECK(rig.status().passes == 0);
}

TEST_CASE("Of two wishes for one endpoint the first counts") {
  Rig rig;
  CheckSettings other = rig.check;
  other.path = "/second";
  rig.prober.watch({{rig.endpoint, rig.check}, {rig.endpoint, other}});
  CHECK(rig.next().sent.starts_with("GET / "));
}

// ---- many ----

TEST_CASE("Only so many are asked at once, and each has its turn") {
  Rig rig;
  std::vector<Prober::Wanted> wanted;
  for (std::size_t i = 0; i < 3 * Prober::kMostUnderWay; ++i)
    wanted.push_back({endpoint_at("192.0.2.1:" + std::to_string(1000 + i)), rig.check});
  rig.prober.watch(wanted);
  std::size_t most = 0;
  for (int i = 0; i < 20; ++i) {
    pass_time(rig.loop, 20ms);
    most = std::max(most, rig.prober.under_way());
    rig.net.settle();
    for (auto* far : rig.net.connected)
      if (!far->is_closed) far->feed(response(200, "ok"));
    rig.net.settle();
  }
  CHECK(most == Prober::kMostUnderWay);
  for (auto& wish : wanted)
    CHECK(wish.endpoint->is_available());
}

TEST_CASE("Endpoints that leave while others wait for their turn make room") {
  Rig rig;
  std::vector<Prober::Wanted> wanted;
  for (std::size_t i = 0; i < Prober::kMostUnderWay + 10; ++i)
    wanted.push_back({endpoint_at("192.0.2.1:" + std::to_string(1000 + i)), rig.check});
  rig.prober.watch(wanted);
  pass_time(rig.loop, 100ms);
  CHECK(rig.prober.under_way() == Prober::kMostUnderWay);
  CHECK(rig.net.connected.size() == Prober::kMostUnderWay);
  wanted.erase(wanted.begin(), wanted.begin() + 20);
  rig.prober.watch(wanted);
  // All that are left: at least ten of those that went were under way.
  CHECK(rig.prober.under_way() == wanted.size());
}

TEST_CASE("A prober may die with checks in every state under way") {
  Rig rig;
  auto prober = std::make_unique<Prober>(rig.loop, rig.heard, rig.net.connector());
  auto other = endpoint_at("192.0.2.2:80"), third = endpoint_at("192.0.2.3:80");
  prober->watch({{rig.endpoint, rig.check}, {other, rig.check}, {third, rig.check}});
  pass_time(rig.loop, 100ms);
  rig.net.step();
  REQUIRE(rig.net.connected.size() == 3);
  prober.reset();
  CHECK(rig.net.alive() == 0);
  pass_time(rig.loop, 10s);
  CHECK(rig.net.connected.size() == 3);
}

}  // namespace
}  // namespace sluice::test
