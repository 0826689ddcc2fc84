// The allocator of one VM: malloc with a count and a limit.
//
// Over the limit an allocation fails, which Lua turns into "not enough memory" for the code that asked. One thread at a
// time: the worker's, or the configuration thread's while the VM is made and closed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::lua {

class Memory {
 public:
  explicit Memory(std::uint64_t limit) : limit_(limit) {}

  std::uint64_t used() const { return used_; }  // bytes
  std::uint64_t limit() const { return limit_; }
  void set_limit(std::uint64_t limit) { limit_ = limit; }
  // Allocations ever made; a test reads it to prove that a path makes no garbage.
  std::uint64_t allocations() const { return allocations_; }

  // A lua_Alloc; `self` is the Memory.
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);

 private:
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::uint64_t allocations_ = 0;
};

}  // namespace sluice::lua
