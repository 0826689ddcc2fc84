#include "plugin/library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/ascii.h"
#include "base/log.h"
#include "config/keys.h"
#include "plugin/private_copy.h"
#include "plugin/shared_symbols.h"

namespace sluice {
namespace {

using Result = std::expected<std::shared_ptr<const Library>, std::string>;

// A descriptor shorter than this has no hooks, one of 1.0 is longer.
constexpr std::size_t kLeastPlugin = offsetof(sluice_plugin, hooks) + sizeof(void*);
constexpr std::size_t kLeastHooks = offsetof(sluice_hooks, on_connect);
constexpr std::size_t kLongestName = 64;

template <class... Args>
std::unexpected<std::string> refuse(const std::string& file, fmt::format_string<Args...> text,
                                    Args&&... args) {
  return std::unexpected(
      fmt::format("cannot load {}: {}", file, fmt::format(text, std::forward<Args>(args)...)));
}

// A file's bytes in a mapping of their own, which goes back to the system whole. Every reload reads every plugin, megabytes
// with debug symbols; the heap would keep that.
class FileBytes {
 public:
  FileBytes() = default;
  FileBytes(FileBytes&& other) noexcept
      : start_(std::exchange(other.start_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        room_(other.room_) {}
  FileBytes& operator=(FileBytes&&) = delete;
  ~FileBytes() {
    if (start_ != nullptr) ::munmap(start_, room_);
  }
  // errno or 0.
  int read(int fd) {
    struct stat status{};
    if (::fstat(fd, &status) != 0) return errno;
    room_ = std::max<std::size_t>(1, static_cast<std::size_t>(status.st_size));
    auto* fresh = ::mmap(nullptr, room_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) return errno;
    start_ = static_cast<char*>(fresh);
    while (size_ < room_) {
      const auto count = ::read(fd, start_ + size_, room_ - size_);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno;
      if (count == 0) break;
      size_ += static_cast<std::size_t>(count);
    }
    return 0;
  }
  std::string_view view() const { return {start_, size_}; }

 private:
  char* start_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

std::expected<FileBytes, std::string> read(const std::string& file) {
  std::error_code fault;
  if (std::filesystem::is_directory(file, fault)) return refuse(file, "it is a folder");
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return refuse(file, "{}", std::strerror(errno));
  FileBytes bytes;
  const int error = bytes.read(fd);
  ::close(fd);
  if (error != 0) return refuse(file, "reading it failed: {}", std::strerror(error));
  if (!bytes.view().starts_with("\x7f"
                                "ELF"))
    return refuse(file, "it is no shared object ({} bytes, not ELF)", bytes.view().size());
  return bytes;
}

// The entry may be C++: what it throws is caught here once, on its way out.
std::expected<const sluice_plugin*, std::string> call_entry(const std::string& file,
                                                            sluice_plugin_entry_fn entry,
                                                            const sluice_host* host) {
  try {
    if (const auto* plugin = entry(host)) return plugin;
    return refuse(file, "its sluice_plugin_entry returned null (a plugin that refuses says why in the log)");
  } catch (const std::exception& fault) {
    return refuse(file, "its sluice_plugin_entry threw an exception: {}", fault.what());
  } catch (...) {
    return refuse(file, "its sluice_plugin_entry threw an exception that is no std::exception");
  }
}

bool is_plugin_name(const char* name) {
  std::string_view text = name ? name : "";
  return !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '_';
  });
}

std::string warn_of_shared(const std::vector<std::string>& symbols) {
  if (symbols.empty()) return {};
  return fmt::format(
      "{} of its symbols are shared with every other plugin and with its own next build ({}{}); build it "
      "with -fvisibility=hidden or -fno-gnu-unique",
      symbols.size(), symbols.front(), symbols.size() > 1 ? ", ..." : "");
}

std::string joined(const std::vector<std::string>& faults) {
  std::string out;
  for (const auto& each : faults)
    out += (out.empty() ? "" : "; ") + each;
  return out;
}

}  // namespace

Result Libraries::load(const std::string& file) {
  const auto content = read(file);
  if (!content) return std::unexpected(content.error());
  const auto bytes = content->view();
  auto print = config::fingerprint(bytes);
  auto& loaded = loaded_[fmt::format("{}-{}", print.text(), bytes.size())];
  if (auto leased = loaded.lease.lock()) return leased;
  if (loaded.handle && host_.slots().is_stale(loaded.handle)) {
    host_.slots().forget(loaded.handle);
    loaded = {};
  }
  if (loaded.library) return lease(loaded);
  if (!loaded.handle) {
    auto opened = load_private(file, bytes);
    if (!opened) return std::unexpected(std::move(opened.error()));
    loaded.handle = *opened;
  }
  auto library = describe(file, loaded.handle);
  if (!library) return std::unexpected(std::move(library.error()));
  (*library)->fingerprint_ = print;
  (*library)->handle_ = loaded.handle;
  const auto shared = warn_of_shared(shared_symbols(bytes));
  auto& warning = (*library)->warning_;
  if (!shared.empty()) warning += (warning.empty() ? "" : "; ") + shared;
  if (!warning.empty()) log::warn("plugin {}: {}", file, warning);
  loaded.library = *library;
  return lease(loaded);
}

std::shared_ptr<const Library> Libraries::lease(Loaded& loaded) {
  auto& slots = host_.slots();
  slots.lease(loaded.handle);
  std::shared_ptr<const Library> given(
      loaded.library.get(),
      [&slots, kept = loaded.library](const Library* library) { slots.release(library->slot_owner()); });
  loaded.lease = given;
  return given;
}

std::expected<std::shared_ptr<Library>, std::string> Libraries::describe(const std::string& file,
                                                                         void* handle) {
  auto* symbol = ::dlsym(handle, "sluice_plugin_entry");
  if (!symbol)
    return refuse(file,
                  "it has no symbol sluice_plugin_entry; is it a plugin, and is the function exported "
                  "(SLUICE_EXPORT, extern \"C\")?");
  Slots::Scope scope(handle);
  auto answer = call_entry(file, reinterpret_cast<sluice_plugin_entry_fn>(symbol), host_.abi());
  if (!answer) return std::unexpected(std::move(answer.error()));
  const auto& given = **answer;
  if (given.size < offsetof(sluice_plugin, abi_minor))
    return refuse(file, "its descriptor says it is {} bytes long; set `size` to sizeof(sluice_plugin)",
                  given.size);
  if (given.abi_major != SLUICE_ABI_MAJOR)
    return refuse(file,
                  "it is built for plugin ABI {}, this host has {}; rebuild it with this host's headers: "
                  "g++ -std=c++20 -shared -fPIC -I <prefix>/include -o NAME.so NAME.cpp",
                  given.abi_major, SLUICE_ABI_MAJOR);
  if (given.size < kLeastPlugin)
    return refuse(
        file,
        "its descriptor is {} bytes long, ABI {} needs at least {}; set `size` to sizeof(sluice_plugin) "
        "and rebuild",
        given.size, SLUICE_ABI_MAJOR, kLeastPlugin);

  auto library = std::shared_ptr<Library>(new Library);
  library->file_ = file;
  std::memcpy(&library->plugin_, &given, std::min(given.size, sizeof(sluice_plugin)));
  auto& plugin = library->plugin_;
  plugin.size = sizeof(sluice_plugin);
  if (!is_plugin_name(plugin.name))
    return refuse(file, "its name is {}; needs 1 to {} of a-z, 0-9 and _",
                  plugin.name ? config::quote(plugin.name) : "null", kLongestName);
  if (!plugin.hooks || plugin.hooks->size < kLeastHooks)
    return refuse(file, "plugin \"{}\" has no hook table, or one with a wrong `size`", plugin.name);
  std::memcpy(&library->hooks_, plugin.hooks, std::min(plugin.hooks->size, sizeof(sluice_hooks)));
  library->hooks_.size = sizeof(sluice_hooks);
  plugin.hooks = &library->hooks_;
  library->keys_ = config::PluginKeys(plugin.keys, plugin.key_count, plugin.key_size);
  library->route_keys_ = config::PluginKeys(plugin.route_keys, plugin.route_key_count, plugin.key_size);
  auto faults = library->keys_.faults();
  const auto& more = library->route_keys_.faults();
  faults.insert(faults.end(), more.begin(), more.end());
  auto check = [&](const config::PluginKeys& keys, std::span<const config::Key> hosts,
                   std::string_view where) {
    auto taken = config::compare_names(keys.list(), hosts, given.abi_minor);
    for (auto name : taken.refused)
      faults.push_back(
          fmt::format("key \"{}\" belongs to the gateway in {}; choose another name", name, where));
    for (auto name : taken.yielding)
      library->warning_ += fmt::format("{}its key \"{}\" stands before the gateway's own in {}",
                                       library->warning_.empty() ? "" : "; ", name, where);
  };
  check(library->keys_, config::keys_of<config::UseKeys>().list, "[[plugin]]");
  check(library->route_keys_, config::keys_of<config::RouteKeys>().list, "[[route]]");
  if (!faults.empty()) return refuse(file, "plugin \"{}\": {}", plugin.name, joined(faults));
  return library;
}

}  // namespace sluice
