// JSON text as the nodes that the configuration's checks read, each with its place. [any-thread]
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "config/node.h"

namespace sluice {

struct JsonTree {
  std::shared_ptr<const config::Tree> tree;  // owns the nodes
  const config::Node* root = nullptr;
};

// At most config::kDeepest deep. A key that stands twice in an object and null are mistakes: no key of ours means either. The
// error is the first mistake. Columns count bytes.
std::expected<JsonTree, config::Problems> parse_json(std::string_view text, const std::string& file);

}  // namespace sluice
