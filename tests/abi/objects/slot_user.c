/* Takes one slot in its entry; refuses to load without. */
#include <sluice/abi.h>
#include <sluice/exchange.h>
#include <sluice/hooks.h>

static void free_value(void* value) { (void)value; }

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static const sluice_hooks hooks = {.size = sizeof hooks};
  static const sluice_plugin plugin = {
      .size = sizeof plugin, .abi_major = SLUICE_ABI_MAJOR, .name = "slot_user", .hooks = &hooks};
  return host->exchange->slot(host, "state", free_value) < 0 ? NULL : &plugin;
}
