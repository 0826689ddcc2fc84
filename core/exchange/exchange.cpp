#include "exchange/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "base/ascii.h"
#include "http/authority.h"
#include "http/normalise.h"

namespace sluice {
namespace {

// AddressSanitizer must see each one end.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kKeepFree = false;
#else
constexpr bool kKeepFree = true;
#endif

// Exchanges of this thread that are not in use: a request allocates nothing in the steady state. 256 of them, about 0.5 MB.
struct FreeExchanges {
  static constexpr std::size_t kMost = 256;
  void* items[kMost];
  std::size_t count = 0;
  ~FreeExchanges() {
    while (count > 0)
      ::operator delete(items[--count]);
  }
};
thread_local FreeExchanges free_exchanges;

}  // namespace

void* Exchange::operator new(std::size_t size) {
  return free_exchanges.count > 0 ? free_exchanges.items[--free_exchanges.count] : ::operator new(size);
}

void Exchange::operator delete(void* memory) {
  if (kKeepFree && free_exchanges.count < FreeExchanges::kMost)
    free_exchanges.items[free_exchanges.count++] = memory;
  else
    ::operator delete(memory);
}

Exchange::Exchange(ExchangeHome& home, WorkerPlan& plan, std::uint32_t listener,
                   const ConnectionFacts& connection, std::uint32_t connection_requests, ServerStream* client)
    : home_(home),
      plan_(plan),
      connection_(connection),
      policy_(&plan.plan->listeners[listener].policy),
      client_(client),
      request_(arena_),
      first_response_(arena_),
      upstream_headers_(arena_),
      client_sink_(*this),
      upstream_sink_(*this),
      started_ns_(home.loop().now_ns()),
      total_timeout_([](void* self) { static_cast<Exchange*>(self)->on_timeout(ErrorCode::total_timeout); },
                     this),
      request_timeout_([](void* self) { static_cast<Exchange*>(self)->on_timeout(ErrorCode::body_timeout); },
                       this),
      response_timeout_(
          [](void* self) { static_cast<Exchange*>(self)->on_timeout(ErrorCode::first_byte_timeout); }, this),
      half_close_timeout_(
          [](void* self) { static_cast<Exchange*>(self)->on_timeout(ErrorCode::client_closed); }, this),
      client_send_timeout_([](void* self) { static_cast<Exchange*>(self)->on_client_stuck(); }, this),
      upstream_send_timeout_([](void* self) { static_cast<Exchange*>(self)->on_upstream_stuck(); }, this),
      hedge_timeout_([](void* self) { static_cast<Exchange*>(self)->on_hedge_due(); }, this),
      wait_timeout_([](void* self) { static_cast<Exchange*>(self)->on_waited(); }, this),
      connection_requests_(connection_requests),
      listener_(listener) {
  chains_[0] = &plan.global;
  chains_[1] = &plan.listeners[listener];
  ++plan_.in_use;
  ++home_.counters().begun;
}

Exchange::~Exchange() {
  cancel_runs();
  --plan_.in_use;
  ++home_.counters().ended;
}

void Exchange::run_on_connect(std::chrono::milliseconds limit, void (*done)(void*, bool), void* arg) {
  connect_done_ = done;
  connect_arg_ = arg;
  arm(total_timeout_, limit);
  run(request_side, SLUICE_ON_CONNECT);
}

void Exchange::end_now() {
  logged_ = true;
  finish_client();
  over();
}

// ---- ends ----

void Exchange::client_gone(Error error) {
  if (answer_ == Answer::done || logged_) return;
  if (connect_done_ != nullptr) {
    over();
    return;
  }
  error_ = std::move(error);
  if (error_.code != ErrorCode::draining) error_.origin = Origin::client;
  answer_ = Answer::done;
  stamp(SLUICE_T_END);
  cancel_runs();
  leave_upstream();
  finish_client();
  log();
}

void Exchange::on_timeout(ErrorCode code) {
  if (connect_done_ != nullptr) {
    connect_done_(connect_arg_, false);
    over();
    return;
  }
  switch (code) {
    case ErrorCode::first_byte_timeout:
      if (tunnel_) {
        fail(make_error(ErrorCode::upstream_idle, "no byte either way"));
        break;
      }
      // One timer for the whole of the upstream's answer: silence before its head, or inside its body.
      if (answer_ == Answer::none) {
        on_no_response();
      } else {
        judge(true, reason(ErrorCode::upstream_idle));
        fail(make_error(ErrorCode::upstream_idle));
      }
      break;
    case ErrorCode::client_closed: client_gone(make_error(code, "client closed its side")); break;
    default: fail(make_error(code));
  }
}

// The upstream is late with its response, for this attempt or for good.
void Exchange::on_no_response() {
  if (!std::exchange(try_limited_, false)) {
    attempt_failed(make_error(ErrorCode::first_byte_timeout));
    return;
  }
  Error late = make_error(ErrorCode::try_timeout);
  const auto text = reason(late.code);
  if ((hedge_ == nullptr || !hedge_->is_sent()) && !may_try_again(RetrySettings::timeout, 0)) {
    // Nothing better is to be had: what is left of first_byte.
    if (policy().first_byte.count() > 0)
      arm(response_timeout_, policy().first_byte - retry_settings().per_try);
    return;
  }
  judge(true, text);
  note_attempt(text);
  if (fall_back_on_hedge()) return;
  error_ = std::move(late);
  next_attempt(true);
}

// The request has gone out: how long its response may take to begin.
void Exchange::expect_head() {
  const auto& retry = retry_settings();
  const auto whole = policy().first_byte;
  try_limited_ = retry.per_try.count() > 0 && attempts_ < retry.attempts &&
                 (whole.count() == 0 || retry.per_try < whole);
  arm(response_timeout_, try_limited_ ? retry.per_try : whole);
}

// The back-off is over, or nobody had room in time.
void Exchange::on_waited() {
  if (ticket_ == nullptr) {
    balance();
    return;
  }
  leave_queue();
  fail(make_error(ErrorCode::queue_timeout, group_object()->name()));
}

// Bytes wait that a side does not take. Slow is not stuck: as long as some go, it is waited for again.
void Exchange::wait_for_client() {
  client_unsent_ = client_->unsent();
  arm(client_send_timeout_, policy().send);
}

void Exchange::wait_for_upstream() {
  upstream_unsent_ = upstream_->unsent();
  arm(upstream_send_timeout_, policy().send);
}

void Exchange::on_client_stuck() {
  if (client_ == nullptr) return;
  if (client_->unsent() != client_unsent_)
    wait_for_client();
  else
    client_gone(make_error(ErrorCode::client_closed, "client takes nothing"));
}

void Exchange::on_upstream_stuck() {
  if (upstream_ == nullptr) return;
  if (upstream_->unsent() != upstream_unsent_)
    wait_for_upstream();
  else if (answer_ == Answer::none)
    attempt_failed(make_error(ErrorCode::upstream_idle, "upstream takes nothing"));
  else
    fail(make_error(ErrorCode::upstream_idle, "upstream takes nothing"));
}

void Exchange::finish_client() {
  for (auto* timeout : {&total_timeout_, &request_timeout_, &response_timeout_, &client_send_timeout_,
                        &upstream_send_timeout_, &half_close_timeout_, &wait_timeout_})
    timeout->cancel();
  if (client_ != nullptr) std::exchange(client_, nullptr)->finish();
}

void Exchange::log() {
  if (std::exchange(logged_, true)) return;
  run(response_side, SLUICE_ON_LOG);
}

void Exchange::over() {
  if (std::exchange(over_, true)) return;
  cancel_runs();
  leave_upstream();
  if (slots_ != nullptr)
    for (std::size_t i = 0; i < kSlots; ++i)
      if (slots_[i] != nullptr) home_.free_slot(i, std::exchange(slots_[i], nullptr));
  home_.on_exchange_over(*this);
}

// Without a length it runs no more: one timeout stands for several things, one after the other.
void Exchange::arm(Timeout& timeout, std::chrono::milliseconds length) {
  if (length.count() > 0)
    timeout.arm(home_.loop().timeouts(length));
  else
    timeout.cancel();
}

// ---- facts ----

void Exchange::stamp(sluice_number which) {
  auto& time = times_[static_cast<std::size_t>(which) - SLUICE_T_REQUEST_HEAD];
  time = static_cast<std::int64_t>((home_.loop().now_ns() - started_ns_) / 1000);
}

std::int64_t Exchange::number(sluice_number which) const {
  switch (which) {
    case SLUICE_STATUS:
      // A client that left before a head went out: 499, as its log line is known by.
      return answer_ == Answer::done && error_ && !local_ && response_->status == 0 ? status_of(error_.code)
                                                                                    : response_->status;
    case SLUICE_ATTEMPTS: return attempts_;
    case SLUICE_REQUEST_BYTES: return static_cast<std::int64_t>(request_bytes_);
    case SLUICE_RESPONSE_BYTES: return static_cast<std::int64_t>(response_bytes_);
    case SLUICE_STARTED_AT: {
      timespec now{};
      clock_gettime(CLOCK_REALTIME, &now);
      return now.tv_sec * 1'000'000 + now.tv_nsec / 1000 -
             static_cast<std::int64_t>((uv_hrtime() - started_ns_) / 1000);
    }
    case SLUICE_T_REQUEST_HEAD:
    case SLUICE_T_ROUTED:
    case SLUICE_T_CONNECTED:
    case SLUICE_T_FIRST_BYTE:
    case SLUICE_T_END: return times_[static_cast<std::size_t>(which) - SLUICE_T_REQUEST_HEAD];
    case SLUICE_CONNECTION_ID: return static_cast<std::int64_t>(connection_.id);
    case SLUICE_CONNECTION_REQUESTS: return connection_requests_;
    case SLUICE_WORKER: return home_.worker();
    case SLUICE_IS_LOCAL: return local_ ? 1 : 0;
    case SLUICE_PHASE: return phase();
  }
  return -1;
}

Origin Exchange::origin() const {
  if (error_) return error_.origin;
  if (local_) return blamed_ != nullptr ? Origin::plugin : Origin::local;
  return Origin::upstream;
}

const Group* Exchange::group_object() const {
  return group_ >= 0 ? plan_.plan->groups[static_cast<std::size_t>(group_)].get() : nullptr;
}

const EndpointSet* Exchange::set() {
  if (set_ == nullptr && group_ >= 0) {
    const auto index = static_cast<std::size_t>(group_);
    set_ = plan_.views[index].set(*plan_.plan->groups[index]);
  }
  return set_.get();
}

const Member* Exchange::member() const {
  return set_ != nullptr && member_ >= 0 ? &set_->members()[static_cast<std::size_t>(member_)] : nullptr;
}

}  // namespace sluice
