// Body hooks that only look leave a message's length as it is.
#include <catch2/catch_test_macros.hpp>

#include "support/exchange_rig.h"

namespace sluice::test {
namespace {

struct Looked {
  ExchangeRig rig;
  std::string request, answer;
  sluice_status replaced = SLUICE_OK;

  explicit Looked(bool observes) {
    if (observes) rig.hooks.observes = 1u << SLUICE_ON_REQUEST_BODY | 1u << SLUICE_ON_RESPONSE_BODY;
    rig.hooks[SLUICE_ON_REQUEST_BODY] = [this](Exchange& exchange, const sluice_chunk* chunk) {
      request.append(chunk->data, chunk->length);
      replaced = exchange.replace_chunk({chunk->data, chunk->length});
      return SLUICE_CONTINUE;
    };
    rig.hooks[SLUICE_ON_RESPONSE_BODY] = [this](Exchange&, const sluice_chunk* chunk) {
      answer.append(chunk->data, chunk->length);
      return SLUICE_CONTINUE;
    };
    rig.answers["/p"].bytes = response(200, "posted");
  }
  Message ask() {
    auto& client = rig.client();
    rig.ask(client, post("/p", "question"));
    rig.settle();
    return rig.responses(client).at(0).message;
  }
};

TEST_CASE("A hook that only looks sees all of a body and keeps its Content-Length, both ways") {
  Looked looked(true);
  const auto answer = looked.ask();
  CHECK(looked.request == "question");
  CHECK(looked.answer == "posted");
  CHECK(answer.header("Content-Length") == "6");
  CHECK(answer.body == "posted");
  const auto seen = looked.rig.seen_requests();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].message.header("Content-Length") == "8");
  CHECK(seen[0].message.body == "question");
  looked.rig.finish();
  CHECK_NOTHROW(looked.rig.check());
}

TEST_CASE("It may not replace what it looks at") {
  Looked looked(true);
  looked.ask();
  CHECK(looked.replaced == SLUICE_WRONG_PHASE);
}

TEST_CASE("One that may change the body costs it its length") {
  Looked looked(false);
  const auto answer = looked.ask();
  CHECK(looked.replaced == SLUICE_OK);
  CHECK(answer.header("Transfer-Encoding") == "chunked");
  CHECK(looked.rig.seen_requests().at(0).message.header("Transfer-Encoding") == "chunked");
}

}  // namespace
}  // namespace sluice::test
