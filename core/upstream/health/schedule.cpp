#include "upstream/health/schedule.h"

#include <algorithm>
#include <bit>

namespace sluice {

void Appointment::set(Schedule& schedule, std::uint64_t at_ms) {
  cancel();
  schedule_ = &schedule;
  at_ = schedule.due_.emplace(std::max(at_ms, schedule.now_ms() + 1), this);
  schedule.sleep();
}

void Appointment::cancel() {
  if (schedule_ == nullptr) return;
  schedule_->due_.erase(at_);
  schedule_ = nullptr;
}

Schedule::Schedule(Loop& loop)
    : loop_(loop), timeout_([](void* self) { static_cast<Schedule*>(self)->wake(); }, this) {}

void Schedule::wake() {
  is_waking_ = true;
  const auto now = now_ms();
  while (!due_.empty() && due_.begin()->first <= now) {
    Appointment& first = *due_.begin()->second;
    first.cancel();
    first.fn_(first.arg_);
  }
  is_waking_ = false;
  sleep();
}

// An earlier wake-up that is no longer needed costs nothing but itself, so it stays.
void Schedule::sleep() {
  if (is_waking_ || due_.empty()) return;
  constexpr auto kTick = static_cast<std::uint64_t>(TimeoutList::kTick.count());
  const auto now = now_ms();
  const auto first = due_.begin()->first;
  const auto ticks = first > now ? std::bit_floor((first - now) / kTick) : 0;
  const auto length = std::max<std::uint64_t>(ticks, 1) * kTick;
  if (timeout_.armed() && wakes_at_ms_ <= now + length) return;
  wakes_at_ms_ = now + length;
  timeout_.arm(loop_.timeouts(std::chrono::milliseconds(length)));
}

}  // namespace sluice
