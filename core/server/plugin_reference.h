// Plugins' part of the configuration reference: their keys, from the tables that they are checked by.
#pragma once

#include <span>
#include <string>

#include "plugin/library.h"

namespace sluice {

// One plugin: what it is, the keys of its own table and those that it adds to [[route]].
std::string plugin_reference(const Library& library);
// conf/PLUGINS.md: all of these.
std::string plugins_reference(std::span<const std::shared_ptr<const Library>> libraries);

}  // namespace sluice
