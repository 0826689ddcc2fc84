// Hooks that wait: what happens meanwhile is nobody's fault, and nothing moves that was not let go.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("A client is not blamed for the time that a request body hook waits") {
  ExchangeRig rig;
  rig.answers["/p"].bytes = response(200, "posted");
  rig.hooks[SLUICE_ON_REQUEST_BODY] = [&rig](Exchange& exchange, const sluice_chunk*) {
    return rig.pause(exchange);
  };
  auto& client = rig.client();
  const std::string request = post("/p", "0123456789");
  rig.ask(client, request.substr(0, request.size() - 5));
  rig.settle();
  rig.advance(rig.policy.request_body + 1s);
  CHECK(rig.responses(client).empty());
  client.far->feed("56789");
  while (!rig.tokens.empty()) {
    token_resume(rig.take_token(), SLUICE_CONTINUE);
    rig.settle();
  }
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.status() == 200);
}

TEST_CASE("A client that stays silent after a waiting hook has its time again, and then 408") {
  ExchangeRig rig;
  rig.hooks[SLUICE_ON_REQUEST_BODY] = [&rig](Exchange& exchange, const sluice_chunk*) {
    return rig.pause(exchange);
  };
  auto& client = rig.client();
  const std::string request = post("/p", "0123456789");
  rig.ask(client, request.substr(0, request.size() - 5));
  rig.settle();
  token_resume(rig.take_token(), SLUICE_CONTINUE);
  rig.settle();
  rig.advance(rig.policy.request_body + 1s);
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.status() == 408);
}

TEST_CASE("An upstream is not blamed for the time that a response hook waits") {
  for (auto phase : {SLUICE_ON_RESPONSE, SLUICE_ON_RESPONSE_BODY}) {
    INFO(name(phase));
    ExchangeRig rig;
    rig.answers["/c"].pieces = {std::string(kChunkedHead) + chunk("bo"), chunk("dy"),
                                std::string(kLastChunk)};
    rig.hooks[phase] = [&rig](Exchange& exchange, const sluice_chunk*) {
      return rig.pause(exchange);
    };
    auto& client = rig.client();
    rig.ask(client, get("/c"));
    rig.settle();
    while (!rig.tokens.empty()) {
      rig.advance(rig.policy.response_body + 1s);
      token_resume(rig.take_token(), SLUICE_CONTINUE);
      rig.settle();
    }
    REQUIRE(rig.responses(client).size() == 1);
    CHECK(rig.responses(client)[0].whole);
    CHECK(rig.responses(client)[0].message.body == "body");
  }
}

TEST_CASE("An upstream that stays silent after a waiting hook is given up") {
  ExchangeRig rig;
  rig.answers["/c"].pieces = {std::string(kChunkedHead) + chunk("bo")};
  rig.hooks[SLUICE_ON_RESPONSE] = [&rig](Exchange& exchange, const sluice_chunk*) {
    return rig.pause(exchange);
  };
  auto& client = rig.client();
  rig.ask(client, get("/c"));
  rig.settle();
  token_resume(rig.take_token(), SLUICE_CONTINUE);
  rig.settle();
  rig.advance(rig.policy.response_body + 1s);
  CHECK(client.far->is_closed);
  CHECK(rig.reasons == std::vector<std::string>{"upstream_idle"});
}

TEST_CASE("A piece that waits in a hook stays first when its connection proves stale") {
  ExchangeRig rig;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/p"].bytes = response(200, "posted");
  int pieces = 0;
  rig.hooks[SLUICE_ON_REQUEST_BODY] = [&](Exchange& exchange, const sluice_chunk*) {
    return ++pieces == 1 ? rig.pause(exchange) : SLUICE_CONTINUE;
  };
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  const std::string request = put("/p", "0123456789");
  rig.ask(client, request.substr(0, request.size() - 5));
  client.far->feed("56789");
  rig.settle();
  rig.net.connected[0]->incoming_error = UV_ECONNRESET;
  rig.settle();
  token_resume(rig.take_token(), SLUICE_CONTINUE);
  rig.settle();
  REQUIRE(rig.net.connected.size() == 2);
  REQUIRE(rig.seen_requests().back().whole);
  CHECK(rig.seen_requests().back().message.body == "0123456789");
}

TEST_CASE("A whole body that a route's hook replaces after its connection proved stale is sent once, whole") {
  ExchangeRig rig;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/p"].bytes = response(200, "posted");
  rig.hooks_at_route = true;
  rig.want_whole_request = 100;
  rig.hooks[SLUICE_ON_REQUEST_BODY] = [&](Exchange& exchange, const sluice_chunk*) {
    exchange.replace_chunk("replaced by more than was there");
    return rig.pause(exchange);
  };
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  rig.ask(client, put("/p", "0123456789"));
  rig.settle();
  rig.net.connected[0]->incoming_error = UV_ECONNRESET;
  rig.settle();
  token_resume(rig.take_token(), SLUICE_CONTINUE);
  rig.settle();
  REQUIRE(rig.net.connected.size() == 2);
  CHECK(rig.seen_requests().back().message.body == "replaced by more than was there");
  CHECK(rig.responses(client).size() == 2);
}

