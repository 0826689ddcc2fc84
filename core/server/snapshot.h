// One version of everything the configuration decides, compiled and checked before any worker sees it.
//
// Holds the Config, the Plan, the plugins' instances, and a WorkerPlan for each worker. Immutable once published; destroyed on
// the control thread when the last worker has let go. Endpoints are carried from one snapshot to the next when their group's
// name and address are the same, so counts and pooled connections live on.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "exchange/plan.h"

namespace sluice {

struct Snapshot {
  std::uint64_t id = 0;
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<Plan> plan;
  std::vector<std::unique_ptr<WorkerPlan>> workers;
};

class SnapshotBuilder {
 public:
  // All problems at once, or the snapshot. Control thread.
  std::expected<std::shared_ptr<Snapshot>, config::Problems> build(std::shared_ptr<const config::Config> config, std::uint32_t workers);

 private:
  std::shared_ptr<Group> make_group(const config::Upstream& upstream);

  std::uint64_t next_id_ = 1;
  std::map<std::string, std::weak_ptr<Endpoint>> endpoints_;  // by group and address
};

}  // namespace sluice
