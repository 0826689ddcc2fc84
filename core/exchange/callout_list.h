// The callouts of one snapshot on one worker: what plugins hold as `sluice_worker`, and what ends them all.
#pragma once

#include <sluice/ext/callout.h>

#include <cstddef>

struct sluice_worker {};

namespace sluice {

class Callout;
class ExchangeHome;
class WorkerPlan;

// Part of a WorkerPlan, which each callout keeps in use until it is gone. [loop]
class CalloutList final : public sluice_worker {
 public:
  CalloutList() = default;
  CalloutList(const CalloutList&) = delete;
  CalloutList& operator=(const CalloutList&) = delete;

  // Whose it is; before the first callout. Again is no work.
  void bind(ExchangeHome& home, WorkerPlan& plan) {
    home_ = &home;
    plan_ = &plan;
  }
  // The worker ends: those under way end with `draining`, and no other begins. In a turn.
  void end_all();
  std::size_t size() const { return size_; }

 private:
  friend class Callout;
  ExchangeHome* home_ = nullptr;
  WorkerPlan* plan_ = nullptr;
  Callout* first_ = nullptr;
  std::size_t size_ = 0;
  bool ended_ = false;
};

}  // namespace sluice
