// Further attempts: when one follows, when none may, and what the endpoints and the client see of it.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

// Longer than any back-off.
constexpr auto kBackOff = 1s;

std::set<std::string> asked(const ExchangeRig& rig) {
  std::set<std::string> addresses;
  for (auto& seen : rig.seen_requests())
    addresses.insert(seen.far->remote().text());
  return addresses;
}

int status_after_retries(ExchangeRig& rig, std::string_view request) {
  auto& client = rig.client();
  rig.ask(client, request);
  rig.settle();
  for (int i = 0; i < 5; ++i)
    rig.advance(kBackOff);
  const auto seen = rig.responses(client);
  return seen.empty() ? 0 : seen[0].message.status();
}

TEST_CASE("A 503 for a GET is asked of another endpoint after a back-off") {
  ExchangeRig rig;
  rig.endpoints = 3;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/a"].first = {response(503, "no")};
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  CHECK(rig.responses(client).empty());
  rig.advance(kBackOff);
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.body == "a");
  CHECK(asked(rig).size() == 2);
  rig.finish();
  CHECK_NOTHROW(rig.check());
}

TEST_CASE("When no attempt is left the upstream's own answer passes unchanged") {
  ExchangeRig rig;
  rig.endpoints = 3;
  rig.answers["/a"].bytes = response(503, "page of the upstream", "X-Page: 1\r\n");
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  for (int i = 0; i < 5; ++i)
    rig.advance(kBackOff);
  REQUIRE(rig.responses(client).size() == 1);
  CHECK(rig.responses(client)[0].message.status() == 503);
  CHECK(rig.responses(client)[0].message.body == "page of the upstream");
  CHECK(rig.responses(client)[0].message.header("X-Page") == "1");
  CHECK(rig.net.connected.size() == 3);
}

TEST_CASE("attempts = 1 makes one attempt") {
  ExchangeRig rig;
  rig.endpoints = 3;
  rig.group.retry.attempts = 1;
  rig.answers["/a"].bytes = response(503, "no");
  CHECK(status_after_retries(rig, get("/a")) == 503);
  CHECK(rig.net.connected.size() == 1);
  rig.net.connect_status = UV_ECONNREFUSED;
  rig.group.retry.attempts = 1;
  CHECK(status_after_retries(rig, get("/a")) == 502);
  CHECK(rig.net.connected.size() == 2);
}

TEST_CASE("A POST is sent again only when it may be") {
  struct Case {
    const char* fields;
    bool allowed;
    int status;
  };
  for (auto [fields, allowed, status] :
       {Case{"", false, 503}, {"Idempotency-Key: k\r\n", false, 200}, {"", true, 200}}) {
    ExchangeRig rig;
    rig.endpoints = 2;
    rig.group.retry.non_idempotent = allowed;
    rig.answers["/a"].bytes = response(200, "a");
    rig.answers["/a"].first = {response(503, "no")};
    rig.request_bodies["/a"] = "0123456789";
    CHECK(status_after_retries(rig, post("/a", "0123456789", fields)) == status);
    CHECK(rig.seen_requests().size() == (status == 200 ? 2u : 1u));
    rig.finish();
    CHECK_NOTHROW(rig.check());
  }
}

