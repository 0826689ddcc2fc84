// Request targets and Host (RFC 9112 3.2).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

TEST_CASE("An absolute-form target is sent on in origin-form, its authority as Host") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin));
  CHECK(gateway.once("GET http://shop.test:8080/a?b=c HTTP/1.1\r\nHost: other.test\r\n\r\n").status() == 204);
  const Message seen = origin.wait_request();
  CHECK(seen.target() == "/a?b=c");
  CHECK(seen.header("Host") == "shop.test:8080");
}

TEST_CASE("OPTIONS * stays what it is") {
  Origin origin(always(response(204, "", "Allow: GET\r\n")));
  Gateway gateway(proxy_to(origin));
  CHECK(gateway.once("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").header("Allow") == "GET");
  CHECK(origin.wait_request().start_line == "OPTIONS * HTTP/1.1");
}

TEST_CASE("The query is passed on as it came") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  std::size_t count = 0;
  for (const std::string target : {"/p?a=%2f&b=%zz&&", "/p?", "/p", "/p?a?b=/../c"}) {
    client.exchange(get(target));
    CHECK(origin.wait_request(++count).target() == target);
  }
}

TEST_CASE("The path reaches the origin in its normal form") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin));
  CHECK(gateway.once(get("/a/../b//%63/./d%2fe")).status() == 204);
  CHECK(origin.wait_request().target() == "/b/c/d%2Fe");
}

TEST_CASE("Host is passed on, or replaced by the endpoint when preserve_host is false") {
  Origin origin(always(response(204, "")));
  Gateway keeping(proxy_to(origin));
  keeping.once("GET / HTTP/1.1\r\nHost: Shop.Test:81\r\n\r\n");
  CHECK(origin.wait_request(1).all("Host") == std::vector<std::string>{"Shop.Test:81"});
  Gateway replacing(proxy_to(origin, "[forwarding]\npreserve_host = false"));
  replacing.once("GET / HTTP/1.1\r\nHost: Shop.Test:81\r\n\r\n");
  CHECK(origin.wait_request(2).all("Host") == std::vector<std::string>{origin.endpoint()});
}

TEST_CASE("A request with a doubtful Host is refused and never sent on") {
  const std::string fields = GENERATE(as<std::string>{}, "", "Host: a\r\nHost: a\r\n", "Host: a b\r\n",
                                      "Host: user@a\r\n", "Host: a/b\r\n", "Host: a:b\r\n", "Host: a, b\r\n");
  Origin origin;
  Gateway gateway(proxy_to(origin));
  Client client = gateway.connect();
  CHECK(client.exchange("GET / HTTP/1.1\r\n" + fields + "\r\n").status() == 400);
  CHECK(client.wait_end() == End::closed);
  CHECK(origin.requests().empty());
}

TEST_CASE("An unusual method is passed on") {
  Origin origin(always(response(204, "")));
  Gateway gateway(proxy_to(origin));
  CHECK(gateway.once("PROPFIND /dav HTTP/1.1\r\nHost: a\r\n\r\n").status() == 204);
  CHECK(origin.wait_request().method() == "PROPFIND");
}

}  // namespace
}  // namespace sluice::test
