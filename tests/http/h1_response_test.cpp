// Responses that are accepted: bytes in, events out, however the bytes are cut up.
#include <catch2/catch_test_macros.hpp>

#include "replay.h"

using sluice::test::response_events;

TEST_CASE("a response with a length keeps its connection") {
  CHECK(response_events("HTTP/1.1 200 Very  fine\r\nContent-Length: 2\r\n\r\nhi") ==
        "head 200 1.1 'Very  fine' length=2 keep\n  Content-Length: 2\ndata hi\nend\n");
}

TEST_CASE("a phrase may be empty, also without its space") {
  CHECK(response_events("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n") ==
        "head 200 1.1 '' length=0 keep\n  Content-Length: 0\nend\n");
  CHECK(response_events("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n") ==
        "head 200 1.1 '' length=0 keep\n  Content-Length: 0\nend\n");
}

TEST_CASE("without framing a response lasts as long as its connection") {
  CHECK(response_events("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 is all body\r\n\r\n") ==
        "head 200 1.1 'OK' close once\ndata HTTP/1.1 is all body\r\n\r\n\nend\n");
  CHECK(response_events("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n") ==
        "head 200 1.0 'OK' close once\n  Connection: keep-alive\nend\n");
}

TEST_CASE("a chunked response may have trailers") {
  CHECK(response_events(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nETag: x\r\n\r\n") ==
        "head 200 1.1 'OK' chunked keep\n  Transfer-Encoding: chunked\ndata abc\ntrailers\n  ETag: x\nend\n");
}

TEST_CASE("a response to HEAD has no body but tells the length") {
  CHECK(response_events(
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            {"HEAD", "GET"}) ==
        "head 200 1.1 'OK' none(9) keep\n  Content-Length: 9\nend\n"
        "head 200 1.1 'OK' length=1 keep\n  Content-Length: 1\ndata x\nend\n");
  CHECK(response_events("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", {"HEAD"}) ==
        "head 200 1.1 'OK' none keep\n  Transfer-Encoding: chunked\nend\n");
}

TEST_CASE("204 and 304 have no body, whatever their fields say") {
  CHECK(
      response_events("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 None\r\n\r\n") ==
      "head 304 1.1 'Not Modified' none(9) keep\n  Content-Length: 9\nend\nhead 204 1.1 'None' none keep\nend\n");
  CHECK(response_events("HTTP/1.1 204 None\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 Same\r\n\r\n") ==
        "head 204 1.1 'None' none keep\n  Content-Length: 9\nend\nhead 304 1.1 'Same' none keep\nend\n");
}

TEST_CASE("interim responses come before the final one") {
  CHECK(response_events("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx") ==
        "head 100 1.1 'Continue' none keep\nhead 103 1.1 'Early Hints' none keep\n  Link: </a>\n"
        "head 200 1.1 'OK' length=1 keep\n  Content-Length: 1\ndata x\nend\n");
}

TEST_CASE("an interim response to HEAD does not use up what the final one answers") {
  CHECK(response_events("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                        {"HEAD"}) ==
        "head 103 1.1 'Early Hints' none keep\nhead 200 1.1 'OK' none(5) keep\n  Content-Length: 5\nend\n");
}

TEST_CASE("what follows a 101 is left alone") {
  CHECK(
      response_events(
          "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x01x") ==
      "head 101 1.1 'Switching' none keep\n  Connection: upgrade\n  Upgrade: websocket\nend\nrest \x81\x01x\n");
}

TEST_CASE("a 2xx to CONNECT has no body, another status has one") {
  CHECK(response_events("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {"CONNECT"}) ==
        "head 200 1.1 'OK' none keep\n  Content-Length: 5\nend\n");
  CHECK(response_events("HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\nx", {"CONNECT"}) ==
        "head 407 1.1 'No' length=1 keep\n  Content-Length: 1\ndata x\nend\n");
}

TEST_CASE("an Upgrade in a response other than 101 only informs") {
  CHECK(response_events(
            "HTTP/1.1 426 No\r\nConnection: upgrade\r\nUpgrade: TLS/1.2\r\nContent-Length: 1\r\n\r\nx") ==
        "head 426 1.1 'No' length=1 keep\n"
        "  Connection: upgrade\n  Upgrade: TLS/1.2\n  Content-Length: 1\ndata x\nend\n");
}

TEST_CASE("a response that says close is the last") {
  CHECK(response_events("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") ==
        "head 200 1.1 'OK' length=0 once\n  Connection: close\n  Content-Length: 0\nend\n");
}
