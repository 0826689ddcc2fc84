#include "check/stand.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <functional>

#include "check/place.h"
#include "check/watched_host.h"
#include "check/witness.h"
#include "net/timer.h"

namespace sluice::check {
namespace {

using Clock = std::chrono::steady_clock;

// How long a pass with nothing to do may sleep: short, as the other threads that are waited for are quick or stuck.
constexpr std::uint64_t kNapMs = 2;
// Passes without movement before a timer of the plugin's fires in place of the time it asks for.
constexpr int kQuietPasses = 3;
// Timers that may fire until what is waited for has come: one that always sets the next would never end.
constexpr int kMostTimers = 10'000;

}  // namespace

Stand::Stand(std::uint32_t worker)
    : worker_(worker),
      pools_(std::make_unique<PoolTable>(loop_)),
      origin_(std::make_unique<ScriptOrigin>(loop_)),
      group_(std::make_shared<Group>(
          "origin", GroupSettings{},
          Members{{std::make_shared<Endpoint>("origin", *Address::parse(origin_->address())), 1},
                  {std::make_shared<Endpoint>("origin", *Address::parse(origin_->refusing_address())), 0}})) {
}

Stand::~Stand() {
  end_all();
  pools_.reset();
  origin_.reset();
}

// ---- requests ----

Stand::Request& Stand::begin_exchange(WorkerPlan& plan, std::unique_ptr<MemoryClient> client) {
  auto& request = requests_.emplace_back();
  request.client = std::move(client);
  plans_.push_back(&plan);
  ConnectionFacts facts;
  facts.remote = *Address::parse("192.0.2.7:40000");
  facts.id = next_connection_++;
  request.exchange =
      new Exchange(*this, plan, 0, facts, request.client != nullptr ? 1 : 0, request.client.get());
  Witness::process().begin_exchange(request.exchange, clockwork_);
  return request;
}

Stand::Request& Stand::begin(WorkerPlan& plan, std::vector<std::string> pieces, bool closes) {
  auto& request = begin_exchange(plan, std::make_unique<MemoryClient>(loop_, std::move(pieces), closes));
  request.client->attach(*request.exchange);
  return request;
}

Stand::Request& Stand::connect(WorkerPlan& plan) {
  Turn turn(loop_);
  auto& request = begin_exchange(plan, nullptr);
  request.exchange->run_on_connect(
      std::chrono::milliseconds(0),
      [](void* to, bool accepted) { static_cast<Request*>(to)->accepted = accepted; }, &request);
  return request;
}

void Stand::abort(Request& request) {
  Turn turn(loop_);
  loop_.defer(
      [](void* to) {
        auto& going = *static_cast<Request*>(to);
        if (going.exchange != nullptr && going.client != nullptr) going.client->abort();
      },
      &request);
}

void Stand::end_all() {
  Turn turn(loop_);
  for (auto& request : requests_)
    if (request.exchange != nullptr) request.exchange->end_now();
  end_callouts();
}

void Stand::end_callouts() {
  Turn turn(loop_);
  for (auto* plan : plans_)
    plan->callouts.end_all();
}

void Stand::settle_callouts(std::chrono::milliseconds patience) {
  settle_until(patience, [this] {
    return std::ranges::all_of(plans_, [](const WorkerPlan* plan) { return plan->callouts.size() == 0; });
  });
  end_callouts();
}

void Stand::forget() {
  std::erase_if(plans_, [](const WorkerPlan* plan) { return plan->callouts.size() == 0; });
  std::erase_if(requests_, [](const Request& request) { return request.exchange == nullptr; });
}

// ---- running ----

bool Stand::pass() {
  const auto earlier = movement();
  bool sent = false;
  for (auto& request : requests_)
    if (request.exchange != nullptr && request.client != nullptr) sent |= request.client->step();
  loop_.run_once(false);
  return sent || movement() != earlier;
}

std::size_t Stand::movement() const {
  std::size_t sum = origin_->events() + Witness::process().counts().calls();
  for (auto& request : requests_)
    sum += (request.client != nullptr ? request.client->calls() : 0) + (request.exchange == nullptr ? 1 : 0);
  return sum;
}

bool Stand::is_waiting_for_plugin() const {
  return std::ranges::any_of(requests_, [](const Request& request) {
    return request.exchange != nullptr && Witness::process().is_waiting(request.exchange);
  });
}

void Stand::wait_a_little() {
  bool rung = false;
  auto* bell = Timer::start(loop_, kNapMs, [](void* flag) { *static_cast<bool*>(flag) = true; }, &rung);
  loop_.run_once(true);
  if (!rung) bell->cancel();
}

bool Stand::settle_until(std::chrono::milliseconds patience, const std::function<bool()>& done) {
  auto moved_at = Clock::now();
  int quiet = 0, fired = 0;
  while (!done()) {
    if (pass()) {
      moved_at = Clock::now();
      quiet = 0;
      continue;
    }
    if (++quiet < kQuietPasses) continue;
    // Time goes by at once for who waits for it; what is to come from other threads or the kernel is waited for.
    if ((is_waiting_for_plugin() || Witness::process().open_tokens() > 0) && clockwork_.fire_next()) {
      if (++fired > kMostTimers) return false;
      moved_at = Clock::now();
      quiet = 0;
      continue;
    }
    if (Clock::now() - moved_at > patience) return false;
    wait_a_little();
  }
  return true;
}

bool Stand::settle(std::chrono::milliseconds patience) {
  return settle_until(patience, [this] {
    return std::ranges::all_of(requests_, [](const Request& request) { return request.exchange == nullptr; });
  });
}

bool Stand::drain_tokens(std::chrono::milliseconds patience) {
  const bool all = settle_until(patience, [] { return Witness::process().open_tokens() == 0; });
  // What was given back last is still on its way.
  for (int i = 0; i < kQuietPasses; ++i)
    pass();
  return all;
}

// ---- the exchanges' home ----

void Stand::free_slot(std::size_t slot, void* value) {
  auto& slots = watched_host().slots();
  if (!slots.is_reserved(static_cast<std::int32_t>(slot))) return;
  auto& witness = Witness::process();
  const bool is_stored = witness.begin_free(slot, value);
  auto free_value = slots.free_function(static_cast<std::int32_t>(slot));
  Place place(fmt::format("the free function of slot {}", slot));
  try {
    if (is_stored && free_value != nullptr) free_value(value);
  } catch (...) {
    witness.fault(fmt::format("the free function of slot {} threw an exception", slot),
                  "catch it there; an exception that leaves a plugin's function ends the process");
  }
  witness.end_free();
}

void Stand::on_exchange_over(Exchange& exchange) {
  auto found =
      std::ranges::find(requests_, &exchange, [](const Request& request) { return request.exchange; });
  if (found != requests_.end()) found->exchange = nullptr;
  Witness::process().end_exchange(&exchange);
  loop_.defer([](void* dead) { delete static_cast<Exchange*>(dead); }, &exchange);
}

}  // namespace sluice::check
