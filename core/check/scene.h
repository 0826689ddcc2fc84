// The exchanges that a plugin is shown: what the client sends, and how the origin answers.
#pragma once

#include <string>
#include <vector>

#include "check/script_origin.h"

namespace sluice::check {

struct Scene {
  std::string name;
  std::vector<std::string> pieces;  // of the client's bytes, each in a turn of its own
  OriginScript origin{};
  bool refused = false;  // the endpoint takes no connections
  bool closes = false;   // the client closes its side behind them
};

// `requests`: "GET /path", each a scene of its own, before all others. `fields`: "Name: value", added to every request.
std::vector<Scene> all_scenes(const std::vector<std::string>& requests,
                              const std::vector<std::string>& fields);
// A request without a body, one with, one with an answer in pieces, one that fails: for trying all that can come between.
std::vector<Scene> few_scenes(const std::vector<std::string>& requests,
                              const std::vector<std::string>& fields);

}  // namespace sluice::check
