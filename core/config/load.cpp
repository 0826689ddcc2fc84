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
#include "config/reader.h"
#include "config/upstream_reader.h"

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
        reader_(problems_, canonical_),
        upstream_reader_(reader_) {}

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
    reader_.fill_given(values, sub_table(root, key), keys_of<T>(), root_.child(key), kProcess);
    check_field_name(values, sub_table(root, key), root_.child(key));
    return values;
  }

  template <class T>
  Overrides<T> overrides(const Node& table, std::string_view key, const Path& path, Level level) {
    Overrides<T> result;
    if (const auto* node = sub_table(table, key)) {
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
    Upstream upstream;
    upstream.position = table.position();
    upstream_reader_.read(upstream, table, path, config_->file, config_->zone);
    upstream.dns = overrides<DnsSettings>(table, "dns", path, kUpstream).over(config_->dns);
    upstream.timeouts = overrides<Timeouts>(table, "timeouts", path, kUpstream).over(config_->timeouts);
    upstream.plugins = read_plugins(table, path);
    config_->upstreams.push_back(std::move(upstream));
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
    upstream_reader_.read_retry_on(route.retry.values, sub_table(table, "retry"), path.child("retry"));
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
  UpstreamReader upstream_reader_;
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
