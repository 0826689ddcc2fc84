// The numbers of exchange slots: who has which.
//
//   free --reserve--> owned, pinned --last lease gone--> owned, may be taken --another's reserve--> another's
//
// A slot belongs to one loaded copy of a plugin's file (its owner), under a name and with a free function. It is pinned while
// a lease of the owner lives, that is while an instance, and with it any exchange that could hold a value, does. Then it stays
// the owner's until somebody else needs one; an owner that lost a slot is stale: its code remembers numbers that are not its
// own any more, and it must be loaded anew.
//
// Reserved, leased and let go on the configuration thread; read by workers when an exchange ends.
#pragma once

#include <sluice/exchange.h>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice {

class Slots {
 public:
  static constexpr std::int32_t kMost = 64;  // the ABI's limit; an exchange has one pointer for each

  // For whom reserve() reserves on this thread: open around calls of a plugin's entry, create and create_worker.
  class Scope {
   public:
    explicit Scope(const void* owner);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const void* outer_;
  };

  // The open owner's slot of that name and function, new or known; -1 when all are taken or no scope is open. [any-thread]
  std::int32_t reserve(std::string_view name, sluice_slot_free_fn free_value);
  // Pin the owner's slots, or one pin less. [any-thread]
  void lease(const void* owner);
  void release(const void* owner);
  // True when a slot that the owner had reserved is another's now. Ask before the first lease after the last. [any-thread]
  bool is_stale(const void* owner) const;
  // As if the owner, which has no lease, had never reserved one.
  void forget(const void* owner);

  // True for a number that some owner has. [any-thread]
  bool is_reserved(std::int32_t slot) const {
    std::lock_guard lock(lock_);
    return slot >= 0 && slot < kMost && slots_[static_cast<std::size_t>(slot)].owner != nullptr;
  }
  // May be null. `slot` is one that a living exchange holds a value in, so that it is pinned. [any-thread]
  sluice_slot_free_fn free_function(std::int32_t slot) const {
    return slots_[static_cast<std::size_t>(slot)].free_value;
  }

 private:
  struct Slot {
    const void* owner = nullptr;
    std::string name;
    sluice_slot_free_fn free_value = nullptr;
  };
  struct Owner {
    std::uint32_t leases = 0;
    bool is_stale = false;
  };

  Slot* to_take();

  mutable std::mutex lock_;
  std::array<Slot, kMost> slots_;  // a pinned one never changes
  std::map<const void*, Owner> owners_;
};

}  // namespace sluice
