#include "exchange/scenario.h"

namespace sluice::test {
namespace {

using End = std::function<void(ExchangeRig&, sluice_token*)>;

void resume(ExchangeRig&, sluice_token* token) { token_resume(token, SLUICE_CONTINUE); }

void resume_with(ExchangeRig&, sluice_token* token) {
  token_resume_with(token, [](sluice_exchange*, void*) { return SLUICE_CONTINUE; }, nullptr, nullptr);
}

// As the ABI's drop().
void drop(ExchangeRig&, sluice_token* token) { token_resume(token, SLUICE_FAIL); }

// One more PAUSE from inside the resumption.
void resume_twice(ExchangeRig& rig, sluice_token* token) {
  token_resume_with(
      token,
      [](sluice_exchange* ex, void* arg) {
        return static_cast<ExchangeRig*>(arg)->pause(static_cast<Exchange&>(*ex));
      },
      nullptr, &rig);
  rig.settle();
  if (!rig.tokens.empty()) token_resume(rig.take_token(), SLUICE_CONTINUE);
}

void drive(ExchangeRig& rig, bool post_first, const End& end) {
  auto& client = rig.client();
  const std::string request = post_first ? post("/p", "0123456789") : get("/c");
  rig.ask(client, request);
  if (post_first)
    client.far->incoming = {request.substr(0, request.size() - 5), request.substr(request.size() - 5)};
  rig.settle();
  rig.tokens_last = end == nullptr;
  while (end != nullptr && !rig.tokens.empty()) {
    end(rig, rig.take_token());
    rig.settle();
  }
}

}  // namespace

std::vector<Scenario> waiting_scenarios() {
  std::vector<Scenario> all;
  const std::pair<const char*, End> ends[] = {{"resume", resume},
                                              {"resume_with", resume_with},
                                              {"drop", drop},
                                              {"pause again", resume_twice},
                                              {"after the end", nullptr}};
  for (int at = SLUICE_ON_REQUEST; at < SLUICE_PHASES; ++at) {
    const auto phase = static_cast<sluice_phase>(at);
    for (auto& [how, end] : ends) {
      const bool drops = std::string_view(how) == "drop";
      const bool waits = phase != SLUICE_ON_ERROR;
      for (bool post_first : {false, true}) {
        int status = waits ? 200 : 503;
        const bool runs = phase != SLUICE_ON_REQUEST_BODY || post_first;
        // The head is out when on_response_body fails: the response breaks off.
        if (drops && runs && waits && phase != SLUICE_ON_LOG && phase != SLUICE_ON_RESPONSE_BODY)
          status = 500;
        std::vector<int> statuses{status};
        if (end == nullptr) statuses.clear();
        all.push_back(
            {std::string("PAUSE in ") + name(phase) + ", " + how + (post_first ? ", post" : ", get"),
             [phase](ExchangeRig& rig) {
               rig.answers["/p"].bytes = response(200, "posted");
               rig.answers["/c"].pieces = {std::string(kChunkedHead) + chunk("bo"), chunk("dy-c"),
                                           std::string(kLastChunk)};
               rig.response_bodies = {{"/p", "posted"}, {"/c", "body-c"}};
               rig.request_bodies["/p"] = "0123456789";
               rig.endpoints_resolve = phase != SLUICE_ON_ERROR;
               rig.hooks[phase] = [&rig](Exchange& exchange, const sluice_chunk*) {
                 return rig.pause(exchange);
               };
             },
             [post_first, end](ExchangeRig& rig) { drive(rig, post_first, end); }, statuses});
      }
    }
  }
  return all;
}

}  // namespace sluice::test
