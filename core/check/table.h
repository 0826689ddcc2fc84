// The plugin's own configuration table for the check: from the author's TOML file and `key=value` words, and variations of it.
//
// Immutable; shares its nodes with the tables it was made from. A file's [[route]] tables are taken out of it when the plugin
// has keys of its own for routes.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/node.h"

namespace sluice::check {

class Table {
 public:
  // Nothing in it.
  Table();
  // `words`: "key=value" with a TOML value, or any other text, which then stands for a string; they go over the file's keys.
  // Relative names in the file are taken from its folder, in words from the working directory. The error is for the author.
  static std::expected<Table, std::string> read(const std::optional<std::filesystem::path>& file,
                                                const std::vector<std::string>& words);

  // The same with `value` (TOML) at `path`, whose tables are made where they are missing.
  Table with(const std::vector<std::string>& path, std::string_view value) const;
  // The [[route]] tables apart from the rest.
  Table without_routes() const;

  const config::Node& node() const { return *node_; }
  const std::vector<const config::Node*>& routes() const { return routes_; }
  // A configuration that uses `plugin` (a path) for all exchanges with this table, once for each of `uses`. `with_route`: one
  // route without keys when there is none in the table.
  std::shared_ptr<const config::Config> configuration(const std::string& plugin, std::uint32_t workers,
                                                      std::size_t uses, bool with_route) const;

 private:
  const config::Node* put(const config::Node* table, const std::vector<std::string>& path, std::size_t depth,
                          const config::Node& value, config::Tree& into) const;
  void join(const config::Node& over);

  std::vector<std::shared_ptr<const config::Tree>> trees_;  // owners of every node; the last made `node_`
  const config::Node* node_ = nullptr;
  std::vector<const config::Node*> routes_;
};

}  // namespace sluice::check
