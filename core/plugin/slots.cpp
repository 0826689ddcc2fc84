#include "plugin/slots.h"

namespace sluice {

std::int32_t Slots::reserve(std::string_view name, sluice_slot_free_fn free_value) {
  std::lock_guard hold(lock_);
  auto count = count_.load(std::memory_order_relaxed);
  for (std::int32_t i = 0; i < count; ++i) {
    const auto& slot = slots_[static_cast<std::size_t>(i)];
    if (slot.name == name && slot.free_value == free_value) return i;
  }
  if (count == kMost) return -1;
  slots_[static_cast<std::size_t>(count)] = {std::string(name), free_value};
  count_.store(count + 1, std::memory_order_release);
  return count;
}

}  // namespace sluice
