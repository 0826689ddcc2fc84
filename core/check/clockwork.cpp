#include "check/clockwork.h"

#include <uv.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "check/place.h"
#include "check/witness.h"

namespace sluice::check {
namespace {

// Timers are never freed, so that a dead handle is known for one.
struct Entry {
  Clockwork* owner;
  std::thread::id thread;
  std::uint64_t due_us;
  void (*fn)(void*);
  void* user;
  bool is_alive = true;
};

std::mutex lock;
std::deque<Entry>& entries() {
  static auto* all = new std::deque<Entry>;
  return *all;
}
std::atomic<std::uint64_t> jumped_us = 0;

std::uint64_t monotonic_us() { return uv_hrtime() / 1000 + jumped_us.load(std::memory_order_relaxed); }
std::uint64_t unix_us() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000 +
         jumped_us.load(std::memory_order_relaxed);
}

}  // namespace

Clockwork::~Clockwork() {
  std::lock_guard hold(lock);
  for (auto& entry : entries())
    if (entry.owner == this) entry.is_alive = false;
}

sluice_timer* Clockwork::after(sluice_exchange* ex, std::uint64_t milliseconds, void (*fn)(void*),
                               void* user) {
  auto& witness = Witness::process();
  if (!witness.may_use(ex, "timer->after()")) return nullptr;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 31;  // milliseconds, as in the ABI
  if (fn == nullptr) {
    witness.fault("called timer->after() without a function", "name the function to call");
    return nullptr;
  }
  witness.count_timer();
  std::lock_guard hold(lock);
  auto& entry =
      entries().emplace_back(Entry{witness.clockwork_of(ex), std::this_thread::get_id(),
                                   monotonic_us() + std::min(milliseconds, kMost) * 1000, fn, user});
  return reinterpret_cast<sluice_timer*>(&entry);
}

void Clockwork::cancel(sluice_timer* timer) {
  std::lock_guard hold(lock);
  auto found = std::ranges::find_if(entries(), [timer](const Entry& entry) {
    return static_cast<const void*>(&entry) == static_cast<const void*>(timer);
  });
  auto& witness = Witness::process();
  if (found == entries().end())
    witness.fault("called timer->cancel() with something that is no timer",
                  "cancel what after() returned, and look whether it was null");
  else if (!found->is_alive)
    witness.fault("called timer->cancel() for a timer that had begun or was cancelled before",
                  "forget the handle first thing in its function and after cancel(): it is dead then");
  else if (found->thread != std::this_thread::get_id())
    witness.fault("called timer->cancel() on another thread than the worker's",
                  "cancel a timer where it was made");
  else
    found->is_alive = false;
}

bool Clockwork::fire_next() {
  Entry due{};
  {
    std::lock_guard hold(lock);
    Entry* first = nullptr;
    for (auto& entry : entries())
      if (entry.owner == this && entry.is_alive && (first == nullptr || entry.due_us < first->due_us))
        first = &entry;
    if (first == nullptr) return false;
    first->is_alive = false;
    due = *first;
    if (const auto now = monotonic_us(); due.due_us > now) jumped_us += due.due_us - now;
  }
  Turn turn(loop_);
  Place place("the function of a timer");
  try {
    due.fn(due.user);
  } catch (const std::exception& fault) {
    Witness::process().fault(fmt::format("the function of a timer threw an exception: {}", fault.what()),
                             "catch it there; an exception that leaves a plugin's function ends the process");
  } catch (...) {
    Witness::process().fault("the function of a timer threw an exception that is no std::exception",
                             "catch it there; an exception that leaves a plugin's function ends the process");
  }
  return true;
}

std::size_t Clockwork::pending() const {
  std::lock_guard hold(lock);
  return static_cast<std::size_t>(std::ranges::count_if(
      entries(), [this](const Entry& entry) { return entry.owner == this && entry.is_alive; }));
}

const sluice_timer_api& Clockwork::ability() {
  static const sluice_timer_api api{sizeof(sluice_timer_api), after, cancel, monotonic_us, unix_us};
  return api;
}

}  // namespace sluice::check
