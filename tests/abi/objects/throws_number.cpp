#include <sluice/abi.h>

const sluice_plugin* sluice_plugin_entry(const sluice_host*) { throw 7; }
