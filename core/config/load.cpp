// From a Document to a Config: each section by its keys, then what only the whole shows (names, duplicates).
#include <fmt/core.h>
#include <sched.h>

#include <algorithm>
#include <thread>

#include "base/ascii.h"
#include "config/cidr.h"
#include "config/config.h"
#include "config/cross_check.h"
#include "config/keys.h"
#include "config/parts.h"
#include "config/reader.h"

namespace sluice::config {
namespace {

// Cores this process may run on, which containers and taskset make fewer than the machine has.
std::uint32_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
    return static_cast<std::uint32_t>(CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

class Compiler {
 public:
  explicit Compiler(std::shared_ptr<const Document> document)
      : document_(std::move(document)),
        tree_(std::make_shared<Tree>(document_)),
        config_(std::make_shared<Config>()),
        reader_(problems_, canonical_) {}

  Checked run() {
    const auto& root = document_->root();
    config_->file = document_->file();
    config_->tree = tree_;
    read_process(root);
    each_table(root, "listener", [&](const Node& table, const Path& path) { read_listener(table, path); });
    each_table(root, "upstream", [&](const Node& table, const Path& path) { read_upstream(table, path); });
    each_table(root, "route", [&](const Node& table, const Path& path) { read_route(table, path); });
    config_->plugins = read_plugins(root, root_);
    cross_check(*config_, root, problems_);
    problems_.sort();
    config_->fingerprint = fingerprint(canonical_);
    return {std::move(config_), std::move(problems_)};
  }

 private:
  template <class Read>
  void each_table(const Node& root, std::string_view key, Read read) {
    const auto* entry = root.find(key);
    if (!entry) return;
    auto path = root_.child(key);
    if (entry->node->type != SLUICE_NODE_TABLE && entry->node->type != SLUICE_NODE_LIST)
      return;  // reported as a key
    auto tables = tables_of(*entry->node, path, problems_);
    for (std::size_t i = 0; i < tables.size(); ++i) {
      canonical_ += fmt::format("\n{} ", key);
      read(*tables[i], root_.child(key, i + 1));
    }
  }

  // A sub-table, or null. One of another type is reported by whoever checks the key.
  static const Node* sub(const Node& table, std::string_view key) {
    const auto* entry = table.find(key);
    return entry && entry->node->type == SLUICE_NODE_TABLE ? entry->node : nullptr;
  }

  void read_process(const Node& root) {
    ProcessKeys keys;
    reader_.fill(keys, &root, keys_of<ProcessKeys>(), root_);
    config_->workers = keys.workers ? keys.workers : usable_cores();
    config_->max_connections = keys.max_connections;
    config_->log_level = keys.log_level;
    config_->announce = keys.announce;
    config_->drain = keys.drain;
    config_->zone = keys.zone;
    read_admin(keys.admin, root);
    read_trusted(root);
    config_->dns = process_defaults<DnsSettings>(root, "dns");
    config_->timeouts = process_defaults<Timeouts>(root, "timeouts");
    config_->limits = process_defaults<Limits>(root, "limits");
    config_->forwarding = process_defaults<Forwarding>(root, "forwarding");
  }

  void read_admin(const std::string& text, const Node& root) {
    if (text.empty()) return;
    config_->admin_position = root.find("admin")->node->position();
    auto address = parse_listen_address(text);
    if (address && address->kind == Address::Kind::unix_path)
      config_->admin_path = address->path;
    else
      problems_.add(
          config_->admin_position, "admin",
          fmt::format("{} is no Unix socket; write one as in \"unix:/run/sluice/admin.sock\"", quote(text)));
  }

  // Element by element, so that each bad one is reported.
  void read_trusted(const Node& root) {
    const auto* entry = root.find("trusted_proxies");
    if (!entry || entry->node->type != SLUICE_NODE_LIST) return;
    for (const auto& each : entry->node->entries) {
      if (each.node->type != SLUICE_NODE_STRING) continue;  // reported as a list of strings
      auto cidr = parse_cidr(each.node->text);
      auto index = static_cast<std::size_t>(&each - entry->node->entries.data());
      if (cidr)
        config_->trusted_proxies.push_back(*cidr);
      else
        problems_.add(each.node->position(), root_.child("trusted_proxies", index + 1).text(), cidr.error());
    }
  }

  template <class T>
  T process_defaults(const Node& root, std::string_view key) {
    T values;
    canonical_ += fmt::format("\n{} ", key);
    reader_.fill_given(values, sub(root, key), keys_of<T>(), root_.child(key), kProcess);
    check_field_name(values, sub(root, key), root_.child(key));
    return values;
  }

  template <class T>
  Overrides<T> overrides(const Node& table, std::string_view key, const Path& path, Level level) {
    Overrides<T> result;
    if (const auto* node = sub(table, key)) {
      canonical_ += fmt::format(" {} ", key);
      result.given = reader_.fill_given(result.values, node, keys_of<T>(), path.child(key), level);
      check_field_name(result.values, node, path.child(key));
    }
    return result;
  }

  // request_id goes out as a header name: a token (RFC 9110 5.6.2).
  template <class T>
  void check_field_name(const T& values, const Node* table, const Path& path) {
    if constexpr (std::is_same_v<T, Forwarding>) {
      const auto* entry = table ? table->find("request_id") : nullptr;
      if (!entry || std::all_of(values.request_id.begin(), values.request_id.end(), ascii::is_tchar)) return;
      problems_.add(entry->node->position(), path.child("request_id").text(),
                    fmt::format("{} is no header name; write one as in \"X-Request-Id\", or \"\" for none",
                                quote(values.request_id)));
    }
  }

  std::vector<PluginUse> read_plugins(const Node& table, const Path& path) {
    std::vector<PluginUse> uses;
    const auto* entry = table.find("plugin");
    if (!entry || (entry->node->type != SLUICE_NODE_TABLE && entry->node->type != SLUICE_NODE_LIST))
      return uses;
    auto tables = tables_of(*entry->node, path.child("plugin"), problems_);
    for (std::size_t i = 0; i < tables.size(); ++i)
      uses.push_back(read_use(*tables[i], path.child("plugin", i + 1)));
    return uses;
  }

  PluginUse read_use(const Node& table, const Path& path) {
    UseKeys keys;
    canonical_ += " plugin ";
    reader_.fill_known(keys, &table, keys_of<UseKeys>(), path);
    PluginUse use{keys.use, keys.name.empty() ? keys.use : keys.name, keys.on_failure, nullptr,
                  table.position()};
    use.use_position = use.position;
    if (const auto* entry = table.find("use")) {
      use.use_position = entry->node->position();
      if (entry->node->type == SLUICE_NODE_STRING && keys.use.empty())
        problems_.add(use.use_position, path.child("use").text(), "is empty; name a plugin");
    }
    auto* own = tree_->filtered(
        table, [&](const Entry& each) { return find_key(keys_of<UseKeys>().list, each.key) == nullptr; });
    canonical(*own, canonical_);
    use.table = own;
    return use;
  }

  void read_listener(const Node& table, const Path& path) {
    ListenerKeys keys;
    reader_.fill(keys, &table, keys_of<ListenerKeys>(), path);
    Listener listener;
    listener.position = table.position();
    listener.backlog = keys.backlog;
    listener.max_connections = keys.max_connections;
    listener.reuse_port = keys.reuse_port;
    listener.address_position = listener.position;
    if (const auto* entry = table.find("address"); entry && entry->node->type == SLUICE_NODE_STRING) {
      listener.address_position = entry->node->position();
      auto address = parse_listen_address(keys.address);
      if (address)
        listener.address = std::move(*address);
      else
        problems_.add(listener.address_position, path.child("address").text(), address.error());
    }
    listener.name = keys.name.empty() ? keys.address : keys.name;
    listener.timeouts = overrides<Timeouts>(table, "timeouts", path, kListener).over(config_->timeouts);
    listener.limits = overrides<Limits>(table, "limits", path, kListener).over(config_->limits);
    listener.plugins = read_plugins(table, path);
    config_->listeners.push_back(std::move(listener));
  }

  void read_upstream(const Node& table, const Path& path) {
    UpstreamKeys keys;
    reader_.fill(keys, &table, keys_of<UpstreamKeys>(), path);
    Upstream upstream;
    upstream.position = table.position();
    upstream.name = keys.name;
    read_balance(upstream.balance, keys, table, path);
    if (const auto* node = sub(table, "check")) {
      upstream.check.kind = CheckSettings::Kind::http;
      section("check", upstream.check, node, path);
      read_statuses(upstream.check.status, *node, "status", path.child("check"));
      check_request(upstream.check, *node, path.child("check"));
    }
    section("ejection", upstream.ejection, sub(table, "ejection"), path);
    section("retry", upstream.retry, sub(table, "retry"), path);
    read_retry_on(upstream.retry, sub(table, "retry"), path.child("retry"));
    section("hedge", upstream.hedge, sub(table, "hedge"), path);
    section("queue", upstream.queue, sub(table, "queue"), path);
    section("pool", upstream.pool, sub(table, "pool"), path);
    upstream.dns = overrides<DnsSettings>(table, "dns", path, kUpstream).over(config_->dns);
    upstream.timeouts = overrides<Timeouts>(table, "timeouts", path, kUpstream).over(config_->timeouts);
    read_endpoints(upstream, keys, table, path);
    check_sense(upstream, table, path);
    upstream.plugins = read_plugins(table, path);
    config_->upstreams.push_back(std::move(upstream));
  }

  template <class T>
  void section(std::string_view key, T& values, const Node* node, const Path& path) {
    canonical_ += fmt::format(" {} ", key);
    reader_.fill(values, node, keys_of<T>(), path.child(key));
  }

  void read_balance(BalanceSettings& balance, const UpstreamKeys& keys, const Node& table, const Path& path) {
    balance.algorithm = keys.balance;
    balance.hash_load_bound = keys.hash_load_bound;
    balance.max_in_flight = keys.max_in_flight;
    balance.slow_start = keys.slow_start;
    balance.min_available = keys.min_available;
    balance.on_shortage = keys.on_shortage;
    if (keys.prefer_zone) balance.prefer_zone = config_->zone;
    balance.zone_min_available = keys.zone_min_available;
    auto complain = [&](std::string_view key, std::string message) {
      const auto* entry = table.find(key);
      problems_.add(entry ? entry->node->position() : table.position(), path.child(key).text(),
                    std::move(message));
    };
    if (balance.hash_load_bound != 0 && balance.hash_load_bound < 1)
      complain("hash_load_bound",
               fmt::format("{} would leave no room for all; needs 0 (no bound), or 1 or more",
                           balance.hash_load_bound));
    if (keys.prefer_zone && config_->zone.empty())
      complain("prefer_zone", "needs to know where this gateway stands; set `zone` at the top of the file");
    const bool hashes = keys.balance == Algorithm::consistent_hash || keys.balance == Algorithm::maglev;
    auto part = parse_hash_on(keys.hash_on);
    if (!part)
      complain("hash_on", part.error());
    else
      balance.hash_on = std::move(*part);
    if (hashes && keys.hash_on.empty() && !table.find("hash_on"))
      complain("balance", "needs `hash_on`, as in hash_on = \"source\" or hash_on = \"cookie:user\"");
    if (!hashes && !keys.hash_on.empty())
      complain("hash_on",
               "has no effect with this `balance`; set balance = \"consistent_hash\" or \"maglev\"");
  }

  // `list` of statuses in `table`, if it is there.
  void read_statuses(StatusRanges& ranges, const Node& table, std::string_view key, const Path& path) {
    const auto* entry = table.find(key);
    if (!entry || entry->node->type != SLUICE_NODE_LIST) return;
    ranges.clear();
    each_text(*entry->node, path.child(key), [&](const Node& node, const Path& at) {
      if (auto range = parse_statuses(node.text))
        ranges.push_back(*range);
      else
        problems_.add(node.position(), at.text(), range.error());
    });
    if (entry->node->entries.empty())
      problems_.add(entry->node->position(), path.child(key).text(),
                    "is empty; name a status, as in [\"2xx\"]");
  }

  // Keys that would have no effect beside the others.
  void check_sense(const Upstream& upstream, const Node& table, const Path& path) {
    const auto complain = [&](std::string_view in, std::string_view key, std::string message) {
      const auto* node = sub(table, in);
      const auto* entry = node ? node->find(key) : nullptr;
      if (entry) problems_.add(entry->node->position(), path.child(in).child(key).text(), std::move(message));
    };
    const bool limits =
        upstream.balance.max_in_flight != 0 || !upstream.endpoints_file.empty() ||
        std::ranges::any_of(upstream.endpoints, [](auto& each) { return each.max_in_flight != 0; });
    if (upstream.queue.max != 0 && !limits)
      complain("queue", "max", "has no effect without a limit to wait for; set `max_in_flight`");
    if (const auto* retry = sub(table, "retry");
        retry && retry->find("backoff") && upstream.retry.backoff > upstream.retry.backoff_max)
      complain("retry", "backoff", "is more than `backoff_max`");
    if (upstream.ejection.base_time > upstream.ejection.max_time)
      complain("ejection", "base_time", "is more than `max_time`");
    const bool hedges = upstream.hedge.delay.count() != 0 || upstream.hedge.percentile != 0;
    if (hedges && upstream.retry.attempts < 2)
      complain("retry", "attempts", "leaves no second request to [upstream.hedge]; needs 2 or more");
    if (hedges && upstream.retry.budget_percent == 0 && upstream.retry.budget_min == 0)
      complain("retry", "budget_min",
               "and `budget_percent` leave no second request to [upstream.hedge]; one must be above 0");
  }

  // What goes into the request of a check as it is.
  void check_request(const CheckSettings& check, const Node& table, const Path& path) {
    const auto complain = [&](std::string_view key, std::string_view value, std::string_view wanted) {
      const auto* entry = table.find(key);
      problems_.add(entry ? entry->node->position() : table.position(), path.child(key).text(),
                    fmt::format("{} {}", quote(value), wanted));
    };
    const auto is_visible = [](char c) {
      return c > ' ' && c < 0x7f;
    };
    if (check.method.empty() || !std::all_of(check.method.begin(), check.method.end(), ascii::is_tchar))
      complain("method", check.method, "is no method; write one as in \"GET\"");
    if (!check.path.starts_with('/') || !std::all_of(check.path.begin(), check.path.end(), is_visible))
      complain("path", check.path,
               "is no path; needs one that begins with \"/\", other letters than ASCII as %XX");
    if (!std::all_of(check.host.begin(), check.host.end(), is_visible))
      complain("host", check.host, "is no host; write a name, with a port if need be");
  }

  void read_retry_on(RetrySettings& retry, const Node* table, const Path& path) {
    const auto* entry = table ? table->find("on") : nullptr;
    if (!entry || entry->node->type != SLUICE_NODE_LIST) return;
    retry.on = 0;
    retry.on_status.clear();
    each_text(*entry->node, path.child("on"), [&](const Node& node, const Path& at) {
      if (node.text == "connect") {
        retry.on |= RetrySettings::connect;
      } else if (node.text == "reset") {
        retry.on |= RetrySettings::reset;
      } else if (node.text == "timeout") {
        retry.on |= RetrySettings::timeout;
      } else if (auto range = parse_statuses(node.text); range && range->first < 400) {
        problems_.add(node.position(), at.text(),
                      fmt::format("{} is no failure; needs statuses from 400 to 599", shown(node)));
      } else if (range) {
        retry.on_status.push_back(*range);
      } else {
        problems_.add(
            node.position(), at.text(),
            fmt::format("{} is no condition; needs \"connect\", \"reset\", \"timeout\", or a status such as "
                        "\"503\" or \"5xx\"",
                        shown(node)));
      }
    });
  }

  template <class Take>
  void each_text(const Node& list, const Path& path, Take take) {
    for (std::size_t i = 0; i < list.entries.size(); ++i) {
      const auto& node = *list.entries[i].node;
      const auto at = Path{path.parent, path.key, i + 1};
      if (node.type != SLUICE_NODE_STRING) {
        problems_.add(
            node.position(), at.text(),
            fmt::format("{0} is {1}; needs a string: [\"{0}\"]", shown(node), type_name(node.type)));
        continue;
      }
      canonical_ += fmt::format("s{}:{}", node.text.size(), node.text);
      take(node, at);
    }
  }

  void read_endpoints(Upstream& upstream, const UpstreamKeys& keys, const Node& table, const Path& path) {
    if (!keys.endpoints_file.empty()) {
      upstream.endpoints_file = (std::filesystem::path(config_->file).parent_path() / keys.endpoints_file)
                                    .lexically_normal()
                                    .string();
      if (!keys.endpoints_file.ends_with(".toml") && !keys.endpoints_file.ends_with(".json"))
        problems_.add(table.find("endpoints_file")->node->position(), path.child("endpoints_file").text(),
                      fmt::format("{} is neither TOML nor JSON by its name; needs an ending .toml or .json",
                                  quote(keys.endpoints_file)));
    }
    const auto* entry = table.find("endpoints");
    if (!entry && keys.endpoints_file.empty()) {
      problems_.add(
          table.position(), path.text(),
          "key \"endpoints\" is missing: its servers, as in [\"127.0.0.1:9000\"]; or \"endpoints_file\"");
      return;
    }
    if (!entry || entry->node->type != SLUICE_NODE_LIST) return;
    const auto& list = *entry->node;
    std::uint64_t weights = 0;
    auto good = true;
    for (std::size_t i = 0; i < list.entries.size(); ++i) {
      auto endpoint = read_endpoint(*list.entries[i].node, path.child("endpoints", i + 1));
      good = good && endpoint.has_value();
      if (!endpoint) continue;
      weights += endpoint->weight;
      upstream.endpoints.push_back(std::move(*endpoint));
    }
    if (list.entries.empty() && keys.endpoints_file.empty())
      problems_.add(list.position(), path.child("endpoints").text(),
                    "is empty; an upstream needs at least one endpoint, as in [\"127.0.0.1:9000\"]");
    else if (good && weights == 0 && keys.endpoints_file.empty())
      problems_.add(list.position(), path.child("endpoints").text(),
                    "every endpoint has weight 0; one must take exchanges");
  }

  std::optional<Endpoint> read_endpoint(const Node& node, const Path& path) {
    EndpointKeys keys;
    auto before = problems_.size();
    auto at = node.position();
    if (node.type == SLUICE_NODE_STRING) {
      // As a table that states nothing else.
      keys.address = node.text;
      canonical_ += fmt::format(" endpoint address=s{}:{}weight=i1;priority=i0;zone=s0:max_in_flight=i0;",
                                node.text.size(), node.text);
    } else if (node.type == SLUICE_NODE_TABLE) {
      canonical_ += " endpoint ";
      reader_.fill(keys, &node, keys_of<EndpointKeys>(), path);
      for (std::string_view key : {"address", "srv"})
        if (const auto* entry = node.find(key)) at = entry->node->position();
      if (problems_.size() == before && keys.address.empty() == keys.srv.empty())
        problems_.add(at, path.text(),
                      keys.address.empty()
                          ? "needs `address`, as in { address = \"127.0.0.1:9000\" }, or `srv`"
                          : "has `address` and `srv`; one of them says where it is");
    } else {
      problems_.add(
          at, path.text(),
          fmt::format("{} is {}; needs an address, as in \"127.0.0.1:9000\" or {{ address, weight }}",
                      shown(node), type_name(node.type)));
    }
    if (problems_.size() != before) return std::nullopt;
    Endpoint endpoint;
    endpoint.service = !keys.srv.empty();
    endpoint.weight = keys.weight;
    endpoint.priority = keys.priority;
    endpoint.zone = keys.zone;
    endpoint.max_in_flight = keys.max_in_flight;
    endpoint.position = at;
    auto address = endpoint.service ? parse_service_name(keys.srv) : parse_endpoint_address(keys.address);
    if (!address) {
      problems_.add(at, path.text(), address.error());
      return std::nullopt;
    }
    endpoint.address = std::move(*address);
    return endpoint;
  }

  void read_route(const Node& table, const Path& path) {
    RouteKeys keys;
    reader_.fill_known(keys, &table, keys_of<RouteKeys>(), path);
    Route route;
    route.position = table.position();
    route.table = &table;
    route.name = keys.name.empty() ? fmt::format("route-{}", config_->routes.size() + 1) : keys.name;
    route.upstream = keys.upstream;
    route.timeouts = overrides<Timeouts>(table, "timeouts", path, kRoute);
    route.limits = overrides<Limits>(table, "limits", path, kRoute);
    route.forwarding = overrides<Forwarding>(table, "forwarding", path, kRoute);
    route.retry = overrides<RetrySettings>(table, "retry", path, kRoute);
    read_retry_on(route.retry.values, sub(table, "retry"), path.child("retry"));
    route.plugins = read_plugins(table, path);
    // What is left is for the plugins that route.
    for (const auto& entry : table.entries) {
      if (find_key(keys_of<RouteKeys>().list, entry.key)) continue;
      canonical_ += fmt::format("{}:{}", entry.key.size(), entry.key);
      canonical(*entry.node, canonical_);
    }
    config_->routes.push_back(std::move(route));
  }

  std::shared_ptr<const Document> document_;
  std::shared_ptr<Tree> tree_;
  std::shared_ptr<Config> config_;
  Problems problems_;
  std::string canonical_;
  Reader reader_;
  const Path root_;
};

}  // namespace

const Upstream* Config::find_upstream(std::string_view name) const {
  for (const auto& each : upstreams)
    if (each.name == name) return &each;
  return nullptr;
}

namespace {

Checked compile(std::expected<std::shared_ptr<const Document>, Problems> document) {
  if (!document) return {nullptr, std::move(document.error())};
  return Compiler(std::move(*document)).run();
}

Loaded only_good(Checked checked) {
  if (!checked.problems.empty()) return std::unexpected(std::move(checked.problems));
  return std::move(checked.config);
}

}  // namespace

Checked check(const std::filesystem::path& file) { return compile(Document::load(file)); }
Checked check_text(std::string_view text, std::string file) {
  return compile(Document::parse(text, std::move(file)));
}
Loaded load(const std::filesystem::path& file) { return only_good(check(file)); }
Loaded load_text(std::string_view text, std::string file) {
  return only_good(check_text(text, std::move(file)));
}

}  // namespace sluice::config
