#include "plugin/slots.h"

#include <utility>

namespace sluice {
namespace {

thread_local const void* open_owner = nullptr;

}  // namespace

Slots::Scope::Scope(const void* owner) : outer_(std::exchange(open_owner, owner)) {}
Slots::Scope::~Scope() { open_owner = outer_; }

std::int32_t Slots::reserve(std::string_view name, sluice_slot_free_fn free_value) {
  if (!open_owner) return -1;
  std::lock_guard hold(lock_);
  for (const auto& slot : slots_)
    if (slot.owner == open_owner && slot.name == name && slot.free_value == free_value)
      return static_cast<std::int32_t>(&slot - slots_.data());
  auto* slot = to_take();
  if (!slot) return -1;
  if (slot->owner) owners_[slot->owner].is_stale = true;
  *slot = {open_owner, std::string(name), free_value};
  return static_cast<std::int32_t>(slot - slots_.data());
}

// One that was never used, else one whose owner has no lease: so a plugin that comes back after a reload mostly finds its own.
Slots::Slot* Slots::to_take() {
  for (auto& slot : slots_)
    if (!slot.owner) return &slot;
  for (auto& slot : slots_)
    if (slot.owner != open_owner && owners_[slot.owner].leases == 0) return &slot;
  return nullptr;
}

void Slots::forget(const void* owner) {
  std::lock_guard hold(lock_);
  for (auto& slot : slots_)
    if (slot.owner == owner) slot = {};
  owners_.erase(owner);
}

void Slots::lease(const void* owner) {
  std::lock_guard hold(lock_);
  ++owners_[owner].leases;
}

void Slots::release(const void* owner) {
  std::lock_guard hold(lock_);
  --owners_[owner].leases;
}

bool Slots::is_stale(const void* owner) const {
  std::lock_guard hold(lock_);
  auto found = owners_.find(owner);
  return found != owners_.end() && found->second.is_stale;
}

}  // namespace sluice
