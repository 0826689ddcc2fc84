// What HTTP/1 parsers, llhttp among them, have accepted and should not have. Each test names the report.
#include <catch2/catch_test_macros.hpp>

#include "http/replay.h"

using sluice::test::abort_of;
using sluice::test::events;
using sluice::test::response_abort_of;

TEST_CASE("nodejs/llhttp#877: bare LF in a request line without version") {
  CHECK(abort_of("GET /\nHost: a\r\n\r\n") == "bad_request");
  CHECK(abort_of("GET /\n\r\n\r\n") == "bad_request");
}

TEST_CASE("nodejs/llhttp#865: CR CR ends a status line") {
  CHECK(response_abort_of("HTTP/1.1 200 OK\r\rContent-Length: 0\r\n\r\n") == "upstream_protocol");
  CHECK(response_abort_of("HTTP/1.1 200\r\rContent-Length: 0\r\n\r\n") == "upstream_protocol");
}

TEST_CASE("nodejs/llhttp#866: a tab behind Connection: close hides it") {
  CHECK(events("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\t\r\n\r\n") ==
        "head GET / 1.1 authority=a path=/ none once\n  Host: a\n  Connection: close\nend\n");
}

TEST_CASE("llhttp takes any number of spaces in a request line, and other protocols than HTTP") {
  CHECK(abort_of("GET   /   HTTP/1.1\r\nHost: a\r\n\r\n") == "bad_request");
  CHECK(abort_of("OPTIONS / RTSP/1.0\r\nHost: a\r\n\r\n") == "bad_request");
}

TEST_CASE("llhttp skips any number of line ends before a message, and bare LF among them") {
  CHECK(abort_of("\n\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == "bad_request");
  CHECK(abort_of(std::string(1000, '\n')) == "bad_request");
}

TEST_CASE("llhttp reads a response until its connection ends when it does not know the coding") {
  CHECK(response_abort_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nx") ==
        "upstream_protocol");
}

TEST_CASE("CVE-2023-25725: an empty field name ends the list of fields") {
  CHECK(abort_of("GET / HTTP/1.1\r\nHost: a\r\n: x\r\nContent-Length: 5\r\n\r\n") == "bad_request");
}

TEST_CASE("CVE-2023-40225: an empty Content-Length next to another") {
  CHECK(abort_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\nContent-Length: 1\r\n\r\nx") ==
        "bad_request");
  CHECK(abort_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length:\r\n\r\nx") ==
        "bad_request");
}

TEST_CASE("CVE-2025-22871 and CVE-2025-55315: bare LF or CR in a chunk's line") {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(abort_of(head + "2;\nxx\r\n0\r\n\r\n") == "bad_request");
  CHECK(abort_of(head + "2;a\nxx\r\n0\r\n\r\n") == "bad_request");
  CHECK(abort_of(head + "2;a\rxx\r\n0\r\n\r\n") == "bad_request");
  CHECK(abort_of(head + "2\nxx\r\n0\r\n\r\n") == "bad_request");
}
