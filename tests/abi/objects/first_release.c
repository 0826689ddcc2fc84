/* A plugin as an early 1.x compiler saw the ABI: a shorter descriptor, a shorter hook table, and rubbish behind both. */
#include <sluice/abi.h>
#include <sluice/hooks.h>
#include <string.h>

static sluice_verdict on_request(sluice_exchange* ex, void* self) {
  (void)ex;
  (void)self;
  return SLUICE_CONTINUE;
}

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  static sluice_hooks hooks;
  static sluice_plugin plugin;
  (void)host;
  memset(&hooks, 0xee, sizeof hooks);
  memset(&plugin, 0xee, sizeof plugin);
  hooks.size = offsetof(sluice_hooks, on_request_body);
  hooks.on_connect = NULL;
  hooks.on_request = on_request;
  plugin.size = offsetof(sluice_plugin, guards);
  plugin.abi_major = SLUICE_ABI_MAJOR;
  plugin.abi_minor = 0;
  plugin.name = "first_release";
  plugin.version = NULL;
  plugin.summary = NULL;
  plugin.keys = NULL;
  plugin.key_count = 0;
  plugin.route_keys = NULL;
  plugin.route_key_count = 0;
  plugin.create = NULL;
  plugin.destroy = NULL;
  plugin.create_worker = NULL;
  plugin.destroy_worker = NULL;
  plugin.hooks = &hooks;
  return &plugin;
}
