// Framing that two readers could understand differently is refused (RFC 9112 6.3, 11.2).
#include <catch2/catch_test_macros.hpp>

#include "replay.h"

using sluice::test::abort_of;
using sluice::test::events;

namespace {

std::string with_fields(const std::string& lines, const std::string& body = "") {
  return abort_of("POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n" + body);
}
std::string with_chunks(const std::string& body) { return with_fields("Transfer-Encoding: chunked", body); }

}  // namespace

TEST_CASE("Content-Length and Transfer-Encoding do not go together") {
  CHECK(with_fields("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG") == "bad_request");
  CHECK(with_fields("Transfer-Encoding: chunked\r\nContent-Length: 6", "0\r\n\r\nG") == "bad_request");
  CHECK(with_fields("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n") == "bad_request");
  CHECK(with_fields("Transfer-Encoding: x\r\nContent-Length: 6", "abcdef") == "bad_request");
}

TEST_CASE("Content-Length is one number") {
  for (auto value : {"",
                     " ",
                     "+5",
                     "-5",
                     "0x5",
                     "5 5",
                     "5,5",
                     "5, 5",
                     "5;",
                     "5a",
                     "a",
                     "5.0",
                     "1e1",
                     "٣",
                     "18446744073709551616",
                     "18446744073709551615",
                     "9223372036854775808",
                     "99999999999999999999",
                     "00000000000000000005",
                     "\"5\"",
                     "5\t",
                     "5\v",
                     "\v5"}) {
    INFO(value);
    CHECK(with_fields("Content-Length: " + std::string(value), "hello") == "bad_request");
  }
  CHECK(with_fields(std::string("Content-Length: 5\0", 18), "hello") == "bad_request");
  CHECK(with_fields("Content-Length: 5\r\nContent-Length: 5", "hello") == "bad_request");
  CHECK(with_fields("Content-Length: 5\r\ncontent-length: 6", "hello!") == "bad_request");
  CHECK(with_fields("Content-Length : 5", "hello") == "bad_request");
  CHECK(with_fields("Content-Length\t: 5", "hello") == "bad_request");
  CHECK(with_fields("Content-Length: 5\r\n 5", "hello") == "bad_request");
}

TEST_CASE("Transfer-Encoding is exactly chunked, once") {
  for (auto line : {"Transfer-Encoding: chunked\t",
                    "Transfer-Encoding:\vchunked",
                    "Transfer-Encoding: \vchunked",
                    "Transfer-Encoding : chunked",
                    "Transfer-Encoding\t: chunked",
                    " Transfer-Encoding: chunked",
                    "Transfer-Encoding: xchunked",
                    "Transfer-Encoding: chunkedx",
                    "Transfer-Encoding: chunked x",
                    "Transfer-Encoding: \"chunked\"",
                    "Transfer-Encoding: 'chunked'",
                    "Transfer-Encoding: chunked;q=1",
                    "Transfer-Encoding: chunked,",
                    "Transfer-Encoding: ,chunked",
                    "Transfer-Encoding:",
                    "Transfer-Encoding: identity",
                    "Transfer-Encoding: gzip",
                    "Transfer-Encoding: chunked, identity",
                    "Transfer-Encoding: chunked, gzip",
                    "Transfer-Encoding: chunked, chunked",
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding:",
                    "Transfer-Encoding:\r\n chunked",
                    "X: y\rTransfer-Encoding: chunked",
                    "X: y\nTransfer-Encoding: chunked",
                    "Transfer-Encoding: chun\xc5\xbf"
                    "ked"}) {
    INFO(line);
    CHECK(with_fields(line, "0\r\n\r\n") == "bad_request");
  }
  CHECK(with_fields(std::string("Transfer-Encoding: chunked\0", 27), "0\r\n\r\n") == "bad_request");
  CHECK(with_fields(std::string("Transfer-Encoding: \0chunked", 27), "0\r\n\r\n") == "bad_request");
}

TEST_CASE("a coding before chunked is not implemented") {
  CHECK(with_fields("Transfer-Encoding: gzip, chunked") == "coding_unsupported");
  CHECK(with_fields("Transfer-Encoding: identity, chunked") == "coding_unsupported");
  CHECK(with_fields("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked") == "coding_unsupported");
}

