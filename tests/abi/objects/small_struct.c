/* A descriptor that ends before its hooks. */
#include <sluice/abi.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static const sluice_plugin plugin = {
      .size = offsetof(sluice_plugin, keys), .abi_major = SLUICE_ABI_MAJOR, .name = "small_struct"};
  (void)host;
  return &plugin;
}
