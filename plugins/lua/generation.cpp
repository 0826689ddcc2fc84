#include "generation.h"

#include <mutex>

namespace sluice::lua {

std::shared_ptr<Generation> Generation::of(std::uint64_t snapshot) {
  static std::mutex mutex;
  static std::unordered_map<std::uint64_t, std::weak_ptr<Generation>> all;
  std::lock_guard lock(mutex);
  std::erase_if(all, [](const auto& entry) { return entry.second.expired(); });
  std::shared_ptr<Generation> found = all[snapshot].lock();
  if (found == nullptr) {
    found = std::make_shared<Generation>();
    all[snapshot] = found;
  }
  return found;
}

std::expected<std::shared_ptr<Vm>, std::string> Generation::vm(std::uint32_t worker, const Limits& limits) {
  if (std::shared_ptr<Vm> open = vms_[worker].lock()) {
    open->join(limits);
    return open;
  }
  auto opened = Vm::open(limits, sources_);
  if (opened) vms_[worker] = *opened;
  return opened;
}

}  // namespace sluice::lua
