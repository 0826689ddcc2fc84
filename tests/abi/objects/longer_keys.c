/* A plugin of a later minor version, in which a key has more members than this host knows. */
#include <sluice/abi.h>
#include <sluice/hooks.h>

struct longer_key {
  sluice_key known;
  const char* later[2];
};

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static const struct longer_key children[] = {
      {{.name = "inner_one", .type = SLUICE_KEY_INT, .unset = "1", .meaning = "One."}, {"x", "y"}},
      {{.name = "inner_two", .type = SLUICE_KEY_INT, .unset = "2", .meaning = "Two."}, {"x", "y"}}};
  static const struct longer_key keys[] = {
      {{.name = "first", .type = SLUICE_KEY_INT, .unset = "1", .meaning = "First."}, {"x", "y"}},
      {{.name = "second",
        .type = SLUICE_KEY_TABLE,
        .unset = "{}",
        .meaning = "Second.",
        .children = &children[0].known,
        .child_count = 2},
       {"x", "y"}}};
  static const sluice_hooks hooks = {.size = sizeof hooks};
  static const sluice_plugin plugin = {.size = sizeof plugin,
                                       .abi_major = SLUICE_ABI_MAJOR,
                                       .abi_minor = 77,
                                       .name = "longer_keys",
                                       .keys = &keys[0].known,
                                       .key_count = 2,
                                       .hooks = &hooks,
                                       .key_size = sizeof(struct longer_key)};
  (void)host;
  return &plugin;
}
