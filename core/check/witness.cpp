#include "check/witness.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "hook/chain.h"

namespace sluice::check {
namespace {

thread_local HookCall* current_call = nullptr;
thread_local bool is_freeing = false;  // a slot's free function runs

constexpr auto kUseInHooks =
    "use a sluice_exchange inside a hook, or on its own thread while you hold a token of it; from elsewhere come back "
    "with resume_with()";

}  // namespace

int number_of(const sluice_verdict& verdict) {
  static_assert(sizeof(sluice_verdict) == sizeof(int));
  int number = 0;
  std::memcpy(&number, &verdict, sizeof number);
  return number;
}

Witness& Witness::process() {
  static auto* only = new Witness;  // the plugin's threads may outlive main
  return *only;
}

// ---- rules ----

void Witness::add(bool is_grave, std::string text, std::string remedy) {
  for (auto& known : faults_) {
    if (known.text != text) continue;
    ++known.times;
    return;
  }
  faults_.push_back({is_grave, std::move(text), std::move(remedy)});
}

void Witness::fault(std::string text, std::string remedy) {
  std::lock_guard hold(lock_);
  add(true, std::move(text), std::move(remedy));
}

void Witness::warn(std::string text, std::string remedy) {
  std::lock_guard hold(lock_);
  add(false, std::move(text), std::move(remedy));
}

std::vector<Fault> Witness::take_faults() {
  std::lock_guard hold(lock_);
  return std::exchange(faults_, {});
}

bool Witness::has_faults() {
  std::lock_guard hold(lock_);
  return !faults_.empty();
}

// ---- exchanges ----

void Witness::begin_exchange(sluice_exchange* ex, Clockwork& clockwork) {
  std::lock_guard hold(lock_);
  auto& exchange = exchanges_[ex] = {};
  exchange.number = ++exchanges_begun_;
  exchange.clockwork = &clockwork;
  exchange.thread = std::this_thread::get_id();
}

void Witness::end_exchange(sluice_exchange* ex) {
  std::lock_guard hold(lock_);
  exchanges_.erase(ex);
}

Clockwork* Witness::clockwork_of(sluice_exchange* ex) {
  std::lock_guard hold(lock_);
  auto found = exchanges_.find(ex);
  return found == exchanges_.end() ? nullptr : found->second.clockwork;
}

std::string Witness::refusal(sluice_exchange* ex, std::string_view what) {
  auto found = exchanges_.find(ex);
  if (found == exchanges_.end())
    return fmt::format("called {} with an exchange that is over, or that never was one", what);
  const auto& exchange = found->second;
  if (exchange.thread != std::this_thread::get_id())
    return fmt::format("called {} on another thread than the exchange's", what);
  if (is_freeing) return fmt::format("called {} in a slot's free function, when the exchange is over", what);
  if (exchange.calls == 0 && exchange.open_tokens == 0)
    return fmt::format("called {} outside a hook, and without holding the exchange paused", what);
  return {};
}

bool Witness::may_use(sluice_exchange* ex, std::string_view what) {
  std::lock_guard hold(lock_);
  auto why = refusal(ex, what);
  if (why.empty()) return true;
  add(true, std::move(why), kUseInHooks);
  return false;
}

// ---- hooks ----

HookCall* Witness::current() const { return current_call; }

void Witness::enter(HookCall& call) {
  call.outer = std::exchange(current_call, &call);
  std::lock_guard hold(lock_);
  ++exchanges_[call.ex].calls;
  if (!call.is_resume) ++counts_.hooks[call.phase];
}

bool Witness::is_verdict(int verdict, std::string_view where) {
  if (verdict >= SLUICE_CONTINUE && verdict <= SLUICE_FAIL) return true;
  fault(
      fmt::format("{} answered {}, which is no verdict", where, verdict),
      "return SLUICE_CONTINUE, SLUICE_PAUSE, SLUICE_RESPOND or SLUICE_FAIL on every way out of the function");
  return false;
}

void Witness::leave(HookCall& call, int verdict) {
  current_call = call.outer;
  const auto* where = name(call.phase);
  if (is_verdict(verdict, where)) {
    if (call.token_taken && verdict != SLUICE_PAUSE)
      fault(fmt::format("{} took a token with pause() and did not answer PAUSE", where),
            "return SLUICE_PAUSE after pause(); to go on at once, do not take a token");
    if (!call.token_taken && verdict == SLUICE_PAUSE)
      fault(
          fmt::format("{} answered PAUSE without a token", where),
          "take one with exchange->pause() in the same call; without it nobody can end the wait, and the host takes it "
          "for FAIL");
    if (verdict == SLUICE_RESPOND && call.phase == SLUICE_ON_LOG)
      fault("on_log answered RESPOND", "on_log comes after the response: return SLUICE_CONTINUE");
    if (verdict == SLUICE_FAIL && !call.said_why)
      warn(fmt::format("{} answered FAIL without a reason", where),
           "say why with exchange->fail_reason() before it; it goes to the log and the access log");
  }
  std::lock_guard hold(lock_);
  if (auto found = exchanges_.find(call.ex); found != exchanges_.end()) --found->second.calls;
}

// ---- waiting ----

Witness::Exchange* Witness::exchange_of(const WatchedToken& token) {
  auto found = exchanges_.find(token.ex);
  return found != exchanges_.end() && found->second.number == token.exchange_number ? &found->second
                                                                                    : nullptr;
}

sluice_token* Witness::take_token(sluice_exchange* ex, sluice_token* real) {
  auto* call = current();
  if (real == nullptr) {
    if (call != nullptr && call->token_taken)
      fault(fmt::format("{} called pause() twice in one call", name(call->phase)),
            "keep the token of the first call");
    return nullptr;
  }
  if (call != nullptr) call->token_taken = true;
  std::lock_guard hold(lock_);
  auto& token = tokens_.emplace_back();
  token.real = real;
  token.ex = ex;
  token.phase = call != nullptr ? call->phase : SLUICE_PHASES;
  by_handle_[&token] = &token;
  ++open_tokens_;
  ++counts_.waits;
  auto& exchange = exchanges_[ex];
  token.exchange_number = exchange.number;
  ++exchange.open_tokens;
  ++exchange.waits;
  return reinterpret_cast<sluice_token*>(&token);
}

WatchedToken* Witness::give_back(sluice_token* handle, std::string_view what) {
  std::lock_guard hold(lock_);
  auto found = by_handle_.find(handle);
  if (found == by_handle_.end()) {
    add(true, fmt::format("called {} with something that is no token", what),
        "give back what pause() returned, and look whether it was null");
    return nullptr;
  }
  auto& token = *found->second;
  if (token.given_back) {
    add(true,
        fmt::format("called {} for a token of {} that had been given back before", what, name(token.phase)),
        "give each token back by exactly one of resume(), resume_with() and drop(); after that its pointer is dead");
    return nullptr;
  }
  token.given_back = true;
  --open_tokens_;
  if (auto* exchange = exchange_of(token)) --exchange->open_tokens;
  return &token;
}

std::size_t Witness::open_tokens() {
  std::lock_guard hold(lock_);
  return open_tokens_;
}

std::string Witness::open_token_phases() {
  std::lock_guard hold(lock_);
  std::string text;
  for (const auto& token : tokens_) {
    if (token.given_back || text.find(name(token.phase)) != std::string::npos) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name(token.phase));
  }
  return text;
}

