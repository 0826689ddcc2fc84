// One version of everything the configuration decides, compiled and checked before any worker sees it.
//
//   file --config::load--> Config --make_uses--> plugin instances --build--> Plan + a WorkerPlan for each worker
//
// Immutable once published; destroyed on the control thread when the last worker has let go. Endpoints are carried from one
// snapshot to the next (upstream/endpoints.h).
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "exchange/plan.h"
#include "plugin/uses.h"
#include "upstream/endpoints.h"

namespace sluice {

struct Snapshot {
  std::uint64_t id = 0;
  std::shared_ptr<const config::Config> config;
  std::unique_ptr<Uses> uses;
  std::shared_ptr<const Plan> plan;
  // One for each worker; they view `uses`, so they go first.
  std::vector<std::unique_ptr<WorkerPlan>> workers;
};

class SnapshotBuilder {
 public:
  // Both outlive every snapshot.
  SnapshotBuilder(Host& host, Registry& registry) : host_(host), registry_(registry) {}
  // All problems at once, those that were there before included, or the snapshot for `config->workers` workers. Control thread.
  std::expected<std::shared_ptr<Snapshot>, config::Problems> build(config::Checked checked);
  Endpoints& endpoints() { return endpoints_; }
  // True when building `fresh` would give what `old` is.
  bool is_same(const Snapshot& old, const config::Config& fresh) {
    return sluice::is_same(*old.uses, registry_, fresh);
  }

 private:
  std::shared_ptr<Plan> make_plan(const config::Config& config, std::uint64_t id);

  Host& host_;
  Registry& registry_;
  std::uint64_t next_id_ = 1;
  Endpoints endpoints_;
};

}  // namespace sluice
