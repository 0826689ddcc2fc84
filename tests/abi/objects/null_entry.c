#include <sluice/abi.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  (void)host;
  return NULL;
}
