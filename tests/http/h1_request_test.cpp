// Requests that are accepted: bytes in, events out, however the bytes are cut up.
#include <catch2/catch_test_macros.hpp>

#include "replay.h"

using sluice::test::events;

TEST_CASE("a GET has a head and an end") {
  CHECK(
      events(
          "GET /a/b?c=d&e HTTP/1.1\r\nHost: example.com:8080\r\nAccept:  text/html ;q=1\t\r\nX-Empty:\r\n\r\n") ==
      "head GET /a/b?c=d&e 1.1 authority=example.com:8080 path=/a/b query=c=d&e none keep\n"
      "  Host: example.com:8080\n  Accept: text/html ;q=1\n  X-Empty: \nend\n");
}

TEST_CASE("an empty query is not an absent one") {
  CHECK(events("GET /? HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "head GET /? 1.1 authority=a path=/ query= none keep\n  Host: a\nend\n");
  CHECK(events("GET /a?b?c HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "head GET /a?b?c 1.1 authority=a path=/a query=b?c none keep\n  Host: a\nend\n");
}

TEST_CASE("a body is as long as Content-Length says") {
  CHECK(
      events("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello") ==
      "head POST / 1.1 authority=a path=/ length=5 keep\n  Host: a\n  Content-Length: 5\ndata hello\nend\n");
  CHECK(events("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n") ==
        "head POST / 1.1 authority=a path=/ length=0 keep\n  Host: a\n  Content-Length: 0\nend\n");
  CHECK(
      events("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0002 \r\n\r\nhi") ==
      "head POST / 1.1 authority=a path=/ length=2 keep\n  Host: a\n  Content-Length: 0002\ndata hi\nend\n");
}

TEST_CASE("a chunked body is joined, its extensions ignored") {
  CHECK(events("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "5\r\nhello\r\n6;a;b=c;d=\"e\\\"; f\"\r\n world\r\n0;last\r\n\r\n") ==
        "head POST / 1.1 authority=a path=/ chunked keep\n  Host: a\n  Transfer-Encoding: chunked\n"
        "data hello world\nend\n");
  CHECK(events("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
               "00A\r\n0123456789\r\nb\r\n0123456789a\r\n000\r\n\r\n") ==
        "head POST / 1.1 authority=a path=/ chunked keep\n  Host: a\n  Transfer-Encoding: CHUNKED\n"
        "data 01234567890123456789a\nend\n");
}

TEST_CASE("trailers come between data and end") {
  CHECK(events("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "1\r\nx\r\n0\r\nX-Sum: 7\r\nX-Other:  y \r\n\r\n") ==
        "head POST / 1.1 authority=a path=/ chunked keep\n  Host: a\n  Transfer-Encoding: chunked\n"
        "data x\ntrailers\n  X-Sum: 7\n  X-Other: y\nend\n");
}

TEST_CASE("pipelined requests come one after the other") {
  CHECK(
      events("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
             "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
             "\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n") ==
      "head POST /1 1.1 authority=a path=/1 length=2 keep\n  Host: a\n  Content-Length: 2\ndata hi\nend\n"
      "head POST /2 1.1 authority=a path=/2 chunked keep\n  Host: a\n  Transfer-Encoding: chunked\ndata x\nend\n"
      "head GET /3 1.1 authority=a path=/3 none keep\n  Host: a\nend\n");
}

TEST_CASE("up to four empty lines before a request line are skipped") {
  CHECK(events("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "head GET / 1.1 authority=a path=/ none keep\n  Host: a\nend\n");
  CHECK(events("\r\n\r\n") == "");
}

TEST_CASE("Connection decides whether the connection is kept, with the version's default") {
  const auto is_kept = [](const std::string& version, const std::string& connection) {
    const auto text = events("GET / HTTP/" + version + "\r\nHost: a\r\n" + connection + "\r\n");
    return text.find(" none keep\n") != text.npos;
  };
  CHECK(is_kept("1.1", ""));
  CHECK(is_kept("1.1", "Connection: x\r\nConnection: keep-alive\r\n"));
  CHECK_FALSE(is_kept("1.1", "Connection: x, Close\r\n"));
  CHECK_FALSE(is_kept("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  CHECK_FALSE(is_kept("1.0", ""));
  CHECK(is_kept("1.0", "Connection: Keep-Alive\r\n"));
  CHECK_FALSE(is_kept("1.0", "Connection: keep-alive, close\r\n"));
}

TEST_CASE("HTTP/1.0 needs no Host") {
  CHECK(events("GET / HTTP/1.0\r\n\r\n") == "head GET / 1.0 authority= path=/ none once\nend\n");
}

TEST_CASE("an absolute-form target overrides Host") {
  CHECK(
      events("GET HTTP://b:81/p?q HTTP/1.1\r\nHost: a\r\n\r\n") ==
      "head GET HTTP://b:81/p?q 1.1 scheme=HTTP authority=b:81 path=/p query=q none keep\n  Host: a\nend\n");
  CHECK(events("GET https://b?q HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "head GET https://b?q 1.1 scheme=https authority=b path=/ query=q none keep\n  Host: a\nend\n");
  CHECK(events("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "head OPTIONS http://b 1.1 scheme=http authority=b path=* none keep\n  Host: a\nend\n");
}

TEST_CASE("OPTIONS may ask for the server as a whole") {
  CHECK(events("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "head OPTIONS * 1.1 authority=a path=* none keep\n  Host: a\nend\n");
}

TEST_CASE("what follows a CONNECT is left alone") {
  CHECK(
      events("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n\x16\x03\x01") ==
      "head CONNECT [::1]:443 1.1 authority=[::1]:443 path= none keep\n  Host: [::1]:443\nend\nrest \x16\x03\x01\n");
}

TEST_CASE("Upgrade counts when Connection lists it, in HTTP/1.1") {
  CHECK(
      events("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n") ==
      "head GET / 1.1 authority=a path=/ none keep upgrade=websocket\n"
      "  Host: a\n  Connection: keep-alive, Upgrade\n  Upgrade: websocket\nend\n");
  CHECK(
      events(
          "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\nUpgrade: x\r\nUpgrade: y\r\n\r\n") ==
      "head GET / 1.1 authority=a path=/ none keep upgrade=h2c, x, y\n"
      "  Host: a\n  Upgrade: h2c\n  Connection: upgrade\n  Upgrade: x\n  Upgrade: y\nend\n");
  CHECK(events("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n") ==
        "head GET / 1.1 authority=a path=/ none keep\n  Host: a\n  Upgrade: websocket\nend\n");
  CHECK(events("GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n") ==
        "head GET / 1.0 authority=a path=/ none once\n  Host: a\n  Connection: upgrade\n  Upgrade: x\nend\n");
}

TEST_CASE("an upgrade request may have a body") {
  CHECK(
      events(
          "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n"
          "1\r\nx\r\n0\r\nA: b\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") ==
      "head POST / 1.1 authority=a path=/ chunked keep upgrade=x\n"
      "  Host: a\n  Connection: upgrade\n  Upgrade: x\n  Transfer-Encoding: chunked\n"
      "data x\ntrailers\n  A: b\nend\n"
      "head GET / 1.1 authority=a path=/ none keep\n  Host: a\nend\n");
}

TEST_CASE("Expect: 100-continue counts in HTTP/1.1") {
  CHECK(events("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx") ==
        "head PUT / 1.1 authority=a path=/ length=1 keep expect\n"
        "  Host: a\n  Expect: 100-Continue\n  Content-Length: 1\ndata x\nend\n");
  CHECK(
      events("PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx") ==
      "head PUT / 1.0 authority= path=/ length=1 once\n  Expect: 100-continue\n  Content-Length: 1\ndata x\nend\n");
}

TEST_CASE("bytes above ASCII are accepted in values, not in names") {
  CHECK(events("GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa4\xff\r\n\r\n") ==
        "head GET / 1.1 authority=a path=/ none keep\n  Host: a\n  X: \xc3\xa4\xff\nend\n");
}

TEST_CASE("every method of the parser passes, case-sensitive") {
  for (std::string method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "QUERY",
                             "PROPFIND", "MKCOL", "M-SEARCH", "PURGE", "LINK", "SOURCE"}) {
    CHECK(events(method + " / HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("head " + method + " / 1.1"));
  }
}
