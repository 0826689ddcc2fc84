// Endpoints from a file, TOML or JSON by its ending, read again whenever it changes (inotify, and a look every 10 s for file
// systems that tell nothing):
//
//   endpoints = ["10.0.0.1:80", { address = "10.0.0.2:80", weight = 2, priority = 1, zone = "a" }]
//   {"endpoints": ["10.0.0.1:80", {"address": "10.0.0.2:80", "weight": 2}]}
//
// Replaced whole (rename over it, or over a symbolic link on the way to it), written in place, or removed: a state that cannot be
// read or has a mistake changes nothing; the mistake is logged as file:line:column, the value, and what would be right. Addresses are literals or Unix sockets: a
// name belongs into the DNS. At most kMost endpoints. Control thread's loop.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "net/loop.h"
#include "upstream/discovery/source.h"

namespace sluice {

inline constexpr std::size_t kMostEndpoints = 100'000;

struct EndpointFileSettings {
  bool notify = true;                      // inotify
  std::chrono::milliseconds look{10'000};  // between looks whether the file is another
  std::chrono::milliseconds quiet{
      100};  // from the last event to reading: whoever writes in place is still writing
};

// Reads at once (the first set is told in a later pass of the loop), then watches. `sink` outlives the source. JSON if the name
// ends in ".json", else TOML.
std::unique_ptr<Source> watch_endpoint_file(Loop& loop, std::filesystem::path file, SourceSink& sink,
                                            EndpointFileSettings settings = {});

}  // namespace sluice
