#include "plugin/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace sluice {
namespace fs = std::filesystem;

Registry::Registry(const Host& host, std::vector<fs::path> folders)
    : folders_(std::move(folders)), libraries_(host) {}

std::vector<fs::path> Registry::default_folders() {
  std::vector<fs::path> folders;
  if (const auto* named = std::getenv("SLUICE_PLUGINS"); named && *named) folders.emplace_back(named);
  std::error_code fault;
  auto program = fs::read_symlink("/proc/self/exe", fault);
  if (fault) return folders;
  folders.push_back(program.parent_path() / "plugins");
  folders.push_back(program.parent_path().parent_path() / "lib/sluice/plugins");
  return folders;
}

std::vector<std::string> Registry::built_ins() const {
  std::vector<std::string> names;
  for (const auto& folder : folders_) {
    std::error_code fault;
    for (const auto& each : fs::directory_iterator(folder, fault))
      if (each.path().extension() == ".so") names.push_back(each.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::expected<std::shared_ptr<const Library>, std::string> Registry::find(std::string_view use,
                                                                          const config::Tree* from) {
  if (use.find('/') != std::string_view::npos)
    return libraries_.load(from ? std::string(from->resolve(use)) : fs::absolute(fs::path(use)).string());
  for (const auto& folder : folders_) {
    std::error_code fault;
    auto file = folder / fmt::format("{}.so", use);
    if (!fs::exists(file, fault)) continue;
    auto library = libraries_.load(file.string());
    if (library && (*library)->name() != use)
      return std::unexpected(fmt::format("{} calls itself {}, not {}; is it the right file?", file.string(),
                                         config::quote((*library)->name()), config::quote(use)));
    return library;
  }
  auto message = fmt::format("no built-in plugin is called {}", config::quote(use));
  auto names = built_ins();
  std::vector<std::string_view> views(names.begin(), names.end());
  if (use.ends_with(".so"))
    message += fmt::format("; a path has a slash: \"./{}\"", use);
  else if (auto near = config::nearest(use, views); !near.empty())
    message += fmt::format("; did you mean {}?", config::quote(near));
  else if (names.empty())
    message +=
        fmt::format("; no plugin is in {}", folders_.empty() ? "any folder" : folders_.front().string());
  else
    message += fmt::format("; there are {}", fmt::join(names, ", "));
  return std::unexpected(std::move(message));
}

}  // namespace sluice
