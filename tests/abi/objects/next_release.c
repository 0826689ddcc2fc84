/* A plugin of a later minor version: its structs go on behind what this host knows. */
#include <sluice/abi.h>
#include <sluice/hooks.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static struct {
    sluice_hooks known;
    void* later[4];
  } hooks = {{.size = sizeof hooks}, {0}};
  static struct {
    sluice_plugin known;
    void* later[4];
  } plugin = {{.size = sizeof plugin, .abi_major = SLUICE_ABI_MAJOR, .abi_minor = 77, .name = "next_release"},
              {0}};
  plugin.known.hooks = &hooks.known;
  (void)host;
  return &plugin.known;
}
