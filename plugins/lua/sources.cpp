#include "sources.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace sluice::lua {

namespace {

Sources::Text read_file(const std::string& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return {{}, std::strerror(errno)};
  if (!S_ISREG(found.st_mode)) return {{}, "not a file"};
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) return {{}, std::strerror(errno)};
  return {std::move(bytes).str(), {}};
}

}  // namespace

const Sources::Text& Sources::read(const std::string& path) {
  std::lock_guard lock(mutex_);
  auto [at, fresh] = texts_.try_emplace(path);
  if (fresh) at->second = std::make_unique<Text>(read_file(path));
  return *at->second;
}

}  // namespace sluice::lua
