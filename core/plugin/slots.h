// The numbers of exchange slots: one per name and free function, for the life of the process.
//
// Reserved on the configuration thread (entry, create), read by workers when an exchange ends.
#pragma once

#include <sluice/exchange.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice {

class Slots {
 public:
  static constexpr std::int32_t kMost = 64;  // the ABI's limit; an exchange has one pointer for each

  // The slot of that name and function, new or known; -1 when all are taken. [any-thread]
  std::int32_t reserve(std::string_view name, sluice_slot_free_fn free_value);
  // How many there are; an exchange need not look at more. [any-thread]
  std::int32_t count() const { return count_.load(std::memory_order_acquire); }
  // May be null. `slot` is below count(). [any-thread]
  sluice_slot_free_fn free_function(std::int32_t slot) const {
    return slots_[static_cast<std::size_t>(slot)].free_value;
  }

 private:
  struct Slot {
    std::string name;
    sluice_slot_free_fn free_value = nullptr;
  };

  std::mutex lock_;
  std::array<Slot, kMost> slots_;  // entries below count_ never change
  std::atomic<std::int32_t> count_ = 0;
};

}  // namespace sluice
