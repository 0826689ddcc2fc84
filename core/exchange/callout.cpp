#include "exchange/callout.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "http/authority.h"
#include "http/hop_fields.h"

namespace sluice {
namespace {

constexpr std::size_t kMethodBytes = 32;
constexpr std::size_t kTargetBytes = 64 * 1024;
constexpr std::size_t kFieldOverhead = 32;  // a line's share of a header's size (RFC 9113 6.5.2)

std::string_view view(const sluice_str& text) {
  return {text.data != nullptr ? text.data : "", text.data != nullptr ? text.size : 0};
}
sluice_str str(std::string_view text) { return {text.data() != nullptr ? text.data() : "", text.size()}; }

bool is_target(std::string_view target, std::string_view method) {
  if (target == "*") return method == "OPTIONS";
  return target.starts_with('/') &&
         std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

// Timeouts stand in a list for each length (net/timeout.h): times are rounded up to sixteenths of their power of two.
std::chrono::milliseconds rounded(std::uint64_t milliseconds) {
  constexpr std::uint64_t kLeastStep = 10;
  const auto step = std::max(kLeastStep, std::bit_floor(milliseconds) / 16);
  return std::chrono::milliseconds((milliseconds + step - 1) / step * step);
}

}  // namespace

void CalloutList::end_all() {
  ended_ = true;
  while (first_ != nullptr)
    first_->finish(make_error(ErrorCode::draining));
}

Callout::Callout(CalloutList& list, const Group& group, sluice_callout_fn on_done, void* user)
    : list_(list),
      home_(*list.home_),
      plan_(*list.plan_),
      group_(group),
      on_done_(on_done),
      user_(user),
      headers_(arena_),
      head_(arena_),
      timeout_([](void* self) { static_cast<Callout*>(self)->finish(make_error(ErrorCode::total_timeout)); },
               this),
      started_ns_(home_.loop().now_ns()) {}

Callout::~Callout() = default;

// ---- beginning ----

sluice_status Callout::start(CalloutList& list, const sluice_callout_request& request,
                             sluice_callout_fn on_done, void* user, sluice_callout** out) {
  if (list.ended_) return SLUICE_ENDED;
  if (on_done == nullptr) return SLUICE_INVALID;
  if (list.size_ >= SLUICE_CALLOUT_MOST) return SLUICE_TOO_LARGE;
  sluice_callout_request whole{};
  std::memcpy(&whole, &request, std::min(request.size, sizeof whole));
  const Plan& plan = *list.plan_->plan;
  const auto group = plan.group_by_name.find(std::string(view(whole.upstream)));
  if (group == plan.group_by_name.end()) return SLUICE_NOT_FOUND;
  const auto index = static_cast<std::size_t>(group->second);
  std::unique_ptr<Callout, void (*)(Callout*)> made(new Callout(list, *plan.groups[index], on_done, user),
                                                    [](Callout* refused) { delete refused; });
  if (const auto status = made->take(whole); status != SLUICE_OK) return status;
  made->set_ = list.plan_->views[index].set(made->group_);
  if (out != nullptr) *out = made.get();
  Callout& callout = *made.release();
  callout.link();
  callout.timeout_.arm(callout.loop().timeouts(rounded(whole.timeout_ms)));
  callout.begin();
  return SLUICE_OK;
}

sluice_status Callout::take(const sluice_callout_request& request) {
  auto method = view(request.method), target = view(request.target), host = view(request.host);
  if (method.empty()) method = "GET";
  if (method.size() > kMethodBytes || !ascii::is_token(method) || method == "CONNECT") return SLUICE_INVALID;
  if (target.size() > kTargetBytes || request.body.size > SLUICE_CALLOUT_BODY_MOST ||
      request.body_limit > SLUICE_CALLOUT_BODY_MOST || request.timeout_ms > SLUICE_CALLOUT_TIMEOUT_MOST)
    return SLUICE_TOO_LARGE;
  if (!is_target(target, method) || request.timeout_ms == 0) return SLUICE_INVALID;
  if (!host.empty() && !parse_authority(host)) return SLUICE_INVALID;
  method_ = arena_.copy(method);
  target_ = arena_.copy(target);
  host_ = arena_.copy(host);
  body_ = view(request.body);
  body_limit_ = request.body_limit;
  cut_body_ = request.cut_body;
  if (is_stable(group_.settings().balance.algorithm) && request.hash.data != nullptr)
    hash_ = hash_of(view(request.hash));
  return take_headers(request);
}

sluice_status Callout::take_headers(const sluice_callout_request& request) {
  constexpr HeaderIds kOurs = kHopFields | HeaderIds{HeaderId::host, HeaderId::expect};
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < request.header_count; ++i) {
    const auto name = view(request.names[i]), value = view(request.values[i]);
    bytes += name.size() + value.size() + kFieldOverhead;
    if (bytes > SLUICE_CALLOUT_HEADERS_MOST) return SLUICE_TOO_LARGE;
    if (kOurs.has(header_id(name)) || headers_.add(name, value) != FieldFault::none) return SLUICE_INVALID;
  }
  return SLUICE_OK;
}

void Callout::link() {
  next_ = list_.first_;
  if (next_ != nullptr) next_->previous_ = this;
  list_.first_ = this;
  ++list_.size_;
  ++plan_.in_use;
}

void Callout::unlink() {
  (previous_ != nullptr ? previous_->next_ : list_.first_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  --list_.size_;
}

void Callout::begin() {
  bool full = false;
  member_ = choose(full);
  if (member_ >= 0) {
    counted_ = true;
    acquire();
  } else if (full) {
    fail_later(make_error(ErrorCode::overloaded, group_.name()));
  } else {
    fail_later(
        make_error(set_->members().empty() ? ErrorCode::no_address : ErrorCode::no_endpoint, group_.name()));
  }
}

// A member that counts this callout already, or -1; `full` when one would be there but for its max_in_flight.
int Callout::choose(bool& full) {
  PickQuery query{loop().now_ns(), home_.random(), {}, hash_};
  // Another worker may take the last place between the pick and the entering.
  for (int again = 0; again < 4; ++again) {
    const int index = set_->pick(query);
    full = query.saw_full;
    if (index < 0) return -1;
    const Member& member = set_->members()[static_cast<std::size_t>(index)];
    if (member.endpoint->enter(member.max_in_flight)) return index;
  }
  full = true;
  return -1;
}

// Twice has the effect of once (RFC 9110 9.2.2).
bool Callout::may_repeat() const {
  for (std::string_view method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
    if (method_ == method) return true;
  return false;
}

void Callout::acquire() {
  Pool& pool = home_.pools().of(set_->members()[static_cast<std::size_t>(member_)].endpoint);
  const auto want = replaced_ ? Pool::Want::fresh : may_repeat() ? Pool::Want::any : Pool::Want::looked_at;
  auto got = pool.acquire(group_.settings(), *this, want);
  if (got.session != nullptr)
    send(*got.session);
  else if (got.error)
    fail_later(std::move(got.error));
  else
    pool_ = &pool;
}

void Callout::on_pool_ready(h1::H1UpstreamSession* session, const Error& error) {
  pool_ = nullptr;
  if (session != nullptr)
    send(*session);
  else
    finish(error);
}

void Callout::send(UpstreamStream& stream) {
  stream_ = &stream;
  stream.set_sink(*this);
  sent_ns_ = loop().now_ns();
  BodyPlan body;
  if (!body_.empty()) body = {BodyPlan::length, body_.size()};
  stream.send_request(method_, target_, host_.empty() ? std::string_view(endpoint().authority()) : host_,
                      headers_, body, {}, head_);
  stream.send_data(body_);
  stream.send_end();
}

// on_done never runs inside start().
void Callout::fail_later(Error error) {
  failed_ = std::move(error);
  loop().defer(
      [](void* self) {
        auto& failed = *static_cast<Callout*>(self);
        failed.finish(failed.failed_);
      },
      this);
}

// ---- the response ----

void Callout::on_stream_event(const Event& event) {
  if (auto* data = std::get_if<DataEvent>(&event))
    on_data(data->bytes);
  else if (std::holds_alternative<HeadersEvent>(event))
    on_head();
  else if (std::holds_alternative<EndEvent>(event))
    finish({});
  else if (auto* abort = std::get_if<AbortEvent>(&event))
    on_abort(*abort);
  // Trailers are not told.
}

void Callout::on_head() {
  if (head_.is_interim()) return;
  if (head_.status == 101) {
    finish(make_error(ErrorCode::upstream_protocol, "101 that was not asked for"));
    return;
  }
  judge({});
  if (!cut_body_ && head_.framing == Framing::length && head_.content_length > body_limit_)
    finish(make_error(ErrorCode::upstream_body_too_large,
                      fmt::format("{} bytes, {} wanted", head_.content_length, body_limit_)));
}

void Callout::on_data(std::string_view bytes) {
  body_bytes_ += bytes.size();
  kept_.append(bytes.substr(0, static_cast<std::size_t>(body_limit_) - kept_.size()));
  if (!cut_body_ && body_bytes_ > body_limit_)
    finish(make_error(ErrorCode::upstream_body_too_large, fmt::format("over {} bytes", body_limit_)));
}

void Callout::on_abort(const AbortEvent& abort) {
  const bool nothing_came = stream_ != nullptr && !stream_->has_response_bytes();
  const bool stale = nothing_came && stream_->is_reused() && !replaced_ && may_repeat();
  if (abort.gone) stream_ = nullptr;
  if (stale) {
    // A pooled connection that had been closed by the other side.
    replaced_ = true;
    let_go();
    acquire();
    return;
  }
  Error error = abort.error;
  error.origin = Origin::upstream;
  if (error.code == ErrorCode::write_failed) error.code = ErrorCode::upstream_reset;
  finish(error);
}

// ---- the end ----

void Callout::finish(const Error& error) {
  if (done_) return;
  done_ = true;
  judge(error);
  unlink();
  leave();
  // Before the connection is free: in the middle of its parsing it must not take the request of a callout that on_done begins.
  tell(error);
  let_go();
  bury();
}

void Callout::cancel() {
  if (done_) return;
  done_ = true;
  unlink();
  leave();
  let_go();
  bury();
}

// Says how the endpoint did, once: when its response begins, and again if that breaks off.
void Callout::judge(const Error& error) {
  if (home_.ejector() == nullptr || member_ < 0) return;
  const bool has_head = head_.status != 0 && !head_.is_interim();
  Outcome outcome;
  std::string why;
  if (has_head && !judged_) {
    const auto now = loop().now_ns();
    outcome.took_ns = now - sent_ns_;
    endpoint().note_latency(outcome.took_ns, now);
    // Statuses that say nothing of the endpoint: the request itself asks for too much of this server.
    outcome.failed = is_failure(head_.status);
    if (outcome.failed) why = fmt::format("{}", head_.status);
  } else if (error && error.origin == Origin::upstream && error.code != ErrorCode::upstream_body_too_large) {
    outcome.failed = true;
    why = reason(error.code);
  } else if (error.code == ErrorCode::total_timeout && sent_ns_ != 0 && !has_head) {
    // The caller's time stands for that of the first byte.
    outcome.failed = true;
    why = reason(ErrorCode::first_byte_timeout);
  } else {
    return;
  }
  judged_ = true;
  outcome.why = why;
  outcome.began_ns = started_ns_;
  home_.ejector()->note(set_->members()[static_cast<std::size_t>(member_)].endpoint,
                        group_.settings().ejection, outcome);
}

void Callout::tell(const Error& error) {
  sluice_callout_result result{};
  result.size = sizeof result;
  if (error) {
    result.reason = str(reason(error.code));
    if (!error.detail.empty()) result.detail = str(error.detail);
  }
  std::vector<sluice_str> names, values;
  if (head_.status != 0 && !head_.is_interim()) {
    result.status = head_.status;
    // A list of options that is too long is not worth an error here: the fields of one hop go in any case.
    remove_connection_options(head_.headers);
    head_.headers.remove(kHopFields);
    for (auto& field : head_.headers.fields()) {
      names.push_back(str(field.name));
      values.push_back(str(field.value));
    }
  }
  result.names = names.data();
  result.values = values.data();
  result.header_count = names.size();
  result.body = str(kept_);
  result.body_bytes = body_bytes_;
  if (member_ >= 0) result.endpoint = str(endpoint().text());
  result.took_us = (loop().now_ns() - started_ns_) / 1000;
  on_done_(&result, user_);
  loop().clock_is_stale();
}

void Callout::leave() {
  timeout_.cancel();
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->cancel(*this);
  if (!std::exchange(counted_, false)) return;
  endpoint().leave();
  group_.share().queue.room();
}

void Callout::let_go() {
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->finish();
}

// It may be calling right now, and its texts may wait in output until the turn ends.
void Callout::bury() {
  loop().defer(
      [](void* self) {
        auto* dead = static_cast<Callout*>(self);
        ExchangeHome& home = dead->home_;
        WorkerPlan& plan = dead->plan_;
        delete dead;
        home.on_token_back(plan);
      },
      this);
}

}  // namespace sluice
