// Every key of the gateway's own configuration: the one place where its name, type, default, range and meaning stand.
//
// Parsing, checking and conf/README.md all come from these tables. Static, immutable.
#pragma once

#include <span>

#include "config/config.h"
#include "config/key.h"

namespace sluice::config {

// What a [[plugin]] table has besides the plugin's own keys.
struct UseKeys {
  std::string use;
  std::string name;
  std::optional<OnFailure> on_failure;
};

// An endpoint written as a table.
struct EndpointKeys {
  std::string address;
  std::string srv;
  std::uint32_t weight = 1;
  std::uint32_t priority = 0;
  std::string zone;
  std::uint32_t max_in_flight = 0;
};

// Keys of a table that stand in it directly; those of its sub-tables have tables of their own.
struct ProcessKeys {
  std::uint32_t workers = 0;
  std::uint32_t max_connections = 0;
  LogLevel log_level = LogLevel::info;
  std::vector<std::string> trusted_proxies;
  Millis announce{};
  Millis drain{};
  std::string zone;
  std::string admin;
};
struct ListenerKeys {
  std::string name;
  std::string address;
  std::uint32_t backlog = 0;
  std::uint32_t max_connections = 0;
  bool reuse_port = false;
};
struct UpstreamKeys {
  std::string name;
  std::string endpoints_file;
  Algorithm balance = Algorithm::round_robin;
  std::string hash_on;
  double hash_load_bound = 0;
  std::uint32_t max_in_flight = 0;
  Millis slow_start{};
  std::uint32_t min_available = 0;
  OnShortage on_shortage = OnShortage::spread;
  bool prefer_zone = false;
  std::uint32_t zone_min_available = 0;
};
struct RouteKeys {
  std::string name;
  std::string upstream;
};

// For each struct that is read from a table.
template <class T>
const Keys<T>& keys_of();

// One heading of the reference.
struct Section {
  std::string_view header;  // "[[listener]]"; empty: the top of the file
  std::string_view meaning;
  std::span<const Key> keys;
};
std::span<const Section> sections();

}  // namespace sluice::config
