// What the author asked plugin_check for.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sluice::check {

struct Options {
  std::string file;                             // the plugin; a path, or the name of a built-in
  std::optional<std::filesystem::path> config;  // TOML: the plugin's table
  std::vector<std::string> words;               // key=value
  std::vector<std::string> requests;            // "GET /path"
  std::vector<std::string> fields;              // "Name: value"
  std::chrono::milliseconds patience{5'000};    // without any movement
  std::string only;         // steps whose name has this text, and those that all others need; empty: all
  bool in_process = false;  // no child processes: for debuggers
  bool json = false;
  bool verbose = false;
};

}  // namespace sluice::check
