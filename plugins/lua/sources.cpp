#include "sources.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <sstream>

#include "host.h"

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

void tell(const sluice_config* config, const std::string& path, const Sources::Text& text) {
  const sluice_config_api& api = *host.config;
  if (config == nullptr || api.size <= offsetof(sluice_config_api, reads) || api.reads == nullptr) return;
  const char* bytes = text.error.empty() ? text.bytes.data() : nullptr;
  api.reads(config, path.data(), path.size(), bytes, text.bytes.size());
}

}  // namespace

const Sources::Text& Sources::read(const std::string& path) {
  std::lock_guard lock(mutex_);
  auto [at, fresh] = texts_.try_emplace(path);
  if (fresh) {
    at->second = std::make_unique<Text>(read_file(path));
    tell(config_, path, *at->second);
  }
  return *at->second;
}

}  // namespace sluice::lua
