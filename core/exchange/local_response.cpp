// Answers that the gateway makes: those of hooks, and those for errors.
#include <fmt/format.h>

#include <ctime>

#include "base/ascii.h"
#include "base/log.h"
#include "exchange/exchange.h"
#include "http/h1/h1_writer.h"

namespace sluice {
namespace {

// IMF-fixdate (RFC 9110 5.6.7), made once a second and thread.
std::string_view make_http_date() {
  thread_local std::time_t made = 0;
  thread_local char text[32];
  const std::time_t now = std::time(nullptr);
  if (now != made) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    *fmt::format_to_n(text, sizeof text - 1, "{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[parts.tm_wday],
                      parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                      parts.tm_sec)
         .out = 0;
    made = now;
  }
  return text;
}

}  // namespace

std::string_view Exchange::http_date() { return arena_.copy(make_http_date()); }

sluice_status Exchange::respond(int status, std::string_view content_type, std::string_view body) {
  const auto made = make_response(status, content_type, body);
  if (auto* run = const_cast<HookRun*>(current_run()); run != nullptr && made == SLUICE_OK)
    run->responded = true;
  return made;
}

sluice_status Exchange::make_response(int status, std::string_view content_type, std::string_view body) {
  if (answer_ >= Answer::head_sent || logged_ || client_ == nullptr) return SLUICE_WRONG_PHASE;
  if (status < 200 || status > 599) return SLUICE_INVALID;
  auto type = arena_.copy(content_type);
  HeaderMap fresh(arena_);
  if (!type.empty() && fresh.add("Content-Type", type) != FieldFault::none) return SLUICE_INVALID;
  response_->headers.clear();
  response_->trailers.clear();
  response_->headers.assign(fresh);
  response_->headers.add_parsed("Date", http_date(), HeaderId::date);
  stamp_id();
  response_->status = status;
  local_body_ = arena_.copy(body);
  local_ = true;
  switch_to_ = {};
  return SLUICE_OK;
}

// Before the upstream's response has come.
void Exchange::take_back_response() {
  local_ = false;
  local_body_ = {};
  response_->status = 0;
  response_->headers.clear();
}

// Why, in the gateway's own log, as loud as the fault is; what a plugin failed at has been said by then (hook_run.cpp).
void Exchange::report(const Error& error) {
  const auto level = level_of(error.code);
  if (error.origin == Origin::plugin || !log::enabled(level)) return;
  const Member* at = error.origin == Origin::upstream ? member() : nullptr;
  log::write(
      level,
      fmt::format("{}{}{}{}{} [request {}{}{}]", reason(error.code), at != nullptr ? " at " : "",
                  at != nullptr ? std::string_view(at->endpoint->text()) : std::string_view(),
                  error.detail.empty() ? "" : ": ", error.detail, request_id(), route_ >= 0 ? " route " : "",
                  route_ >= 0 ? std::string_view(plan().routes[static_cast<std::size_t>(route_)].name)
                              : std::string_view()));
}

void Exchange::fail(Error error) {
  if (answer_ == Answer::done || logged_) return;
  error_ = std::move(error);
  report(error_);
  ++home_.counters().failed;
  cancel_runs();
  leave_upstream();
  for (auto* timeout : {&request_timeout_, &response_timeout_, &client_send_timeout_, &upstream_send_timeout_,
                        &half_close_timeout_})
    timeout->cancel();
  if (client_ == nullptr || answer_ == Answer::head_sent) {
    // Too late to say it: the client must see a message that breaks off.
    answer_ = Answer::done;
    stamp(SLUICE_T_END);
    finish_client();
    log();
    return;
  }
  if (request_.framing != Framing::none && !request_complete_) client_->hold(Hold::exchange);
  stage_ = Stage::done;
  make_error_response();
  if (response_hooks_done_) {
    after_response();
    return;
  }
  if (std::exchange(error_hooks_done_, true))
    answer_locally();
  else
    run(response_side, SLUICE_ON_ERROR);
}

// A small body, JSON when the client would rather have it, with the request id to quote.
void Exchange::make_error_response() {
  const int status = status_of(error_.code);
  bool json = false;
  for (std::size_t nth = 0; auto accept = request_.headers.get(HeaderId::accept, nth); ++nth) {
    json |= accept->find("json") != std::string_view::npos;
    if (accept->find("text/html") != std::string_view::npos ||
        accept->find("text/plain") != std::string_view::npos)
      break;
  }
  const auto id = request_id();
  const auto body =
      json ? fmt::format("{{\"status\":{},\"reason\":\"{}\",\"message\":\"{}\",\"request_id\":\"{}\"}}\n",
                         status, reason(error_.code), explain(error_.code), id)
           : fmt::format("{} {}\n{}\nreason: {}\nrequest id: {}\n", status, h1::phrase_of(status),
                         explain(error_.code), reason(error_.code), id);
  local_ = false;
  make_response(status, json ? "application/json" : "text/plain; charset=utf-8", body);
  if (error_.code == ErrorCode::no_endpoint || error_.code == ErrorCode::overloaded)
    response_->headers.add("Retry-After", "1");
}

// Nothing more is wanted of the upstream, nor of the request.
void Exchange::leave_for_local() {
  HookRun& request = runs_[request_side];
  cancel(request);
  request.active = false;
  leave_upstream();
  for (auto* timeout : {&request_timeout_, &response_timeout_})
    timeout->cancel();
  retry_wanted_ = false;
  stage_ = Stage::done;
  if (client_ != nullptr && request_.framing != Framing::none && !request_complete_)
    client_->hold(Hold::exchange);
}

void Exchange::answer_locally() {
  cancel_runs();
  leave_for_local();
  answer_ = Answer::hooks;
  if (response_hooks_done_)
    after_response();
  else
    run(response_side, SLUICE_ON_RESPONSE);
}

}  // namespace sluice
