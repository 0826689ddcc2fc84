#include <sluice/abi.h>
#include <sluice/hooks.h>

#include <stdexcept>

const sluice_plugin* sluice_plugin_entry(const sluice_host*) {
  static const sluice_hooks hooks{sizeof(sluice_hooks), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  static sluice_plugin plugin{};
  plugin.size = sizeof plugin;
  plugin.abi_major = SLUICE_ABI_MAJOR;
  plugin.name = "throws_create";
  plugin.create = [](const sluice_create*) -> void* {
    throw std::runtime_error("no table");
  };
  plugin.hooks = &hooks;
  return &plugin;
}
