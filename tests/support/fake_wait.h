// Pausing and resuming, and slots, of the fake host: the parts of `sluice_exchange_api` that may be called from any thread.
//
// A FakeWait is shared by the paused exchange and the plugin's token; whichever lives longer keeps it. Used by FakeExchange
// and FakeHost only.
#pragma once

#include <sluice/exchange.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace sluice::test {

struct FakeWait {
  struct Answer {
    sluice_verdict verdict = SLUICE_CONTINUE;
    sluice_resume_fn fn = nullptr;  // when set, its verdict counts
    void (*gone)(void* user) = nullptr;
    void* user = nullptr;
  };

  // False when the exchange has ended.
  bool post(const Answer& answer);
  // Waits at most five seconds of real time. [worker's thread]
  std::optional<Answer> take();
  // An answer is there for take(). [worker's thread]
  bool is_answered();
  // Calls `gone` of an answer that came too late to be taken. [worker's thread]
  void exchange_ended();

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::optional<Answer> answer_;
  bool ended_ = false;
};

// What `sluice_exchange_api` points to.
std::int32_t reserve_slot(const sluice_host* host, const char* name, sluice_slot_free_fn free_value);
sluice_slot_free_fn slot_free(std::int32_t slot);
bool resume_wait(sluice_token* token, sluice_verdict verdict);
bool resume_wait_with(sluice_token* token, sluice_resume_fn fn, void (*gone)(void* user), void* user);
void drop_wait(sluice_token* token);
// Runs the `gone` functions of waits whose exchange had ended before they were resumed. [worker's thread]
void run_gone();

sluice_token* new_token(std::shared_ptr<FakeWait> wait);

}  // namespace sluice::test
