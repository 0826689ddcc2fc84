// A range of IP addresses as the configuration writes it: "10.0.0.0/8" or "2001:db8::/32". Pure function. [any-thread]
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/ip.h"

namespace sluice::config {

// An address alone stands for itself. The error says what is wrong and how to write it.
std::expected<Network, std::string> parse_cidr(std::string_view text);

}  // namespace sluice::config
