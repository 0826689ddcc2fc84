#include "plugin/host.h"

#include "plugin/config_api.h"

namespace sluice {

Host::Host(const sluice_exchange_api& exchange) {
  record_.size = sizeof(sluice_host);
  record_.abi_major = SLUICE_ABI_MAJOR;
  record_.abi_minor = SLUICE_ABI_MINOR;
  record_.version = SLUICE_VERSION;
  record_.exchange = &exchange;
  record_.config = &config_api();
  record_.ability = [](const sluice_host* host, const char* id) -> const void* {
    return id ? of(host).ability(id) : nullptr;
  };
  record_.owner = this;
}

const void* Host::ability(std::string_view id) const {
  auto found = abilities_.find(id);
  return found == abilities_.end() ? nullptr : found->second;
}

Host& Host::of(const sluice_host* host) { return *static_cast<const Record*>(host)->owner; }

int32_t reserve_slot(const sluice_host* host, const char* name, sluice_slot_free_fn free_value) {
  return name ? Host::of(host).slots().reserve(name, free_value) : -1;
}

}  // namespace sluice
