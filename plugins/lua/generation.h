// What all uses of the plugin in one snapshot share: the script files' text, and one VM per worker.
//
// Found by the snapshot's id; lives as long as a use of it does. Configuration thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <unordered_map>

#include "sources.h"
#include "vm.h"

namespace sluice::lua {

class Generation {
 public:
  static std::shared_ptr<Generation> of(std::uint64_t snapshot);

  // The VM of that worker, opened or joined.
  std::expected<std::shared_ptr<Vm>, std::string> vm(std::uint32_t worker, const Limits& limits);
  Sources& sources() { return sources_; }

 private:
  Sources sources_;
  std::unordered_map<std::uint32_t, std::weak_ptr<Vm>> vms_;
};

}  // namespace sluice::lua
