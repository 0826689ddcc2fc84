/* A plugin of another major version, whose descriptor may look different from here on. */
#include <sluice/abi.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static const sluice_plugin plugin = {.size = sizeof(sluice_plugin), .abi_major = 99, .name = "wrong_major"};
  (void)host;
  return &plugin;
}
