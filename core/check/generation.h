// One snapshot of the plugin under check: its instances, as the gateway makes them, and the chains of each worker, with the
// hooks watched and a neighbour on either side.
//
// Made and destroyed on the checking thread (the configuration thread of the ABI), after the last exchange on its plans.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "check/stand.h"
#include "check/table.h"
#include "check/watched_hooks.h"
#include "config/problem.h"
#include "plugin/registry.h"
#include "plugin/uses.h"

namespace sluice::check {

class Generation {
 public:
  struct Options {
    std::uint32_t workers = 1;
    std::size_t uses = 1;
  };
  // Calls create() and create_worker(). `library` is what `registry` finds as `file`. A refusal gives its problems.
  static std::expected<std::unique_ptr<Generation>, config::Problems> make(Registry& registry,
                                                                           const std::string& file,
                                                                           const Library& library,
                                                                           const Table& table,
                                                                           Options options);
  // Calls destroy_worker() and destroy().
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  // The plan for exchanges on `stand`, with the states of its worker; made anew at each call, as the stand's neighbours act.
  WorkerPlan& plan(Stand& stand);
  const Instance& instance(std::size_t use = 0) const { return *uses_->global[use]; }
  // After each call of one of the plugin's hooks; empty: nothing.
  void after_call(std::function<void()> call);

 private:
  Generation() = default;

  std::shared_ptr<const config::Config> config_;
  std::unique_ptr<Uses> uses_;
  std::vector<std::unique_ptr<WatchedUse>> watched_;
  std::vector<std::unique_ptr<WorkerPlan>> plans_;
  std::function<void()> after_call_;
};

}  // namespace sluice::check
