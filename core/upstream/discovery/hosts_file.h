// The names of /etc/hosts (hosts(5)), read again when the file has changed. A file that cannot be read has no names.
// "localhost" and what ends in ".localhost" are the loopback addresses where the file does not say otherwise (RFC 6761 6.3).
// One thread.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip.h"

namespace sluice {

// Tells versions of a file apart without reading it.
struct FileMark {
  // What stat(2) says of `file` now; all zero when there is none.
  static FileMark of(const std::string& file);
  static FileMark of(const struct stat& status);
  bool operator==(const FileMark&) const = default;

  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;  // mtime, ctime
};

class HostsFile {
 public:
  explicit HostsFile(std::string file) : file_(std::move(file)) {}
  // In the order of the file. The name's case and last dot do not count.
  std::vector<Ip> find(std::string_view name);

 private:
  void read();

  std::string file_;
  FileMark mark_;
  std::unordered_map<std::string, std::vector<Ip>> names_;
};

}  // namespace sluice
