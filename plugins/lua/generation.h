// What all uses of the plugin in one snapshot share: the script files' text, and one VM per worker.
//
// Found by the snapshot's id; lives as long as a use of it does. Configuration thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sources.h"
#include "vm.h"

namespace sluice::lua {

class Generation {
 public:
  static std::shared_ptr<Generation> of(std::uint64_t snapshot);

  // The VM of that worker, opened or joined.
  std::expected<std::shared_ptr<Vm>, std::string> vm(std::uint32_t worker, const Limits& limits);
  const std::shared_ptr<Sources>& sources() { return sources_; }
  // The hooks of a script that was found good before in this snapshot, so that a hundred uses of one file cost one trial.
  std::vector<std::pair<ScriptFile, std::uint32_t>>& tried() { return tried_; }

 private:
  std::shared_ptr<Sources> sources_ = std::make_shared<Sources>();
  std::vector<std::pair<ScriptFile, std::uint32_t>> tried_;
  std::unordered_map<std::uint32_t, std::weak_ptr<Vm>> vms_;
};

}  // namespace sluice::lua
