#include "copy.h"

namespace mirror {

Copy::Copy(const void* owner, const Settings& settings, Report& report, Place place, bool expects_body)
    : owner_(owner),
      settings_(settings),
      report_(report),
      place_(std::move(place)),
      is_whole_(!expects_body),
      print_(settings.compare.body_limit) {}

// ---- the request ----

void Copy::take_head(sluice::Exchange ex) {
  // The first attempt's is the request; others differ in nothing that matters.
  if (std::exchange(has_head_, true)) return;
  method_ = ex.method();
  target_ = ex.path();
  if (const auto query = ex.get(SLUICE_QUERY)) target_.append("?").append(*query);
  host_ = settings_.host.empty() ? ex.text(SLUICE_AUTHORITY) : std::string_view(settings_.host);
  request_id_ = ex.request_id();
  for (auto [name, value] : ex.upstream_request())
    if (!settings_.replaces(name)) headers_.emplace_back(name, value);
  headers_.insert(headers_.end(), settings_.set.begin(), settings_.set.end());
  if (!settings_.marker.empty()) headers_.emplace_back(settings_.marker, "1");
}

bool Copy::take_body(std::string_view bytes, bool is_last) {
  if (body_.size() + bytes.size() > settings_.body_limit) return false;
  body_.append(bytes);
  is_whole_ = is_whole_ || is_last;
  return true;
}

sluice::Status Copy::send(sluice_worker* worker) {
  sluice::CalloutRequest request;
  request.upstream = settings_.upstream;
  request.method = method_;
  request.target = target_;
  request.host = host_;
  request.headers.assign(headers_.begin(), headers_.end());
  request.body = body_;
  request.timeout = settings_.timeout;
  request.body_limit = settings_.compare.body_limit;
  request.cut_body = true;
  auto share = std::make_unique<std::shared_ptr<Copy>>(shared_from_this());
  const auto status = sluice::start_callout(worker, request, on_done, share.get());
  if (status != SLUICE_OK) {
    drop();
    return status;
  }
  share.release();
  state_ = State::sent;
  report_.sent();
  // The callout has all of it.
  body_ = {};
  headers_ = {};
  return status;
}

void Copy::drop() {
  if (state_ == State::choosing) report_.dropped();
  state_ = State::over;
  place_.give_back();
  body_ = {};
  headers_ = {};
}

// ---- the answers ----

void Copy::begin_answer(sluice::Exchange ex) {
  // Of an attempt that is followed by another, nothing counts.
  main_.status = ex.status();
  main_.fields = chosen_fields(settings_.compare, [ex](const auto& each) {
    for (auto [name, value] : ex.response())
      each(name, value);
  });
  print_ = BodyPrint(settings_.compare.body_limit);
}

void Copy::end_answer(bool is_whole) {
  main_whole_ = is_whole;
  main_.body_length = print_.length();
  main_.body_hash = print_.hash();
  compare();
}

void Copy::on_done(const sluice_callout_result* result, void* user) noexcept {
  const std::unique_ptr<std::shared_ptr<Copy>> share(static_cast<std::shared_ptr<Copy>*>(user));
  (*share)->answered(*result);
}

void Copy::answered(const sluice_callout_result& result) {
  state_ = State::over;
  place_.give_back();
  const auto reason = sluice::detail::view(result.reason);
  if (!reason.empty()) {
    report_.failed(request_id_, reason, sluice::detail::view(result.detail));
    return;
  }
  report_.answered();
  if (!settings_.compare.any()) return;
  Answer answer;
  answer.status = result.status;
  answer.fields = chosen_fields(settings_.compare, [&result](const auto& each) {
    for (std::size_t i = 0; i < result.header_count; ++i)
      each(sluice::detail::view(result.names[i]), sluice::detail::view(result.values[i]));
  });
  BodyPrint print(settings_.compare.body_limit);
  print.add(sluice::detail::view(result.body));
  answer.body_length = result.body_bytes;
  answer.body_hash = print.hash();
  copy_ = std::move(answer);
  compare();
}

void Copy::compare() {
  if (!copy_ || !main_whole_ || !*main_whole_) return;
  report_.compared(request_id_, differences(settings_.compare, main_, *copy_));
}

}  // namespace mirror
