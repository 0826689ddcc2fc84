// Requests and responses that are refused, each with its code.
#include <catch2/catch_test_macros.hpp>

#include "replay.h"

using sluice::test::abort_of;
using sluice::test::response_abort_of;

namespace {

std::string with_line(const std::string& request_line) {
  return abort_of(request_line + "\r\nHost: a\r\n\r\n");
}
std::string with_field(const std::string& line) {
  return abort_of("GET / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n");
}
std::string with_host(const std::string& lines) { return abort_of("GET / HTTP/1.1\r\n" + lines + "\r\n"); }

}  // namespace

TEST_CASE("bytes that begin no message are refused at once") {
  CHECK(abort_of("\x16\x03\x01\x02") == "bad_request");
  CHECK(abort_of(" GET / HTTP/1.1\r\n") == "bad_request");
  CHECK(abort_of("\nGET / HTTP/1.1\r\n") == "bad_request");
  CHECK(abort_of("\r\rGET / HTTP/1.1\r\n") == "bad_request");
  CHECK(abort_of("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n") == "bad_request");
  CHECK(response_abort_of("\r\nHTTP/1.1 200 OK\r\n\r\n") == "upstream_protocol");
}

TEST_CASE("versions other than 1.0 and 1.1 are refused") {
  for (auto line : {"GET / HTTP/2.0", "GET / HTTP/3.0", "GET / HTTP/9.9", "PRI * HTTP/2.0"}) {
    CHECK(with_line(line) == "version_unsupported");
  }
  for (auto line : {"GET / HTTP/0.9", "GET / HTTP/1.2", "GET / HTTP/1", "GET / HTTP/1.10", "GET / HTTP/11",
                    "GET / http/1.1", "GET / HTTP/1.1 ", "GET / HTTP/1,1", "GET / RTSP/1.0",
                    "OPTIONS / RTSP/1.0", "SOURCE / ICE/1.0", "GET /", "GET / ", "GET"}) {
    INFO(line);
    CHECK(with_line(line) == "bad_request");
  }
}

TEST_CASE("a request line has two single spaces") {
  for (auto line : {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/ HTTP/1.1", "GET / x HTTP/1.1",
                    "GET /\tx HTTP/1.1", "GET /\rx HTTP/1.1"}) {
    INFO(line);
    CHECK(with_line(line) == "bad_request");
  }
}

TEST_CASE("methods that the parser does not know are not implemented") {
  for (auto line :
       {"FOO / HTTP/1.1", "get / HTTP/1.1", "GETX / HTTP/1.1", "GE / HTTP/1.1", "DESCRIBE / HTTP/1.1"}) {
    INFO(line);
    CHECK(with_line(line) == "method_unsupported");
  }
  CHECK(with_line("G\"T / HTTP/1.1") == "bad_request");
  CHECK(with_line("G(T / HTTP/1.1") == "bad_request");
}

TEST_CASE("a target has one of the four forms") {
  for (auto line :
       {"GET * HTTP/1.1", "GET a HTTP/1.1", "GET a:80 HTTP/1.1", "GET ?a HTTP/1.1", "OPTIONS *a HTTP/1.1",
        "GET ftp://a/ HTTP/1.1", "GET http:/a HTTP/1.1", "GET /#f HTTP/1.1", "GET http://a/#f HTTP/1.1",
        "GET /\x7f HTTP/1.1", "GET /\xc3\xa4 HTTP/1.1", "GET /\x01 HTTP/1.1", "CONNECT / HTTP/1.1",
        "CONNECT a HTTP/1.1", "CONNECT a: HTTP/1.1", "CONNECT a:65536 HTTP/1.1", "CONNECT u@a:1 HTTP/1.1",
        "CONNECT http://a:1 HTTP/1.1", "CONNECT * HTTP/1.1"}) {
    INFO(line);
    CHECK(with_line(line) == "bad_request");
  }
  for (auto line : {"GET http:///x HTTP/1.1", "GET http://u:p@a/ HTTP/1.1", "GET http://a:b/ HTTP/1.1",
                    "GET http://a:99999/ HTTP/1.1"}) {
    INFO(line);
    CHECK(with_line(line) == "bad_host");
  }
}

