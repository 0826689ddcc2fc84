#include "plugin/private_copy.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace sluice {
namespace {

std::string said_by_loader(const std::string& file, const std::string& copy) {
  const auto* said = dlerror();
  std::string text = said ? said : "unknown reason";
  if (text.starts_with(copy + ": ")) text.erase(0, copy.size() + 2);
  if (text.find("undefined symbol: sluice_") != std::string::npos)
    text += "; plugins call the host through the table that their entry gets, and link nothing of Sluice";
  if (text.find("failed to map segment") != std::string::npos)
    text += "; the file system forbids running code (mounted noexec?), set TMPDIR to one that allows it";
  return fmt::format("cannot load {}: {}", file, text);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The descriptor stays open with the object: its number is in the name that the loader remembers, and a second object
// under the same name would be taken for the first.
std::expected<void*, std::string> open_copy(const std::string& file, int fd, std::string_view bytes) {
  if (!write_all(fd, bytes)) {
    auto why = std::strerror(errno);
    ::close(fd);
    return std::unexpected(fmt::format("cannot load {}: no room for its copy: {}", file, why));
  }
  // By process id and not "self", so that a debugger looks into this process.
  auto name = fmt::format("/proc/{}/fd/{}", ::getpid(), fd);
  if (auto* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
  auto error = said_by_loader(file, name);
  ::close(fd);
  return std::unexpected(std::move(error));
}

// A file that is gone by name at once; read-only from here on, or executing it would be "text file busy" to its writer.
int temporary_file() {
  const auto* folder = std::getenv("TMPDIR");
  auto pattern = fmt::format("{}/sluice-plugin-XXXXXX", folder && *folder ? folder : "/tmp");
  int fd = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (fd >= 0) ::unlink(pattern.c_str());
  return fd;
}

}  // namespace

std::expected<void*, std::string> load_private(const std::string& file, std::string_view bytes) {
  const auto* in_place = std::getenv("SLUICE_PLUGINS_IN_PLACE");
  if (in_place && std::string_view(in_place) == "1") {
    auto path = std::filesystem::absolute(file).string();
    if (auto* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
    return std::unexpected(said_by_loader(file, path));
  }
  auto name = std::filesystem::path(file).filename().string();
  std::string refused;
  if (int fd = ::memfd_create(name.c_str(), MFD_CLOEXEC); fd >= 0) {
    auto loaded = open_copy(file, fd, bytes);
    // Only a refusal to run code from memory is worth the second try.
    if (loaded || loaded.error().find("failed to map segment") == std::string::npos) return loaded;
    refused = loaded.error();
  }
  int fd = temporary_file();
  if (fd < 0)
    return std::unexpected(
        refused.empty() ? fmt::format("cannot load {}: no temporary file: {}", file, std::strerror(errno))
                        : refused);
  return open_copy(file, fd, bytes);
}

}  // namespace sluice
