// What the writer writes, and that the codec reads the same back.
#include "http/h1/h1_writer.h"

#include <catch2/catch_test_macros.hpp>

#include <random>

#include "replay.h"

using namespace sluice;
using namespace sluice::h1;

namespace {

struct Rig {
  Rig() = default;
  explicit Rig(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
    for (auto [name, value] : lines)
      REQUIRE(headers.add(name, value) == FieldFault::none);
  }
  std::string response(int status, const WriteFraming& framing) {
    return std::string(write_response_head(arena, status, headers, framing));
  }
  std::string request(std::string_view method, std::string_view target, const WriteFraming& framing) {
    return std::string(write_request_head(arena, method, target, "a", headers, framing));
  }
  Arena arena;
  HeaderMap headers{arena};
};

}  // namespace

TEST_CASE("a request begins with its line and Host") {
  Rig rig{{"Accept", "*/*"}, {"host", "other"}, {"X", "y"}};
  CHECK(rig.request("GET", "/x?y", {}) == "GET /x?y HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nX: y\r\n\r\n");
}

TEST_CASE("hop-by-hop lines are the writer's own") {
  Rig rig{{"Connection", "x"},
          {"Keep-Alive", "timeout=5"},
          {"Transfer-Encoding", "gzip"},
          {"Content-Length", "9"},
          {"Upgrade", "h2c"},
          {"Trailer", "X"},
          {"Host", "h"},
          {"Date", "now"}};
  CHECK(rig.response(200, {}) == "HTTP/1.1 200 OK\r\nHost: h\r\nDate: now\r\n\r\n");
}

TEST_CASE("framing is written anew") {
  Rig rig;
  CHECK(rig.response(200, {.framing = Framing::length, .content_length = 18446744073709551615u}) ==
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n");
  CHECK(rig.response(200, {.framing = Framing::chunked}) ==
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(rig.response(404, {.write_length_zero = true}) ==
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  CHECK(rig.response(200, {.framing = Framing::close, .keep_alive = false}) ==
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  CHECK(rig.response(200, {.keep_alive_http10 = true}) ==
        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("an upgrade is written with its Connection line") {
  Rig rig;
  CHECK(rig.response(101, {.upgrade = "websocket"}) ==
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(rig.request("GET", "/", {.keep_alive = false, .upgrade = "x"}) ==
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: x\r\n\r\n");
}

TEST_CASE("statuses without a phrase are Unknown") {
  CHECK(phrase_of(431) == "Request Header Fields Too Large");
  CHECK(phrase_of(299) == "Unknown");
  Rig rig;
  CHECK(rig.response(599, {}) == "HTTP/1.1 599 Unknown\r\n\r\n");
}

TEST_CASE("chunk sizes are hex") {
  Arena arena;
  CHECK(write_chunk_size(arena, 1) == "1\r\n");
  CHECK(write_chunk_size(arena, 0xabcdef) == "abcdef\r\n");
  CHECK(write_chunk_size(arena, SIZE_MAX) == "ffffffffffffffff\r\n");
}

TEST_CASE("trailers leave out what frames, routes or authorises") {
  Rig rig{{"Content-Length", "1"},   {"Host", "x"},
          {"Authorization", "x"},    {"cache-control", "x"},
          {"Content-Encoding", "x"}, {"TE", "x"},
          {"Set-Cookie", "x"},       {"Range", "x"},
          {"grpc-status", "0"},      {"X-Forwarded-For", "x"},
          {"Server-Timing", "a"},    {"Connection", "x"}};
  CHECK(write_trailers(rig.arena, rig.headers) == "0\r\ngrpc-status: 0\r\nServer-Timing: a\r\n\r\n");
  CHECK(write_trailers(rig.arena, HeaderMap(rig.arena)) == kLastChunk);
}

TEST_CASE("the codec reads back what the writer wrote") {
  std::mt19937 random(20240501);
  const auto text = [&](std::string_view alphabet, std::size_t most) {
    std::string made(1 + random() % most, ' ');
    for (char& c : made)
      c = alphabet[random() % alphabet.size()];
    return made;
  };
  for (int round = 0; round < 300; ++round) {
    Arena arena;
    HeaderMap headers(arena);
    std::string lines;
    for (auto left = random() % 20; left > 0; --left) {
      const auto name = "x" + text("abcXYZ019-_.!#$%&'*+^`|~", 20);
      const auto value = "\"" + text("abc ,;=\"\\\t/:\x80\xff", 60) + "\"";
      REQUIRE(headers.add(name, value) == FieldFault::none);
      lines += "  " + name + ": " + value + "\n";
    }
    const auto body = text("\r\n0aHTTP/1.", 50);
    const bool is_chunked = random() % 2;
    std::string bytes(write_response_head(
        arena, 200, headers,
        {.framing = is_chunked ? Framing::chunked : Framing::length, .content_length = body.size()}));
    if (is_chunked) bytes += write_chunk_size(arena, body.size());
    bytes += body;
    if (is_chunked) bytes += std::string(kChunkEnd) + std::string(write_trailers(arena, headers));
    auto expected = is_chunked ? "head 200 1.1 'OK' chunked keep\n" + lines + "  Transfer-Encoding: chunked\n"
                               : "head 200 1.1 'OK' length=" + std::to_string(body.size()) + " keep\n" +
                                     lines + "  Content-Length: " + std::to_string(body.size()) + "\n";
    expected += "data " + body + "\n" + (is_chunked && headers.size() ? "trailers\n" + lines : "") + "end\n";
    REQUIRE(test::transcript(bytes, {.role = Role::client}, [](std::size_t left) { return left; }) ==
            expected);
  }
}
