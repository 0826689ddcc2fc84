// What create() and create_worker() may ask besides their arguments: where problems go, and the snapshot being made.
//
// The ABI's config->problem() and the create-time half of "sluice.routes/1" have no argument that leads back to the
// snapshot, so the configuration thread opens a scope around each call. One scope at a time per thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"

namespace sluice {

// One [[route]] as plugins see it.
struct RouteView {
  const config::Node* table = nullptr;  // with the defaults of the keys that plugins add
  std::string_view name;                // lives as long as the Config
  std::size_t number = 0;               // in the file, from 1
};

// The snapshot that uses are created for. Lives until its last instance is destroyed.
struct SnapshotBuild {
  std::shared_ptr<const config::Config> config;
  std::uint64_t id = 0;  // never reused
  std::uint32_t workers = 0;
  std::vector<RouteView> routes;                                 // in file order; without bad ones in a check
  std::shared_ptr<config::Tree> tree;                            // completed tables
  std::unordered_map<std::string_view, std::int64_t> upstreams;  // index by name

  // -1 when there is none of that name.
  std::int64_t find_upstream(std::string_view name) const {
    auto found = upstreams.find(name);
    return found == upstreams.end() ? -1 : found->second;
  }
};

class CreateScope {
 public:
  // All outlive the scope. `path` stands before messages about the use's own table, `position` where a node has none.
  CreateScope(const SnapshotBuild& build, config::Problems& problems, std::string path,
              config::Position position);
  ~CreateScope();
  CreateScope(const CreateScope&) = delete;
  CreateScope& operator=(const CreateScope&) = delete;

  // The one open on this thread, or null.
  static CreateScope* current();

  const SnapshotBuild& build() const { return build_; }
  // Problems that the plugin reported in this scope.
  std::size_t reported() const { return reported_; }
  void report(const config::Node* node, std::string_view text);

 private:
  const SnapshotBuild& build_;
  config::Problems& problems_;
  std::string path_;
  config::Position position_;
  std::size_t reported_ = 0;
};

}  // namespace sluice
