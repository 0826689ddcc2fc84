// The pool of one endpoint, over fake connections and with a clock that is moved by hand.
#include <catch2/catch_test_macros.hpp>

#include "support/fake_transport.h"
#include "support/http_text.h"
#include "upstream/pool.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct Waiter final : PoolWaiter {
  h1::H1UpstreamSession* session = nullptr;
  Error error;
  int told = 0;
  void on_pool_ready(h1::H1UpstreamSession* ready, const Error& problem) override {
    session = ready;
    error = problem;
    ++told;
  }
};

struct Sink final : StreamSink {
  void on_stream_event(const Event&) override {}
  void on_stream_notice(Notice) override {}
};

struct Pooled {
  Loop loop;
  FakeNet net{loop};
  const Connector connector = net.connector();
  GroupSettings settings;
  std::shared_ptr<Endpoint> endpoint = std::make_shared<Endpoint>("app", *Address::parse("192.0.2.1:80"));
  Pool pool{loop, endpoint, connector};
  Arena arena;
  Sink sink;

  Pool::Acquired acquire(Waiter& waiter, bool fresh = false) {
    Turn turn(loop);
    return pool.acquire(settings, waiter, fresh ? Pool::Want::fresh : Pool::Want::any);
  }
  // An open session: the connection was made for it.
  h1::H1UpstreamSession* open() {
    Waiter waiter;
    acquire(waiter, true);
    net.settle();
    return waiter.session;
  }
  // One request and its response, after which the session is idle in the pool, or closed.
  void use(h1::H1UpstreamSession& session, std::string_view fields = "") {
    ResponseHead head(arena);
    HeaderMap none(arena);
    auto* far = static_cast<FakeTransport*>(session.transport());
    {
      Turn turn(loop);
      session.set_sink(sink);
      session.send_request("GET", "/", "h", none, {}, {}, head);
      session.send_end();
    }
    far->feed(response(200, "", fields));
    net.settle();
    Turn turn(loop);
    session.finish();
  }
};

TEST_CASE("The connection that was used last is used first") {
  Pooled pooled;
  auto* first = pooled.open();
  auto* second = pooled.open();
  pooled.use(*second);
  pooled.use(*first);
  Waiter waiter;
  CHECK(pooled.acquire(waiter).session == first);
  CHECK(pooled.acquire(waiter).session == second);
  CHECK(waiter.told == 0);
  Turn turn(pooled.loop);
  first->close();
  second->close();
}

TEST_CASE("No more connections are kept idle than the limit") {
  Pooled pooled;
  pooled.settings.max_idle = 1;
  auto* first = pooled.open();
  auto* second = pooled.open();
  pooled.use(*first);
  pooled.use(*second);
  CHECK(pooled.pool.idle() == 1);
  CHECK(pooled.net.alive() == 1);
}

TEST_CASE("A connection is not used for more requests than the limit") {
  Pooled pooled;
  pooled.settings.max_requests = 2;
  auto* session = pooled.open();
  pooled.use(*session);
  CHECK(pooled.pool.idle() == 1);
  Waiter waiter;
  REQUIRE(pooled.acquire(waiter).session == session);
  pooled.use(*session);
  CHECK(pooled.net.alive() == 0);
}

TEST_CASE("An idle connection is closed at the idle timeout, and not before") {
  Pooled pooled;
  pooled.use(*pooled.open());
  pooled.loop.advance(pooled.settings.idle_timeout - 1s);
  CHECK(pooled.net.alive() == 1);
  pooled.loop.advance(1s + TimeoutList::kTick);
  CHECK(pooled.net.alive() == 0);
  CHECK(pooled.pool.unused());
}

TEST_CASE("A server that promises less time is left a second before it closes") {
  Pooled pooled;
  pooled.settings.idle_timeout = 60s;
  pooled.use(*pooled.open(), "Keep-Alive: timeout=5, max=100\r\n");
  pooled.loop.advance(3500ms);
  CHECK(pooled.net.alive() == 1);
  pooled.loop.advance(600ms);
  CHECK(pooled.net.alive() == 0);
}

TEST_CASE("An idle connection that the server closes or speaks on is dropped") {
  for (bool speaks : {false, true}) {
    Pooled pooled;
    pooled.use(*pooled.open());
    auto* far = pooled.net.connected[0];
    if (speaks)
      far->feed("HTTP/1.1 408 Request Timeout\r\n\r\n");
    else
      far->incoming_end = true;
    pooled.net.settle();
    CHECK(pooled.pool.idle() == 0);
    CHECK(pooled.net.alive() == 0);
  }
}

TEST_CASE("A connect that takes too long is closed, and its waiter told") {
  Pooled pooled;
  pooled.net.connects_hang = true;
  Waiter waiter;
  CHECK_FALSE(pooled.acquire(waiter).error);
  pooled.loop.advance(pooled.settings.connect_timeout + TimeoutList::kTick);
  CHECK(waiter.told == 1);
  CHECK(waiter.error.code == ErrorCode::connect_timeout);
  CHECK(pooled.net.alive() == 0);
}

TEST_CASE("A connect that is refused is told, and leaves nothing") {
  Pooled pooled;
  pooled.net.connect_status = UV_ECONNREFUSED;
  Waiter waiter;
  pooled.acquire(waiter);
  pooled.net.settle();
  CHECK(waiter.told == 1);
  CHECK(waiter.error.code == ErrorCode::connect_failed);
  CHECK(pooled.pool.unused());
}

TEST_CASE("A waiter that has gone is not told; its connection is kept for others") {
  Pooled pooled;
  Waiter gone, next;
  pooled.acquire(gone);
  pooled.pool.cancel(gone);
  pooled.net.settle();
  CHECK(gone.told == 0);
  CHECK(pooled.pool.idle() == 1);
  auto* session = pooled.acquire(next).session;
  REQUIRE(session != nullptr);
  Turn turn(pooled.loop);
  session->close();
}

TEST_CASE("Waiters are told in the order in which their connections open, each once") {
  Pooled pooled;
  Waiter waiters[3];
  for (auto& waiter : waiters)
    pooled.acquire(waiter);
  pooled.pool.cancel(waiters[1]);
  pooled.net.settle();
  CHECK(waiters[0].told == 1);
  CHECK(waiters[1].told == 0);
  CHECK(waiters[2].told == 1);
  CHECK(waiters[0].session != waiters[2].session);
  Turn turn(pooled.loop);
  waiters[0].session->close();
  waiters[2].session->close();
}

TEST_CASE("A fresh connection is made although one is idle") {
  Pooled pooled;
  pooled.use(*pooled.open());
  auto* fresh = pooled.open();
  REQUIRE(fresh != nullptr);
  CHECK(pooled.net.connected.size() == 2);
  CHECK(pooled.pool.idle() == 1);
  Turn turn(pooled.loop);
  fresh->close();
}

TEST_CASE("A retired pool closes what is idle and keeps nothing") {
  Pooled pooled;
  auto* busy = pooled.open();
  pooled.use(*pooled.open());
  {
    Turn turn(pooled.loop);
    pooled.pool.retire();
  }
  CHECK(pooled.net.alive() == 1);
  pooled.use(*busy);
  CHECK(pooled.net.alive() == 0);
  CHECK(pooled.pool.unused());
}

}  // namespace
}  // namespace sluice::test
