#include <algorithm>
#include <cctype>

#include "exchange/scenario.h"

namespace sluice::test {
namespace {

sluice_verdict shout(Exchange& exchange, const sluice_chunk* chunk) {
  std::string loud(chunk->data, chunk->length);
  std::ranges::transform(loud, loud.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  exchange.replace_chunk(loud);
  return SLUICE_CONTINUE;
}

sluice_verdict answer_here(Exchange& exchange, const sluice_chunk*) {
  exchange.respond(403, "text/plain", "local");
  return SLUICE_RESPOND;
}

// A post in two reads, then a get.
void post_and_get(ExchangeRig& rig) {
  auto& client = rig.client();
  const std::string request = post("/p", "0123456789");
  rig.ask(client, request);
  client.far->incoming = {request.substr(0, request.size() - 5), request.substr(request.size() - 5)};
  rig.settle();
  rig.ask(client, get("/a"));
  rig.settle();
}

void get_two(ExchangeRig& rig) {
  auto& client = rig.client();
  for (auto* target : {"/c", "/a"}) {
    rig.ask(client, get(target));
    rig.settle();
  }
}

void answer_usual(ExchangeRig& rig) {
  rig.answers["/a"].bytes = response(200, "body-a");
  rig.answers["/p"].bytes = response(200, "posted");
  rig.answers["/c"].pieces = {std::string(kChunkedHead) + chunk("bo"), chunk("dy-c"),
                              std::string(kLastChunk)};
  rig.response_bodies = {{"/a", "body-a"}, {"/p", "posted"}, {"/c", "body-c"}};
  rig.request_bodies["/p"] = "0123456789";
}

void want_whole(ExchangeRig& rig) {
  rig.hooks[SLUICE_ON_REQUEST] = [](Exchange& exchange, const sluice_chunk*) {
    exchange.want_whole_body(false, 1000);
    return SLUICE_CONTINUE;
  };
  rig.hooks[SLUICE_ON_RESPONSE] = [](Exchange& exchange, const sluice_chunk*) {
    exchange.want_whole_body(true, 1000);
    return SLUICE_CONTINUE;
  };
}

void replace_bodies(ExchangeRig& rig) {
  rig.hooks[SLUICE_ON_RESPONSE_BODY] = shout;
  rig.hooks[SLUICE_ON_REQUEST_BODY] = shout;
  rig.response_bodies = {{"/a", "BODY-A"}, {"/p", "POSTED"}, {"/c", "BODY-C"}};
}

}  // namespace

std::vector<Scenario> hook_scenarios() {
  std::vector<Scenario> all;
  auto add = [&all](std::string name, std::function<void(ExchangeRig&)> set,
                    std::function<void(ExchangeRig&)> drive, std::vector<int> statuses) {
    all.push_back({std::move(name),
                   [set](ExchangeRig& rig) {
                     answer_usual(rig);
                     set(rig);
                   },
                   std::move(drive), std::move(statuses)});
  };
  add("whole bodies", want_whole, post_and_get, {200, 200});
  add("whole bodies of chunks", want_whole, get_two, {200, 200});
  add("replaced bodies", replace_bodies, post_and_get, {200, 200});
  add("replaced chunks", replace_bodies, get_two, {200, 200});
  add("whole bodies, replaced",
      [](auto& rig) {
        want_whole(rig);
        replace_bodies(rig);
      },
      post_and_get, {200, 200});
  for (auto phase : {SLUICE_ON_REQUEST, SLUICE_ON_ROUTE, SLUICE_ON_BALANCE, SLUICE_ON_UPSTREAM_REQUEST,
                     SLUICE_ON_RESPONSE}) {
    add(std::string("local response in ") + name(phase),
        [phase](auto& rig) { rig.hooks[phase] = answer_here; }, get_two, {403, 403});
    add(std::string("local response to a post in ") + name(phase),
        [phase](auto& rig) { rig.hooks[phase] = answer_here; }, post_and_get, {403, 403});
  }
  add("local response in on_request_body", [](auto& rig) { rig.hooks[SLUICE_ON_REQUEST_BODY] = answer_here; },
      post_and_get, {403, 200});
  add("local response in on_response_body, whole",
      [](auto& rig) {
        want_whole(rig);
        rig.hooks[SLUICE_ON_RESPONSE_BODY] = answer_here;
      },
      post_and_get, {403, 403});
  add("local response in on_error",
      [](auto& rig) {
        rig.endpoints_resolve = false;
        rig.hooks[SLUICE_ON_ERROR] = answer_here;
      },
      get_two, {403, 403});
  return all;
}

}  // namespace sluice::test
