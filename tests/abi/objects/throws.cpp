#include <sluice/abi.h>

#include <stdexcept>

const sluice_plugin* sluice_plugin_entry(const sluice_host*) { throw std::runtime_error("no licence file"); }
