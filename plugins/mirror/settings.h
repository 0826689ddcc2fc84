// What the configuration says.
#pragma once

#include <sluice/plugin.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sample.h"

namespace mirror {

std::span<const sluice_key> keys();

struct CompareSettings {
  bool status = false;
  std::vector<std::string> headers;
  bool body = false;
  std::uint64_t body_limit = 0;  // bytes of a body that are looked at, beside its length

  bool any() const { return status || body || !headers.empty(); }
};

struct Settings {
  // Throws sluice::ConfigError.
  explicit Settings(const sluice::Create& create);

  bool takes(std::string_view method) const;
  // True when the copy has a field of this name of its own, or none.
  bool replaces(std::string_view name) const;

  std::string upstream;
  Sample sample;
  std::vector<std::string> methods;
  std::uint64_t body_limit;
  std::chrono::milliseconds timeout;
  std::string host;    // empty: the request's
  std::string marker;  // name of the field that says a request is a copy; empty: none
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::string> remove;
  std::uint32_t max_in_flight;  // per worker
  std::uint32_t log_lines;      // a minute
  CompareSettings compare;
};

bool same_name(std::string_view one, std::string_view other);

}  // namespace mirror
