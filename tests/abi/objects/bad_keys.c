/* Keys that no table can have: a name of the gateway's own, one twice, a default that is none. */
#include <sluice/abi.h>
#include <sluice/hooks.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static const sluice_key keys[] = {
      {"on_failure", SLUICE_KEY_STRING, "x", "Taken.", NULL, 0},
      {"wait", SLUICE_KEY_DURATION, "soon", "No duration.", NULL, 0},
      {"wait", SLUICE_KEY_DURATION, "5s", "Again.", NULL, 0},
  };
  static const sluice_hooks hooks = {.size = sizeof(sluice_hooks)};
  static const sluice_plugin plugin = {.size = sizeof(sluice_plugin),
                                       .abi_major = SLUICE_ABI_MAJOR,
                                       .name = "bad_keys",
                                       .keys = keys,
                                       .key_count = 3,
                                       .hooks = &hooks};
  (void)host;
  return &plugin;
}
