// The configuration of the gateway as plain structs: what load() gives and everything right of this layer reads.
//
// Made once per start or reload, off the workers; immutable then, shared by pointer. Text views (positions, nodes) live as
// long as the Config. Every struct keeps the place of its table for later messages ("address in use").
// What the keys mean, their defaults and units: conf/README.md, which is generated from keys.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "config/address.h"
#include "config/fingerprint.h"
#include "config/node.h"
#include "config/problem.h"
#include "config/upstream_settings.h"

namespace sluice::config {

// 0 stands for no limit of time.
struct Timeouts {
  Millis request_header{};  // first byte to last of a request head
  Millis request_body{};    // silence within a request body
  Millis keep_alive{};      // silence between two requests of a client connection
  Millis connect{};         // to an endpoint, name resolution not counted
  Millis first_byte{};      // request sent to response head complete
  Millis response_body{};   // silence within a response body
  Millis send{};            // the client takes no byte
  Millis half_close{};      // how long a request goes on after its client has closed its sending side
  Millis tunnel{};          // silence both ways after an upgrade
  Millis total{};           // first byte of the request to last of the response
};

struct Limits {
  std::uint32_t header_bytes = 0;
  std::uint32_t header_count = 0;
  std::uint32_t uri_bytes = 0;
  std::uint64_t body_bytes = 0;  // of a request; 0: no limit
};

enum class ForwardedFor : std::uint8_t { append, replace, off };

struct Forwarding {
  ForwardedFor x_forwarded = ForwardedFor::append;
  bool forwarded = false;
  bool via = false;
  bool preserve_host = false;
  std::string request_id;  // name of the field; empty: none is sent
};

// The members of a T that a listener, upstream or route states itself.
template <class T>
struct Overrides {
  T values{};
  std::uint64_t given = 0;  // bit i: the i-th key of T's table (keys.h)

  // `base` with those members in place of its own.
  T over(const T& base) const;
};
template <>
Timeouts Overrides<Timeouts>::over(const Timeouts& base) const;
template <>
Limits Overrides<Limits>::over(const Limits& base) const;
template <>
Forwarding Overrides<Forwarding>::over(const Forwarding& base) const;
template <>
DnsSettings Overrides<DnsSettings>::over(const DnsSettings& base) const;
template <>
RetrySettings Overrides<RetrySettings>::over(const RetrySettings& base) const;

enum class OnFailure : std::uint8_t { deny, allow };
enum class LogLevel : std::uint8_t { debug, info, warn, error };

// One [[plugin]] table, wherever it stands.
struct PluginUse {
  std::string
      use;  // "lua": a built-in; with a slash: path of a shared object, from the configuration file's folder
  std::string name;                     // label for plan and logs; `use` when none is given
  std::optional<OnFailure> on_failure;  // nothing: what the plugin says of itself
  const Node* table = nullptr;          // the plugin's own keys
  Position position;
  Position use_position;  // of the text of `use`
};

struct Listener {
  std::string name;  // the address as written when none is given
  Address address;
  std::uint32_t backlog = 0;
  std::uint32_t max_connections = 0;  // 0: no limit of its own
  bool reuse_port = false;
  Timeouts timeouts;  // complete: what the listener states over what the process states
  Limits limits;      // likewise
  std::vector<PluginUse> plugins;
  Position position;
  Position address_position;  // of the address itself
};

// A line of `endpoints`: an address, or a name that stands for as many as it resolves to.
struct Endpoint {
  Address address;           // of a service: its name is `host`
  bool service = false;      // an SRV name
  std::uint32_t weight = 1;  // 0: takes no new exchanges
  std::uint32_t priority = 0;
  std::string zone;
  std::uint32_t max_in_flight = 0;  // 0: the upstream's
  Position position;

  bool is_name() const { return service || address.kind == Address::Kind::name; }
};

struct Pool {
  std::uint32_t max_idle = 0;  // idle connections per worker and endpoint
  Millis idle_timeout{};
  std::uint32_t max_requests = 0;  // of one connection; 0: no limit
};

struct Upstream {
  std::string name;
  std::vector<Endpoint> endpoints;  // never empty without a file, weights never all 0
  std::string endpoints_file;       // path; empty: none
  BalanceSettings balance;
  CheckSettings check;
  EjectionSettings ejection;
  RetrySettings retry;
  HedgeSettings hedge;
  QueueSettings queue;
  DnsSettings dns;  // complete
  Pool pool;
  Timeouts timeouts;  // complete; `connect` is the one an upstream can state
  std::vector<PluginUse> plugins;
  Position position;
};

struct Route {
  std::string name;                           // "route-N", N from 1, when none is given
  std::string upstream;                       // empty: none
  std::optional<std::size_t> upstream_index;  // into Config::upstreams; set when `upstream` is
  Overrides<Timeouts> timeouts;               // over the listener's
  Overrides<Limits> limits;                   // over the listener's
  Overrides<Forwarding> forwarding;           // over the process's
  Overrides<RetrySettings> retry;             // over the upstream's
  std::vector<PluginUse> plugins;
  const Node* table = nullptr;  // whole; keys the core does not know are for the plugins that declare them
  Position position;
};

struct Config {
  std::uint32_t workers = 0;          // never 0: "0" in the file has become the number of cores
  std::uint32_t max_connections = 0;  // 0: what the limit of open files allows
  LogLevel log_level = LogLevel::info;
  std::vector<Network> trusted_proxies;
  Millis announce{};
  Millis drain{};
  Timeouts timeouts;
  Limits limits;
  Forwarding forwarding;
  DnsSettings dns;
  std::string zone;        // where this gateway stands; empty: nowhere in particular
  std::string admin_path;  // of the administrator's Unix socket; empty: none
  Position admin_position;
  std::vector<Listener> listeners;  // at least one
  std::vector<Upstream> upstreams;
  std::vector<Route> routes;
  std::vector<PluginUse> plugins;  // for all exchanges

  std::string file;  // as it was named
  // Of the meaning, not the text: equal for files that differ only in comments, spaces, order of keys or spelled-out
  // defaults. Files that plugins read are not in it.
  Fingerprint fingerprint;
  std::shared_ptr<const Tree> tree;  // owns every node and view above

  const Upstream* find_upstream(std::string_view name) const;
};

// As the configuration writes them.
std::string_view name_of(Algorithm algorithm);
std::string_view name_of(CheckSettings::Kind kind);

using Loaded = std::expected<std::shared_ptr<const Config>, Problems>;

// What could be read, with every problem: what no problem touches is as in a good configuration, so that plugins' tables can be
// checked as well. `config` is null when the file cannot be read or is no TOML.
struct Checked {
  std::shared_ptr<const Config> config;
  Problems problems;
};
Checked check(const std::filesystem::path& file);
Checked check_text(std::string_view text, std::string file);

// Read, check and compile. On failure every problem found, in the order of the file; a file that cannot be read or is no
// TOML gives one. Names are not resolved, sockets not opened, plugins not loaded. [any-thread]
Loaded load(const std::filesystem::path& file);
// The same from text that is said to stand in `file`.
Loaded load_text(std::string_view text, std::string file);

}  // namespace sluice::config
