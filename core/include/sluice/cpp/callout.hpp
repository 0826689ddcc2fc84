// A plugin's own HTTP requests (<sluice/ext/callout.h>), awaited in a hook or on their own.
//
//   sluice::Task<sluice::Verdict> on_request(sluice::Exchange ex) {
//     auto answer = co_await sluice::callout(ex, {.upstream = "auth", .target = "/check", .timeout = 500ms});
//     if (!answer) co_return ex.fail(answer.reason);
//     co_return answer.status == 204 ? sluice::Verdict::proceed : ex.respond(403);
//   }
//
// (g++ 12 does not take a braced list of headers inside a co_await: fill a CalloutRequest before.)
// When the exchange ends during the wait, the callout is cancelled. One that goes on by itself: start_callout().
#ifndef SLUICE_CPP_CALLOUT_HPP
#define SLUICE_CPP_CALLOUT_HPP

#include <sluice/ext/callout.h>
#include <sluice/cpp/exchange.hpp>
#include <sluice/cpp/task.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice SLUICE_HIDDEN {

// See sluice_callout_request. Texts are copied when it begins.
struct CalloutRequest {
  std::string_view upstream;
  std::string_view method = "GET";
  std::string_view target;
  std::string_view host;  // empty: the endpoint's own
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
  std::chrono::milliseconds timeout{5000};
  std::uint64_t body_limit = 64 * 1024;  // bytes
  bool cut_body = false;
  std::optional<std::string_view> hash;
};

// See sluice_callout_result; a copy.
struct CalloutResult {
  explicit CalloutResult(const sluice_callout_result& from)
      : reason(detail::view(from.reason)),
        detail(detail::view(from.detail)),
        status(from.status),
        body(detail::view(from.body)),
        body_bytes(from.body_bytes),
        endpoint(detail::view(from.endpoint)),
        took(from.took_us) {
    headers.reserve(from.header_count);
    for (std::size_t i = 0; i < from.header_count; ++i)
      headers.emplace_back(detail::view(from.names[i]), detail::view(from.values[i]));
  }
  // True when a whole response came, whatever its status.
  explicit operator bool() const { return reason.empty(); }

  std::string reason, detail;
  int status;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::uint64_t body_bytes;
  std::string endpoint;
  std::chrono::microseconds took;
};

// As sluice_callout_api.start; SLUICE_UNAVAILABLE when this host has no callouts. [worker's thread]
inline Status start_callout(sluice_worker* worker, const CalloutRequest& request, sluice_callout_fn on_done,
                            void* user, sluice_callout** out = nullptr) {
  const auto* api = ability<sluice_callout_api>(SLUICE_CALLOUT);
  if (!api) return SLUICE_UNAVAILABLE;
  const auto str = [](std::string_view text) {
    return sluice_str{text.data() ? text.data() : "", text.size()};
  };
  std::vector<sluice_str> names, values;
  names.reserve(request.headers.size());
  values.reserve(request.headers.size());
  for (const auto& [name, value] : request.headers) {
    names.push_back(str(name));
    values.push_back(str(value));
  }
  sluice_callout_request asked{};
  asked.size = sizeof asked;
  asked.upstream = str(request.upstream);
  asked.method = str(request.method);
  asked.target = str(request.target);
  asked.host = str(request.host);
  asked.names = names.data();
  asked.values = values.data();
  asked.header_count = names.size();
  asked.body = str(request.body);
  asked.timeout_ms = static_cast<std::uint64_t>(request.timeout.count() > 0 ? request.timeout.count() : 0);
  asked.body_limit = request.body_limit;
  asked.cut_body = request.cut_body;
  if (request.hash) asked.hash = str(*request.hash);
  return api->start(worker, &asked, on_done, user, out);
}

namespace detail {

class Ask {
 public:
  Ask(Exchange ex, CalloutRequest request) : ex_(ex), request_(std::move(request)) {}
  Ask(const Ask&) = delete;
  Ask& operator=(const Ask&) = delete;
  // While the callout is under way, its share of the wait is ours to give back.
  ~Ask() {
    if (!callout_) return;
    api_->cancel(callout_);
    exchange_api().drop(share_.get()->token);
    share_.get()->release();
  }

  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    api_ = ability<sluice_callout_api>(SLUICE_CALLOUT);
    if (!api_) throw std::runtime_error("this host has no callouts");
    auto* wait = share_.begin(handle);
    status_ = start_callout(api_->worker(ex_.raw()), request_, on_done, this, &callout_);
    if (status_ != SLUICE_OK) wait->end();
  }
  CalloutResult await_resume() {
    if (status_ != SLUICE_OK) throw std::runtime_error("callout refused: status " + std::to_string(status_));
    return std::move(*share_.get()->value);
  }

 private:
  static void on_done(const sluice_callout_result* result, void* user) noexcept {
    auto* ask = static_cast<Ask*>(user);
    ask->callout_ = nullptr;
    auto* wait = ask->share_.get();
    wait->value.emplace(*result);
    wait->end();
  }

  Exchange ex_;
  CalloutRequest request_;
  const sluice_callout_api* api_ = nullptr;
  sluice_callout* callout_ = nullptr;
  Status status_ = SLUICE_OK;
  WaitShare<CalloutResult> share_;
};

}  // namespace detail

// Ask and wait for the end of the answer. Throws in the coroutine when the request is refused (see sluice_callout_api.start).
inline detail::Ask callout(Exchange ex, CalloutRequest request) { return {ex, std::move(request)}; }

}  // namespace sluice SLUICE_HIDDEN

#endif
