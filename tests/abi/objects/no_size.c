#include <sluice/abi.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static const sluice_plugin plugin = {.abi_major = SLUICE_ABI_MAJOR, .name = "no_size"};
  (void)host;
  return &plugin;
}
