#include "memory.h"

#include <cstdlib>

namespace sluice::lua {

void* Memory::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& memory = *static_cast<Memory*>(self);
  if (new_size == 0) {
    std::free(block);
    memory.used_ -= old_size;
    return nullptr;
  }
  // Shrinking always succeeds: Lua relies on it.
  if (new_size > old_size && memory.used_ + (new_size - old_size) > memory.limit_) return nullptr;
  void* moved = std::realloc(block, new_size);
  if (moved == nullptr) return new_size <= old_size ? block : nullptr;
  memory.used_ = memory.used_ - old_size + new_size;
  ++memory.allocations_;
  return moved;
}

}  // namespace sluice::lua