TEST_CASE("HTTP/1.1 has one valid Host") {
  for (auto lines :
       {"", "X: y\r\n", "Host: a\r\nHost: a\r\n", "Host: a\r\nhost: b\r\n", "Host:\r\n", "Host: a b\r\n",
        "Host: u@a\r\n", "Host: a/b\r\n", "Host: a:x\r\n", "Host: [::1\r\n", "Host: [fe80::1%25eth0]\r\n",
        "Host: a:80:80\r\n", "Host: a%4\r\n", "Host: \xc3\xa4\r\n"}) {
    INFO(lines);
    CHECK(with_host(lines) == "bad_host");
  }
  CHECK(abort_of("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n") == "bad_host");
  CHECK(abort_of("GET http://b/ HTTP/1.1\r\n\r\n") == "bad_host");
  CHECK(abort_of("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n") == "bad_host");
}

TEST_CASE("field lines are strict") {
  for (auto line : {"X : y", "X\t: y", " X: y", "\tX: y", ": y", "X", "X y", "X\"Y: z", "X: a\r\n b",
                    "X: a\r\n\tb", "X:\r\n y", "X: a\rb", "X: a\nY: b", "X\nY: b", "X: a\r\r", "\xc3\xa4: x",
                    "X: \x01", "X: \x7f", "X: a\x1b[0m"}) {
    INFO(line);
    CHECK(with_field(line) == "bad_request");
  }
  CHECK(with_field(std::string("X: a\0b", 6)) == "bad_request");
  CHECK(with_field(std::string("X\0: b", 5)) == "bad_request");
  CHECK(with_field(std::string("X:\0", 3)) == "bad_request");
}

TEST_CASE("the first field line begins no continuation") {
  CHECK(abort_of("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == "bad_request");
  CHECK(abort_of("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n") == "bad_request");
}

TEST_CASE("bare LF ends no line") {
  CHECK(abort_of("GET / HTTP/1.1\nHost: a\r\n\r\n") == "bad_request");
  CHECK(abort_of("GET / HTTP/1.1\r\nHost: a\n\r\n") == "bad_request");
  CHECK(abort_of("GET / HTTP/1.1\r\nHost: a\r\n\n") == "bad_request");
  CHECK(response_abort_of("HTTP/1.1 200 OK\n\r\n") == "upstream_protocol");
}

TEST_CASE("expectations other than 100-continue fail") {
  CHECK(with_field("Expect: 200-ok") == "expectation_failed");
  CHECK(with_field("Expect: 100-continue, x") == "expectation_failed");
  CHECK(with_field("Expect: 100-continue\r\nExpect: x") == "expectation_failed");
}

TEST_CASE("CONNECT has no body") {
  const std::string head = "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n";
  CHECK(abort_of(head + "Content-Length: 1\r\n\r\nx") == "bad_request");
  CHECK(abort_of(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == "bad_request");
  CHECK(abort_of(head + "Content-Length: 0\r\n\r\n") == "");
}

TEST_CASE("status lines are strict") {
  for (auto line :
       {"HTTP/1.1 099 X",     "HTTP/1.1 600 X",    "HTTP/1.1 20 X",  "HTTP/1.1 2000 X",  "HTTP/1.1  200 X",
        "HTTP/1.1 +20 X",     "HTTP/1.1\t200 X",   "HTTP/1.1",       "HTTP/1.1 ",        "HTTP/2 200 X",
        "HTTP/2.0 200 X",     "HTTP/0.9 200 X",    "http/1.1 200 X", "ICY 200 OK",       "HTTP/1.1 200 X\x01",
        "HTTP/1.1 200 X\x7f", "HTTP/1.1 200 X\rY", "HTTP/1.1 200\r", "HTTP/1.1 200 X\r", "HTTP/1.1 abc X"}) {
    INFO(line);
    CHECK(response_abort_of(std::string(line) + "\r\nContent-Length: 0\r\n\r\n") == "upstream_protocol");
  }
}

TEST_CASE("faults of a response are the upstream's") {
  for (auto lines :
       {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: x\r\n", "X : y\r\n",
        "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\t\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"}) {
    INFO(lines);
    CHECK(response_abort_of("HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n") == "upstream_protocol");
  }
  CHECK(response_abort_of("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") == "upstream_protocol");
}

TEST_CASE("interim responses without end are refused") {
  std::string bytes;
  for (int i = 0; i < 300; ++i)
    bytes += "HTTP/1.1 102 P\r\n\r\n";
  const auto text =
      sluice::test::transcript(bytes, {.role = sluice::Role::client}, [](std::size_t left) { return left; });
  CHECK(text.ends_with("abort upstream_protocol\n"));
}
