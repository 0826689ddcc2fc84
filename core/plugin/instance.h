// One use of a plugin in one snapshot: what create() and create_worker() made, and how it is called.
//
// Made and destroyed on the configuration thread. While it lives, worker N calls the hooks with self(N) and nothing else.
// Destruction: each worker's state first, then the instance (RAII, also half-way through a failed create).
#pragma once

#include <sluice/hooks.h>

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "plugin/create_scope.h"
#include "plugin/library.h"

namespace sluice {

class Instance {
 public:
  // Checks `use`'s table by the plugin's keys, then calls create(), wants() and create_worker() for each worker of `build`.
  // Null after any problem, all of which are in `problems`. `place` is "global", "listener NAME", "route NAME" or
  // "upstream NAME"; `path` is the table's, "route[2].plugin[1]". `build` outlives the instance.
  static std::unique_ptr<Instance> create(const Host& host, std::shared_ptr<const Library> library,
                                          const SnapshotBuild& build, const config::PluginUse& use,
                                          std::string_view place, const std::string& path,
                                          config::Problems& problems);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const Library& library() const { return *library_; }
  // "lua@route api", or "LABEL@route api" when the use has a name of its own.
  const std::string& label() const { return label_; }
  config::OnFailure on_failure() const { return on_failure_; }
  // Where the use stands in the file; line 0 for one that the gateway added.
  const config::Position& position() const { return position_; }
  // The plugin's functions; null where this instance does not want the hook.
  const sluice_hooks& hooks() const { return hooks_; }
  bool wants(sluice_phase phase) const { return (wanted_ >> phase) & 1u; }
  // `self` of the hooks on that worker, 0 .. workers-1.
  void* self(std::uint32_t worker) const { return selves_[worker]; }

 private:
  Instance(std::shared_ptr<const Library> library, const config::PluginUse& use, std::string_view place);
  bool make(const Host& host, const SnapshotBuild& build, const config::Node& table, CreateScope& scope);
  bool make_workers(std::uint32_t workers, CreateScope& scope);
  void choose_hooks();

  std::shared_ptr<const Library> library_;
  std::string label_;
  std::string place_;
  config::OnFailure on_failure_;
  config::Position position_;
  sluice_hooks hooks_{};
  std::uint32_t wanted_ = 0;
  void* instance_ = nullptr;
  bool is_made_ = false;
  std::vector<void*> selves_;
};

}  // namespace sluice