TEST_CASE("A body is there again for every further attempt") {
  ExchangeRig rig;
  rig.endpoints = 3;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/a"].first = {response(503, "no"), response(503, "no")};
  const std::string body(20'000, 'x');
  rig.request_bodies["/a"] = body;
  CHECK(status_after_retries(rig, put("/a", body)) == 200);
  const auto seen = rig.seen_requests();
  REQUIRE(seen.size() == 3);
  for (auto& one : seen)
    CHECK(one.message.body == body);
  rig.finish();
  CHECK_NOTHROW(rig.check());
}

TEST_CASE("A body too large to be kept ends the retries, and the answer passes") {
  ExchangeRig rig;
  rig.endpoints = 3;
  rig.answers["/a"].bytes = response(503, "no");
  CHECK(status_after_retries(rig, put("/a", std::string(40'000, 'x'))) == 503);
  CHECK(rig.seen_requests().size() == 1);
}

TEST_CASE("A reset before the response is asked again of another endpoint") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/a"].breaks = 1;
  CHECK(status_after_retries(rig, get("/a")) == 200);
  CHECK(asked(rig).size() == 2);
}

TEST_CASE("An attempt that takes longer than per_try gives way to another") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.group.retry.per_try = 100ms;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/a"].silences = 1;
  CHECK(status_after_retries(rig, get("/a")) == 200);
  CHECK(asked(rig).size() == 2);
}

TEST_CASE("per_try does not end the last attempt, which has first_byte") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.policy.first_byte = 60s;
  rig.group.retry.per_try = 100ms;
  rig.group.retry.attempts = 2;
  rig.answers["/a"].silences = 2;
  CHECK(status_after_retries(rig, get("/a")) == 0);
  rig.advance(60s);
  CHECK(rig.reasons == std::vector<std::string>{"first_byte_timeout"});
}

TEST_CASE("Without budget there is no further attempt") {
  ExchangeRig rig;
  rig.endpoints = 3;
  rig.group.retry.budget_percent = 0;
  rig.group.retry.budget_min = 1;
  rig.answers["/a"].bytes = response(503, "no");
  auto& first = rig.client();
  rig.ask(first, get("/a"));
  rig.settle();
  rig.advance(kBackOff);
  rig.advance(kBackOff);
  // One further attempt in this second; the clock of budgets does not jump.
  CHECK(rig.seen_requests().size() == 2);
  CHECK(rig.responses(first)[0].message.status() == 503);
}

TEST_CASE("total includes back-off and further attempts") {
  ExchangeRig rig;
  rig.endpoints = 3;
  rig.policy.total = 200ms;
  rig.group.retry.per_try = 150ms;
  rig.group.retry.backoff = rig.group.retry.backoff_max = 10s;
  rig.answers["/a"].silences = 3;
  CHECK(status_after_retries(rig, get("/a")) == 504);
  CHECK(rig.reasons == std::vector<std::string>{"total_timeout"});
}

TEST_CASE("A client that leaves during a back-off ends the exchange") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.answers["/a"].bytes = response(503, "no");
  auto& client = rig.client();
  rig.ask(client, get("/a"));
  rig.settle();
  client.far->incoming_error = UV_ECONNRESET;
  rig.settle();
  rig.advance(kBackOff);
  CHECK(rig.seen_requests().size() == 1);
  rig.finish();
  CHECK_NOTHROW(rig.check());
}

TEST_CASE("A hook may send any response back for another attempt, until none is left") {
  ExchangeRig rig;
  rig.endpoints = 3;
  rig.answers["/a"].bytes = response(200, "good");
  rig.answers["/a"].first = {response(200, "stale"), response(404, "gone")};
  std::vector<sluice_status> told;
  rig.hooks[SLUICE_ON_RESPONSE] = [&](Exchange& exchange, const sluice_chunk*) {
    if (exchange.response().content_length != 4 || exchange.status() == 404)
      told.push_back(exchange.retry_response());
    return SLUICE_CONTINUE;
  };
  CHECK(status_after_retries(rig, get("/a")) == 200);
  CHECK(told == std::vector{SLUICE_OK, SLUICE_OK});
  CHECK(asked(rig).size() == 3);
  rig.finish();
  CHECK_NOTHROW(rig.check());
}

TEST_CASE("Every attempt is in the record once there is more than one") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/a"].first = {response(503, "no")};
  std::string record;
  rig.hooks[SLUICE_ON_LOG] = [&](Exchange& exchange, const sluice_chunk*) {
    for (auto& note : exchange.notes())
      if (note.name == "upstream.attempts") record = note.value;
    return SLUICE_CONTINUE;
  };
  CHECK(status_after_retries(rig, get("/a")) == 200);
  CHECK(record.find("192.0.2.1:80 503 ") == 0);
  CHECK(record.find(", 192.0.2.2:80 200 ") != std::string::npos);
}

TEST_CASE("Each attempt may find one stale connection") {
  ExchangeRig rig;
  rig.endpoints = 2;
  rig.group.retry.attempts = 2;
  rig.answers["/warm"].bytes = response(200, "w");
  rig.answers["/a"].bytes = response(200, "a");
  rig.answers["/a"].breaks = 3;
  auto& first = rig.client();
  auto& second = rig.client();
  rig.ask(first, get("/warm"));
  rig.settle();
  rig.ask(second, get("/warm"));
  rig.settle();
  REQUIRE(rig.net.connected.size() == 2);
  // Stale, then a fresh one that breaks; at the other endpoint stale again, then a good one.
  rig.ask(first, get("/a"));
  rig.settle();
  for (int i = 0; i < 3; ++i)
    rig.advance(1s);
  REQUIRE(rig.responses(first).size() == 2);
  CHECK(rig.responses(first)[1].message.status() == 200);
}

}  // namespace
}  // namespace sluice::test
