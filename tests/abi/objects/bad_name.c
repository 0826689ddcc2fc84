#include <sluice/abi.h>
#include <sluice/hooks.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static const sluice_hooks hooks = {.size = sizeof(sluice_hooks)};
  static const sluice_plugin plugin = {
      .size = sizeof(sluice_plugin), .abi_major = SLUICE_ABI_MAJOR, .name = "Bad-Name", .hooks = &hooks};
  (void)host;
  return &plugin;
}
