// The text of an endpoint file, TOML or JSON, made into endpoints; all of its mistakes at once, each with place, value and remedy.
// Pure functions. [any-thread]
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"
#include "upstream/discovery/source.h"

namespace sluice {

enum class EndpointSyntax : std::uint8_t { toml, json };

// `file` as messages are to show it. In the order of the text; the same address twice is a mistake, as are only weights of 0.
std::expected<std::vector<Found>, config::Problems> parse_endpoints(std::string_view text,
                                                                    EndpointSyntax syntax,
                                                                    const std::string& file);

}  // namespace sluice
