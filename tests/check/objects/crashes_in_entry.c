#include <sluice/abi.h>
#include <stdlib.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  (void)host;
  abort();
}
