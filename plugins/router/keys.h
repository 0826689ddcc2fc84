// The keys of the router's own table and those it adds to [[route]]: defined once, for checking and for the reference.
#pragma once

#include <sluice/abi.h>

#include <span>

namespace sluice::router {

std::span<const sluice_key> plugin_keys();
std::span<const sluice_key> route_keys();

}  // namespace sluice::router
