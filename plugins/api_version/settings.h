// The configuration of one use, read and checked whole.
//
// Made at create time; read-only then and shared by the workers.
#pragma once

#include <sluice/plugin.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalogue.h"
#include "source.h"

namespace api_version {

// What becomes of a request that names no version.
enum class Missing { takes_default, is_refused, is_ignored };

struct Settings {
  Catalogue catalogue;
  std::vector<Source> sources;  // in the order they are asked
  Missing missing = Missing::takes_default;
  Number default_number;
  bool refuses_conflict = false;
  bool strips_path = false;
  std::string upstream_header;  // empty: none
  std::optional<int> unknown_status;
  int sunset_status = 410;
  bool needs_upstreams = false;  // some version has one
};

std::span<const sluice_key> keys();
// Throws sluice::ConfigError with the last of its problems after having reported the others.
Settings read_settings(const sluice::Create& create);

}  // namespace api_version
