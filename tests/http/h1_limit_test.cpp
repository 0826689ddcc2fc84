// Limits count the bytes as sent, and give the same answer however the bytes are cut up.
#include <catch2/catch_test_macros.hpp>

#include "replay.h"

using namespace sluice;
using test::abort_of;

namespace {

const std::string kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";  // 27 bytes
const std::string kChunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string limited(const HttpLimits& limits, const std::string& bytes) {
  return abort_of(bytes, {.limits = limits});
}
std::string chunk_limited(std::uint32_t bytes, const std::string& body) {
  return limited({.chunk_ext_bytes = bytes}, kChunked + body + "0\r\n\r\n");
}

}  // namespace

TEST_CASE("header bytes are counted with the start line and the empty line") {
  CHECK(limited({.header_bytes = 27}, kRequest) == "");
  CHECK(limited({.header_bytes = 26}, kRequest) == "headers_too_large");
  CHECK(limited({.header_bytes = 27}, kRequest + kRequest + "\r\n\r\n" + kRequest) == "");
  CHECK(limited({.header_bytes = 50}, "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100, 'x')) ==
        "headers_too_large");
}

TEST_CASE("a body is not counted as header") {
  const auto body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x');
  CHECK(limited({.header_bytes = 50}, body) == "");
}

TEST_CASE("field lines are counted") {
  CHECK(limited({.header_count = 1}, kRequest) == "");
  CHECK(limited({.header_count = 1}, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n") == "headers_too_large");
  CHECK(limited({.header_count = 0}, "GET / HTTP/1.0\r\n\r\n") == "");
}

TEST_CASE("a target too long is told apart from headers too large") {
  const auto with_target = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  CHECK(limited({.uri_bytes = 20}, with_target(20)) == "");
  CHECK(limited({.uri_bytes = 20}, with_target(21)) == "uri_too_long");
  CHECK(limited({.uri_bytes = 20}, with_target(2000)) == "uri_too_long");
  CHECK(limited({.uri_bytes = 20}, "GET /" + std::string(200, 'x')) == "uri_too_long");
  CHECK(limited({.header_bytes = 100, .uri_bytes = 1000}, with_target(500)) == "headers_too_large");
  CHECK(limited({.header_bytes = 100, .uri_bytes = 36}, with_target(500)) == "uri_too_long");
}

TEST_CASE("trailers have limits of their own") {
  CHECK(limited({.header_bytes = 60}, kChunked + "0\r\nX: " + std::string(53, 'x') + "\r\n\r\n") == "");
  CHECK(limited({.header_bytes = 60}, kChunked + "0\r\nX: " + std::string(54, 'x') + "\r\n\r\n") ==
        "headers_too_large");
  CHECK(limited({.header_count = 2}, kChunked + "0\r\nX: 1\r\nX: 2\r\n\r\n") == "");
  CHECK(limited({.header_count = 2}, kChunked + "0\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n") == "headers_too_large");
}

TEST_CASE("chunk extensions of a message are counted together") {
  CHECK(chunk_limited(0, "1\r\nx\r\n") == "");
  CHECK(chunk_limited(100, "1;" + std::string(112, 'x') + "\r\nx\r\n") == "");
  CHECK(chunk_limited(100, "1;" + std::string(115, 'x') + "\r\nx\r\n") == "bad_request");
  CHECK(chunk_limited(100, "1;" + std::string(70, 'x') + "\r\nx\r\n1;" + std::string(70, 'x') +
                               "\r\nx\r\n") == "bad_request");
  CHECK(chunk_limited(100, "1" + std::string(200, ';') + "\r\nx\r\n") == "bad_request");
}

TEST_CASE("zeros before a chunk's size are counted as extension") {
  CHECK(chunk_limited(0, "0000000000000001\r\nx\r\n") == "");
  CHECK(chunk_limited(0, "00000000000000001\r\nx\r\n") == "bad_request");
}

TEST_CASE("a response's head has the same limits") {
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  const auto abort = [&](HttpLimits limits) {
    return abort_of(bytes, {.role = Role::client, .limits = limits});
  };
  CHECK(abort({.header_bytes = 38}) == "");
  CHECK(abort({.header_bytes = 37}) == "upstream_headers_too_large");
  CHECK(abort({.header_count = 0}) == "upstream_headers_too_large");
  CHECK(abort({.uri_bytes = 0}) == "");
}

TEST_CASE("a head that trickles in costs about its own size") {
  // Byte by byte and line by line: each line is moved a few times at most.
  const std::string bytes =
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(8000, 'x') + "\r\n" + std::string(20000, 'y');
  struct Sink final : CodecSink {
    MessageHead& on_message_begin() override { return head; }
    void on_codec_event(const Event&) override {}
    Arena arena;
    RequestHead head{arena};
  } sink;
  const HttpLimits limits;
  h1::H1Codec codec(Role::server, limits, sink);
  for (char c : bytes)
    codec.parse({&c, 1});
  CHECK(sink.arena.footprint() < 4 * bytes.size());
}