TEST_CASE("HTTP/1.0 has no Transfer-Encoding") {
  CHECK(abort_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == "bad_request");
}

TEST_CASE("a chunk's size is hex digits, then extensions or CRLF") {
  for (auto body :
       {"x\r\n", "\r\n", "+1\r\nx\r\n", "-1\r\nx\r\n", "0x1\r\nx\r\n", " 1\r\nx\r\n", "1 \r\nx\r\n",
        "1\t\r\nx\r\n", "1\nx\r\n", "1\r\r\nx\r\n", "1\rx", "1 ;a\r\nx\r\n", "1; a\r\nx\r\n", "1g\r\nx\r\n",
        "1,1\r\nx\r\n", "10000000000000000\r\nx", "FFFFFFFFFFFFFFFFF\r\nx", ";a\r\nx", "\xff\r\n"}) {
    INFO(body);
    CHECK(with_chunks(std::string(body) + "0\r\n\r\n") == "bad_request");
  }
}

TEST_CASE("a chunk's data ends in CRLF") {
  for (auto body : {"1\r\nxy\r\n", "1\r\nx\n", "1\r\nx\r\r\n", "1\r\nx\rx", "1\r\nx0\r\n", "5\r\nabc\r\n"}) {
    INFO(body);
    CHECK(with_chunks(std::string(body) + "0\r\n\r\n") == "bad_request");
  }
}

TEST_CASE("chunk extensions are strict") {
  for (auto line : {"1;a\nb", "1;a\rb", "1;a=\"\r\n\"", "1;a=\"\n\"", "1;a=\x01", "1;\x7f", "1;a b",
                    "1;a=b c", "1;a=\"b", "1;a=\"b\"c", "1;a=\"\\\x01\""}) {
    INFO(line);
    CHECK(with_chunks(std::string(line) + "\r\nx\r\n0\r\n\r\n") == "bad_request");
  }
  CHECK(with_chunks(std::string("1;a\0\r\nx\r\n0\r\n\r\n", 14)) == "bad_request");
}

TEST_CASE("trailers do not frame") {
  for (auto line :
       {"Content-Length: 5", "content-length: 0", "Transfer-Encoding: chunked", "Transfer-Encoding: x",
        "Transfer-Encoding:", "X : y", " X: y", "X: a\r\n b", "X: a\nY: b", "X", "X: a\rb", ": x"}) {
    INFO(line);
    CHECK(with_chunks("0\r\n" + std::string(line) + "\r\n\r\n") == "bad_request");
    const auto response =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + std::string(line) + "\r\n\r\n";
    CHECK(sluice::test::response_abort_of(response) == "upstream_protocol");
  }
}

TEST_CASE("fields that frame or route are but text in trailers, and change nothing") {
  CHECK(events("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "0\r\nHost: b\r\nConnection: close\r\nUpgrade: x\r\n\r\n") ==
        "head POST / 1.1 authority=a path=/ chunked keep\n  Host: a\n  Transfer-Encoding: chunked\n"
        "trailers\n  Host: b\n  Connection: close\n  Upgrade: x\nend\n");
}

TEST_CASE("what follows a message is never part of it") {
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: b\r\n\r\n";
  CHECK(events("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" +
               hidden) ==
        "head GET / 1.1 authority=a path=/ length=33 keep\n  Host: a\n  Content-Length: 33\ndata " + hidden +
            "\nend\n");
  CHECK(events("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + hidden) ==
        "head GET / 1.1 authority=a path=/ none keep\n  Host: a\nend\n"
        "head GET /hidden 1.1 authority=b path=/hidden none keep\n  Host: b\nend\n");
}

TEST_CASE("HTTP/0.9 is refused with any line end") {
  for (auto bytes : {"GET /\r\n", "GET /\n", "GET /\r\n\r\n", "GET /\n\n", "GET / \r\n", "GET /\r",
                     "GET /\nHost: a\r\n\r\n", "GET /\r\nHost: a\r\n\r\n",
                     "GET /a\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    INFO(bytes);
    CHECK(abort_of(std::string(bytes) + "GET / HTTP/1.1\r\nHost: a\r\n\r\n") == "bad_request");
  }
}
