// The host as the router sees it: the ABI's function tables, and configuration nodes that report problems.
//
// The tables are kept once, when the shared object is loaded; they live as long as the process. Texts that come out of the
// exchange live as exchange.h says. [any-thread] for reading; Node is for create(), on the configuration thread.
#pragma once

#include <sluice/abi.h>
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <sluice/ext/log.h>
#include <sluice/ext/routes.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::router {

struct Host {
  const sluice_host* host = nullptr;
  const sluice_exchange_api* exchange = nullptr;
  const sluice_config_api* config = nullptr;
  const sluice_routes_api* routes = nullptr;
  const sluice_log_api* log = nullptr;  // null when this host has none
};

const Host& host();
// Once, from the entry.
void set_host(const sluice_host* given);

inline std::string_view view(sluice_str text) { return {text.data, text.size}; }

// A field of the exchange; nothing when absent.
std::optional<std::string_view> field(sluice_exchange* ex, sluice_field which);
void note(sluice_exchange* ex, std::string_view name, std::string_view value);
void warn(std::string_view text);
// The verdict for what must not go on; `why` is for the log.
sluice_verdict fail(sluice_exchange* ex, std::string_view why);

// Counts what was reported, so that create() knows whether to give up.
struct Report {
  int problems = 0;
};

// A node of the configuration; false when there is none. Valid as long as the instance.
class Node {
 public:
  Node() = default;
  Node(const sluice_config* raw, Report& report) : raw_(raw), report_(&report) {}

  explicit operator bool() const { return raw_ != nullptr; }
  Node get(std::string_view key) const;
  std::size_t size() const { return host().config->count(raw_); }
  Node at(std::size_t index, std::string_view* key = nullptr) const;

  bool is(sluice_node_type type) const { return host().config->type(raw_) == type; }
  bool is_list() const { return is(SLUICE_NODE_LIST); }
  bool is_table() const { return is(SLUICE_NODE_TABLE); }
  std::optional<std::string_view> text() const;
  std::optional<std::int64_t> integer() const;
  std::optional<bool> boolean() const;
  // The absolute path that the text means.
  std::string_view path() const;
  // "file:line".
  std::string place() const;

  // Names the value and the remedy.
  void problem(std::string_view text) const;
  // Reports keys of a table that are not in `known`, a list of words with spaces between; true when there are none.
  bool has_only(std::string_view known) const;
  // Calls `each(node)` for the node itself, or for the elements of a list.
  template <class Fn>
  void for_one_or_each(Fn each) const {
    if (!is_list()) return each(*this);
    for (std::size_t i = 0; i < size(); ++i)
      each(at(i));
  }

 private:
  const sluice_config* raw_ = nullptr;
  Report* report_ = nullptr;
};

// In double quotes.
std::string in_quotes(std::string_view text);

}  // namespace sluice::router
