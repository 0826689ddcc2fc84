// Bodies and tunnels towards somebody who does not read: the gateway stops reading too, and holds little meanwhile.
//
// What it holds is counted in bytes (support/kernel_queues.h). Its memory says the same only where the allocator gives back
// what is freed, which sanitizers do not.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <initializer_list>
#include <utility>

#include "support/gateway.h"
#include "support/kernel_queues.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
// More than the kernel's buffers take, however far they grow.
constexpr std::string_view kLong = "Content-Length: 268435456\r\n\r\n";
// One direction of one exchange. The gateway stops reading when 64 KiB wait (kUnsentHigh), and the read that crosses that line
// may bring 64 KiB more; heads differ a little between the two sides.
constexpr std::int64_t kHeldMost = 160 * 1024;
constexpr std::string_view kUpgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
// Memory of the process for one stalled exchange: what it holds, and what was touched for the first time.
constexpr std::size_t kMemoryKib = 512;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsItsOwn = false;
#else
constexpr bool kMemoryIsItsOwn = true;
#endif

// The gateway between a client and an origin of which one sends and the other does not read. The origin begins with `opening`
// and then hands its connection to the test's thread.
struct Stalled {
  explicit Stalled(Script opening)
      : origin([this, opening = std::move(opening)](OriginConnection& connection) {
          opening(connection);
          far_end = &connection;
          opened.open();
          over.wait(4 * kPatience);
        }),
        gateway(proxy_to(origin, "workers = 1")),
        before_kib(gateway.process().private_kib()),
        client(gateway.connect(16 * 1024)) {}
  ~Stalled() { over.open(); }

  OriginConnection& wait_origin() {
    opened.wait();
    return *far_end;
  }
  // Bytes of both directions in the gateway's own memory, once several readings agree that nothing moves.
  std::int64_t held() {
    const auto read = [&] {
      const std::uint64_t in = client.sent() + far_end->sent();
      const std::uint64_t out = client.received() + far_end->received();
      return static_cast<std::int64_t>(in - out) -
             static_cast<std::int64_t>(bytes_queued_at(gateway.port()) + bytes_queued_at(origin.port()));
    };
    // Longer than an acknowledgement may be delayed. Reading the kernel's table can itself take a while.
    constexpr auto kRest = 60ms;
    std::int64_t last = read();
    auto since = Clock::now();
    const auto rests = [&] {
      const std::int64_t now = read();
      if (now != std::exchange(last, now)) since = Clock::now();
      return Clock::now() - since > kRest;
    };
    if (!eventually(rests)) throw TimedOut("bytes go on moving");
    return last;
  }
  // Both send until nobody takes anything and the gateway sits on at least `least` bytes.
  void fill(std::initializer_list<Wire*> senders, std::int64_t least) {
    const std::string piece = pattern(kPiece);
    const auto filled = [&] {
      for (Wire* sender : senders)
        sender->send_until_stuck(piece, 100ms);
      return held() >= least;
    };
    if (!eventually(filled)) throw TimedOut("the gateway holds too little to tell");
  }
  std::size_t grown_kib() { return std::max(gateway.process().private_kib(), before_kib) - before_kib; }

  Gate opened;
  Gate over;
  OriginConnection* far_end = nullptr;
  Origin origin;
  Gateway gateway;
  std::size_t before_kib;
  Client client;
};

TEST_CASE("A client that does not read holds the origin back, and costs little") {
  Stalled run([](OriginConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\n" + std::string(kLong));
  });
  run.client.send(get("/"));
  run.fill({&run.wait_origin()}, 1);
  CHECK(run.held() <= kHeldMost);
  if (kMemoryIsItsOwn) CHECK(run.grown_kib() < kMemoryKib);
}

TEST_CASE("An origin that does not read holds the client back, and costs little") {
  Stalled run([](OriginConnection& connection) { connection.read_head(); });
  run.client.send("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(kLong));
  run.wait_origin();
  run.fill({&run.client}, 1);
  CHECK(run.held() <= kHeldMost);
  if (kMemoryIsItsOwn) CHECK(run.grown_kib() < kMemoryKib);
}

TEST_CASE("A tunnel holds both sides back when neither reads, and costs little") {
  Stalled run([](OriginConnection& connection) {
    connection.read_request();
    connection.send(kSwitch);
  });
  run.client.send(get("/ws", kUpgrade));
  CHECK(run.client.read_head().status() == 101);
  run.fill({&run.client, &run.wait_origin()}, 1);
  CHECK(run.held() <= 2 * kHeldMost);
  if (kMemoryIsItsOwn) CHECK(run.grown_kib() < kMemoryKib);
}

}  // namespace
}  // namespace sluice::test
