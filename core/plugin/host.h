// The `sluice_host` that plugins get: the exchange table, the configuration table, and abilities by id.
//
// One per process, made before the first plugin is loaded and never destroyed while one is. The table behind `exchange` is
// given by whoever runs exchanges; abilities are added by whoever has them. After the first load nothing is added: then
// everything here is read-only and for any thread, but for the slots, which have a lock.
#pragma once

#include <sluice/abi.h>
#include <sluice/exchange.h>

#include <map>
#include <string>
#include <string_view>

#include "plugin/slots.h"

namespace sluice {

class Host {
 public:
  // `exchange` lives as long as the host.
  explicit Host(const sluice_exchange_api& exchange);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // `table` begins with its size and lives as long as the host. The same id again replaces.
  void add_ability(std::string id, const void* table) { abilities_[std::move(id)] = table; }
  const void* ability(std::string_view id) const;

  const sluice_host* abi() const { return &record_; }
  // The host behind what a plugin hands back.
  static Host& of(const sluice_host* host);

  Slots& slots() const { return slots_; }

 private:
  // First the ABI's struct, then the way back: a plugin only knows the first.
  struct Record : sluice_host {
    Host* owner = nullptr;
  };

  Record record_{};
  std::map<std::string, const void*, std::less<>> abilities_;
  mutable Slots slots_;
};

// The `slot` member for the exchange table.
int32_t reserve_slot(const sluice_host* host, const char* name, sluice_slot_free_fn free_value);

}  // namespace sluice