bool Witness::is_waiting(sluice_exchange* ex) {
  std::lock_guard hold(lock_);
  auto found = exchanges_.find(ex);
  return found != exchanges_.end() && found->second.waits > 0;
}

void Witness::end_wait(WatchedToken& token) {
  std::lock_guard hold(lock_);
  if (auto* exchange = exchange_of(token)) --exchange->waits;
}

void Witness::forget_tokens() {
  std::lock_guard hold(lock_);
  for (auto& token : tokens_)
    token.given_back = true;
  open_tokens_ = 0;
}

void Witness::hold(WatchedToken& token) {
  std::lock_guard hold(lock_);
  held_.push_back(&token);
}

std::vector<WatchedToken*> Witness::take_held() {
  std::lock_guard hold(lock_);
  return std::exchange(held_, {});
}

// ---- slots ----

void Witness::set_slot(sluice_exchange* ex, std::int32_t slot, void* value) {
  std::lock_guard hold(lock_);
  auto& place = exchanges_[ex].slots[slot];
  // What was there is the plugin's again.
  if (place != nullptr) --stored_[{slot, place}];
  place = value;
  if (value == nullptr) return;
  ++stored_[{slot, value}];
  ++counts_.slots_set;
}

bool Witness::begin_free(std::size_t slot, void* value) {
  is_freeing = true;
  std::lock_guard hold(lock_);
  auto found = stored_.find({static_cast<std::int32_t>(slot), value});
  if (found == stored_.end() || found->second == 0) {
    add(true, fmt::format("slot {} was freed twice, or holds what nobody stored", slot),
        "report this as a fault of Sluice");
    return false;
  }
  --found->second;
  ++counts_.slots_freed;
  return true;
}

void Witness::end_free() { is_freeing = false; }

std::size_t Witness::unfreed_slots() {
  std::lock_guard hold(lock_);
  std::size_t sum = 0;
  if (!exchanges_.empty()) return 0;
  for (auto& [key, times] : stored_)
    sum += static_cast<std::size_t>(times);
  return sum;
}

// ---- counts ----

std::uint32_t Witness::Counts::calls() const {
  std::uint32_t sum = 0;
  for (auto each : hooks)
    sum += each;
  return sum;
}

Witness::Counts Witness::counts() {
  std::lock_guard hold(lock_);
  return counts_;
}

void Witness::reset_counts() {
  std::lock_guard hold(lock_);
  counts_ = {};
}

void Witness::count_timer() {
  std::lock_guard hold(lock_);
  ++counts_.timers;
}

}  // namespace sluice::check
