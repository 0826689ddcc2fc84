// A class with default visibility and a static of its own, which the dynamic loader joins across all plugins.
#include <sluice/abi.h>
#include <sluice/hooks.h>

struct __attribute__((visibility("default"))) Counter {
  static inline int requests = 0;
};

const sluice_plugin* sluice_plugin_entry(const sluice_host*) {
  static const sluice_hooks hooks{sizeof(sluice_hooks), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  static sluice_plugin plugin{};
  plugin.size = sizeof plugin;
  plugin.abi_major = SLUICE_ABI_MAJOR;
  plugin.abi_minor = static_cast<uint32_t>(Counter::requests++);
  plugin.name = "shared_static";
  plugin.hooks = &hooks;
  return &plugin;
}
