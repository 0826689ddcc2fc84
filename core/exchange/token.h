// The resume token: a wait that outlives its exchange.
//
// Made when a hook pauses; held by the plugin, on any thread. Giving it back posts to the worker's loop, where the exchange, if
// it still lives, goes on. The exchange and the plugin each hold one of two references. Until it is back it counts as a use of
// the exchange's WorkerPlan, so the plugin's instance outlives it. After the worker's end it comes back to nobody: no function
// of the plugin runs.
#pragma once

#include <sluice/exchange.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "net/loop.h"

namespace sluice {
class Exchange;
class ExchangeHome;
class WorkerPlan;
}  // namespace sluice

struct sluice_token {
  std::shared_ptr<sluice::Mailbox> mailbox;
  sluice::Loop* loop = nullptr;          // for the way back on the same thread
  sluice::Exchange* exchange = nullptr;  // loop thread only; null once it is over
  sluice::ExchangeHome* home = nullptr;  // these two likewise
  sluice::WorkerPlan* plan = nullptr;
  int side = 0;  // which run waits
  std::atomic<int> references{2};
  std::atomic<bool> gone{false};
  // How the wait ended.
  sluice_verdict verdict = SLUICE_FAIL;
  sluice_resume_fn fn = nullptr;
  void (*gone_fn)(void*) = nullptr;
  void* user = nullptr;
};

namespace sluice {

bool token_resume(sluice_token* token, sluice_verdict verdict);
bool token_resume_with(sluice_token* token, sluice_resume_fn fn, void (*gone)(void*), void* user);
void token_release(sluice_token* token);

}  // namespace sluice
