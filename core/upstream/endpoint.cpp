#include "upstream/endpoint.h"

#include <cmath>

namespace sluice {
namespace {

// After so long without a response half of what was known counts no more; nanoseconds.
constexpr double kDecayNs = 10e9;

}  // namespace

Endpoint::Endpoint(std::string group, Address address, std::string authority, std::string zone)
    : group_(std::move(group)),
      text_(address.text()),
      authority_(std::move(authority)),
      zone_(std::move(zone)),
      address_(std::move(address)),
      id_(id_of(group_, text_)) {
  if (authority_.empty()) authority_ = address_.is_unix() ? "localhost" : text_;
}

std::uint64_t Endpoint::id_of(std::string_view group, std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](std::string_view part) {
    for (char c : part)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  mix(group);
  mix(std::string_view("\0", 1));
  mix(text);
  return hash;
}

bool Endpoint::enter(std::uint32_t most, bool past_trial) {
  auto trial = trial_.load(std::memory_order_relaxed);
  if (trial == Trial::open)
    // Whoever finds that the trial has just ended goes on as if there had been none.
    if (trial_.compare_exchange_strong(trial, Trial::taken, std::memory_order_acq_rel)) trial = Trial::open;
  if (trial == Trial::taken && !past_trial) return false;
  const auto before = in_flight_.fetch_add(1, std::memory_order_acq_rel);
  if ((before & kCounted) != 0) load_->in_flight.fetch_add(1, std::memory_order_relaxed);
  if ((before & ~kCounted) < most || most == 0) return true;
  count_out();
  if (trial == Trial::open) reopen_trial();
  return false;
}

// How many there were before.
std::uint32_t Endpoint::count_out() {
  // Sequentially consistent with Queue::room(), which looks who waits right behind it, and with Queue::push().
  const auto before = in_flight_.fetch_sub(1, std::memory_order_seq_cst);
  if ((before & kCounted) != 0) load_->in_flight.fetch_sub(1, std::memory_order_relaxed);
  return before & ~kCounted;
}

void Endpoint::leave() {
  if (count_out() == 1 && on_trial()) reopen_trial();
}

void Endpoint::reopen_trial() {
  auto taken = Trial::taken;
  trial_.compare_exchange_strong(taken, Trial::open, std::memory_order_acq_rel);
}

void Endpoint::count_in(std::shared_ptr<GroupLoad> load) {
  load_ = std::move(load);
  const auto here = in_flight_.fetch_or(kCounted, std::memory_order_acq_rel);
  load_->in_flight.fetch_add(here, std::memory_order_relaxed);
}

double Endpoint::latency_ns(std::uint64_t now_ns) const {
  const double known = latency_ns_.load(std::memory_order_relaxed);
  const auto at = latency_at_ns_.load(std::memory_order_relaxed);
  return known == 0 || now_ns <= at ? known : known * std::exp2(-static_cast<double>(now_ns - at) / kDecayNs);
}

// Two writers at once may lose one sample of many, which does no harm.
void Endpoint::note_latency(std::uint64_t took_ns, std::uint64_t now_ns) {
  const double known = latency_ns_.load(std::memory_order_relaxed);
  const auto at = latency_at_ns_.load(std::memory_order_relaxed);
  const auto took = static_cast<double>(took_ns);
  double next = took;
  if (known > took) {
    const double kept = now_ns <= at ? 1 : std::exp2(-static_cast<double>(now_ns - at) / kDecayNs);
    next = took + (known - took) * kept;
  }
  latency_ns_.store(next, std::memory_order_relaxed);
  latency_at_ns_.store(now_ns, std::memory_order_relaxed);
}

}  // namespace sluice
