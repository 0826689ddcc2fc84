// From `use = "..."` to a loaded plugin: which file a name or path means.
//
// A name is a built-in: NAME.so in the first of $SLUICE_PLUGINS, <program's folder>/plugins and
// <program's folder>/../lib/sluice/plugins that has it. A text with a slash is a path, relative to the folder of the
// configuration file that says it. Configuration thread only.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "plugin/library.h"

namespace sluice {

class Registry {
 public:
  // `host` lives as long as the process.
  explicit Registry(const Host& host) : Registry(host, default_folders()) {}
  Registry(const Host& host, std::vector<std::filesystem::path> folders);

  // `from`: the tree that the text stands in; null: relative to the working directory. The error is for the place of `use`.
  std::expected<std::shared_ptr<const Library>, std::string> find(std::string_view use,
                                                                  const config::Tree* from = nullptr);

  // Names of the built-ins that are there, sorted.
  std::vector<std::string> built_ins() const;

  static std::vector<std::filesystem::path> default_folders();

 private:
  std::vector<std::filesystem::path> folders_;
  Libraries libraries_;
};

}  // namespace sluice
