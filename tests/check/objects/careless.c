/* Nothing that breaks, much that will be regretted: no summary, keys that nobody reads, no hooks. */
#include <sluice/abi.h>
#include <sluice/hooks.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static const sluice_key children[] = {{"inner", SLUICE_KEY_INT, "1", "Inner.", NULL, 0}};
  static const sluice_key keys[] = {{"Wait-Time", SLUICE_KEY_DURATION, "5s", "How long.", NULL, 0},
                                    {"word", SLUICE_KEY_STRING, "x", NULL, NULL, 0},
                                    {"list", SLUICE_KEY_LIST, "[]", "A list.", children, 1}};
  static const sluice_hooks hooks = {.size = sizeof(sluice_hooks)};
  static const sluice_plugin plugin = {.size = sizeof(sluice_plugin),
                                       .abi_major = SLUICE_ABI_MAJOR,
                                       .abi_minor = SLUICE_ABI_MINOR + 7,
                                       .name = "careless",
                                       .keys = keys,
                                       .key_count = 3,
                                       .hooks = &hooks};
  (void)host;
  return &plugin;
}