TEST_CASE("A local response that was made before a wait is sent after it") {
  for (auto phase : {SLUICE_ON_REQUEST, SLUICE_ON_ROUTE, SLUICE_ON_BALANCE, SLUICE_ON_UPSTREAM_REQUEST}) {
    INFO(name(phase));
    ExchangeRig rig;
    rig.answers["/a"].bytes = response(200, "a");
    rig.hooks[phase] = [&rig](Exchange& exchange, const sluice_chunk*) {
      exchange.respond(403, "text/plain", "local");
      return rig.pause(exchange);
    };
    auto& client = rig.client();
    rig.ask(client, get("/a"));
    rig.settle();
    token_resume(rig.take_token(), SLUICE_CONTINUE);
    rig.settle();
    REQUIRE(rig.responses(client).size() == 1);
    CHECK(rig.responses(client)[0].message.status() == 403);
    CHECK(rig.responses(client)[0].message.body == "local");
  }
}

TEST_CASE("A hook that may fail leaves no half of its local response behind") {
  ExchangeRig rig;
  rig.answers["/a"].bytes = response(200, "a");
  rig.hooks.deny = false;
  rig.hooks[SLUICE_ON_REQUEST] = [](Exchange& exchange, const sluice_chunk*) {
    exchange.respond(403, "text/plain", "local");
    return SLUICE_FAIL;
  };
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.status() == 200);
  CHECK(rig.responses(client)[0].message.body == "a");
}

TEST_CASE(
    "A local response in on_response stands although the upstream breaks off under the rest of the request") {
  ExchangeRig rig;
  rig.answers["/p"] = {.bytes = std::string(kChunkedHead) + chunk("bo"), .at_head = true};
  rig.hooks[SLUICE_ON_RESPONSE] = [](Exchange& exchange, const sluice_chunk*) {
    exchange.respond(403, "text/plain", "local");
    return SLUICE_RESPOND;
  };
  rig.hooks[SLUICE_ON_RESPONSE_BODY] = [&rig](Exchange& exchange, const sluice_chunk*) {
    return rig.pause(exchange);
  };
  auto& client = rig.client();
  const std::string request = post("/p", "0123456789");
  rig.ask(client, request.substr(0, request.size() - 5));
  rig.settle();
  CHECK(rig.net.connected[0]->is_closed);  // so that nothing it does can take the place of the answer
  client.far->feed("56789");
  rig.settle();
  token_resume(rig.take_token(), SLUICE_CONTINUE);
  rig.settle();
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.body == "local");
}

TEST_CASE(
    "A piece that waits in a hook is not left out when no connection comes in the place of a stale one") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.answers["/a"].bytes = response(200, "a");
  int pieces = 0;
  rig.hooks[SLUICE_ON_REQUEST_BODY] = [&](Exchange& exchange, const sluice_chunk*) {
    return ++pieces == 1 ? rig.pause(exchange) : SLUICE_CONTINUE;
  };
  auto& client = rig.client();
  for (int i = 0; i < 2; ++i) {
    rig.ask(client, get("/a"));
    rig.settle();
  }
  const std::string request = put("/p", "0123456789");
  rig.ask(client, request.substr(0, request.size() - 5));
  client.far->feed("56789");
  rig.settle();
  REQUIRE(rig.tokens.size() == 1);
  rig.net.connects_hang = true;
  rig.net.connected[0]->incoming_error = UV_ECONNRESET;
  rig.settle();
  rig.net.connects_hang = false;
  rig.advance(rig.group.connect_timeout + 1s);
  token_resume(rig.take_token(), SLUICE_CONTINUE);
  rig.settle();
  REQUIRE(rig.responses(client).size() == 3);
  CHECK(rig.responses(client)[2].message.status() == 504);
  for (auto& seen : rig.seen_requests())
    CHECK((seen.message.method() != "PUT" || !seen.whole));
}

TEST_CASE("Without a limit between two reads the one of the head does not go on") {
  ExchangeRig rig;
  rig.policy.first_byte = 1s;
  rig.policy.response_body = 0s;
  rig.answers["/a"].bytes = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab";
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  rig.advance(5s);
  rig.net.connected[0]->feed("cd");
  rig.settle();
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.body == "abcd");
}

}  // namespace
}  // namespace sluice::test
