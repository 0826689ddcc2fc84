// The script files of one snapshot: each is read once, so that all workers run the same text even while somebody edits it.
#pragma once

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

  // Reads it at the first call. What it returns lives as long as this object. [any-thread]
  const Text& read(const std::string& path);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Text>> texts_;
};

}  // namespace sluice::lua
