// Asks the upstream "side" about each request and says what it heard in a response header.
#include <sluice/cpp/callout.hpp>
#include <sluice/plugin.hpp>

#include <string>
#include <utility>

namespace {

class Asks {
 public:
  sluice::Task<sluice::Verdict> on_request(sluice::Exchange ex) {
    const auto path = std::string(ex.path());
    sluice::CalloutRequest request{.upstream = "side", .method = "POST", .target = "/ask"};
    request.headers.emplace_back("X-Path", path);
    request.body = "may it?";
    const auto answer = co_await sluice::callout(ex, std::move(request));
    if (!answer) co_return ex.respond(503, "text/plain", answer.reason);
    if (answer.status != 200) co_return ex.respond(403, "text/plain", answer.body);
    ex.request().set("X-Asked", answer.body);
    co_return sluice::Verdict::proceed;
  }
};

}  // namespace

SLUICE_PLUGIN(Asks, "asks")
