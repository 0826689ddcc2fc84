// The script files of one snapshot: each is read once, so that all workers run the same text even while somebody edits it.
#pragma once

#include <sluice/config.h>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace sluice::lua {

class Sources {
 public:
  struct Text {
    std::string bytes;
    std::string error;  // why there is none; empty when there is
  };

  // Where the host is told what was read, for reloads; a node of a use of this snapshot. [configuration thread]
  void told_to(const sluice_config* node) { config_ = node; }
  // Reads it at the first call. What it returns lives as long as this object. [any-thread]
  const Text& read(const std::string& path);

 private:
  const sluice_config* config_ = nullptr;
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Text>> texts_;
};

}  // namespace sluice::lua
