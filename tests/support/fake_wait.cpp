#include "support/fake_wait.h"

#include <sluice/abi.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kSlots = 64;

// A name of its own: the gateway's `sluice_token` is another type.
struct FakeToken {
  std::shared_ptr<FakeWait> wait;
};

struct Slot {
  std::string name;
  sluice_slot_free_fn free_value;
};

std::mutex process_mutex;
std::vector<Slot> slots;
std::vector<FakeWait::Answer> gone;

std::shared_ptr<FakeWait> consume(sluice_token* raw) {
  std::unique_ptr<FakeToken> token(reinterpret_cast<FakeToken*>(raw));
  return std::move(token->wait);
}

}  // namespace

bool FakeWait::is_answered() {
  std::lock_guard lock(mutex_);
  return answer_.has_value();
}

bool FakeWait::post(const Answer& answer) {
  std::lock_guard lock(mutex_);
  if (ended_) {
    std::lock_guard process(process_mutex);
    if (answer.gone) gone.push_back(answer);
    return false;
  }
  answer_ = answer;
  posted_.notify_all();
  return true;
}

std::optional<FakeWait::Answer> FakeWait::take() {
  std::unique_lock lock(mutex_);
  posted_.wait_for(lock, kPatience, [this] { return answer_.has_value(); });
  return std::exchange(answer_, std::nullopt);
}

void FakeWait::exchange_ended() {
  std::optional<Answer> late;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    late = std::exchange(answer_, std::nullopt);
  }
  if (late && late->gone) late->gone(late->user);
}

std::int32_t reserve_slot(const sluice_host*, const char* name, sluice_slot_free_fn free_value) {
  std::lock_guard lock(process_mutex);
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (slots[i].name == name && slots[i].free_value == free_value) return static_cast<std::int32_t>(i);
  if (slots.size() == kSlots) return -1;
  slots.push_back({name, free_value});
  return static_cast<std::int32_t>(slots.size() - 1);
}

sluice_slot_free_fn slot_free(std::int32_t slot) {
  std::lock_guard lock(process_mutex);
  return slots.at(static_cast<std::size_t>(slot)).free_value;
}

sluice_token* new_token(std::shared_ptr<FakeWait> wait) {
  return reinterpret_cast<sluice_token*>(new FakeToken{std::move(wait)});
}

bool resume_wait(sluice_token* token, sluice_verdict verdict) {
  return consume(token)->post({.verdict = verdict});
}

bool resume_wait_with(sluice_token* token, sluice_resume_fn fn, void (*on_gone)(void* user), void* user) {
  return consume(token)->post({.fn = fn, .gone = on_gone, .user = user});
}

void drop_wait(sluice_token* token) { consume(token)->post({.verdict = SLUICE_FAIL}); }

void run_gone() {
  std::vector<FakeWait::Answer> late;
  {
    std::lock_guard lock(process_mutex);
    late.swap(gone);
  }
  for (const auto& answer : late)
    answer.gone(answer.user);
}

}  // namespace sluice::test
