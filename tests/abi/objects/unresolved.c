/* Calls a function that nobody has. */
#include <sluice/abi.h>

const sluice_plugin* sluice_host_private(const sluice_host* host);

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) { return sluice_host_private(host); }
