#include "config/upstream_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/ascii.h"
#include "config/parts.h"

namespace sluice::config {

template <class T>
void UpstreamReader::section(std::string_view key, T& values, const Node* node, const Path& path) {
  reader_.canonical() += fmt::format(" {} ", key);
  reader_.fill(values, node, keys_of<T>(), path.child(key));
}

template <class Take>
void UpstreamReader::each_text(const Node& list, const Path& path, Take take) {
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    const auto& node = *list.entries[i].node;
    const auto at = Path{path.parent, path.key, i + 1};
    if (node.type != SLUICE_NODE_STRING) {
      reader_.problems().add(
          node.position(), at.text(),
          fmt::format("{0} is {1}; needs a string: [\"{0}\"]", shown(node), type_name(node.type)));
      continue;
    }
    reader_.canonical() += fmt::format("s{}:{}", node.text.size(), node.text);
    take(node, at);
  }
}

void UpstreamReader::read(Upstream& upstream, const Node& table, const Path& path, const std::string& file,
                          const std::string& zone) {
  UpstreamKeys keys;
  reader_.fill(keys, &table, keys_of<UpstreamKeys>(), path);
  upstream.name = keys.name;
  read_balance(upstream.balance, keys, table, path, zone);
  if (const auto* node = sub_table(table, "check")) {
    upstream.check.kind = CheckSettings::Kind::http;
    section("check", upstream.check, node, path);
    read_statuses(upstream.check.status, *node, "status", path.child("check"));
    check_request(upstream.check, *node, path.child("check"));
  }
  section("ejection", upstream.ejection, sub_table(table, "ejection"), path);
  section("retry", upstream.retry, sub_table(table, "retry"), path);
  read_retry_on(upstream.retry, sub_table(table, "retry"), path.child("retry"));
  section("hedge", upstream.hedge, sub_table(table, "hedge"), path);
  section("queue", upstream.queue, sub_table(table, "queue"), path);
  section("pool", upstream.pool, sub_table(table, "pool"), path);
  read_endpoints(upstream, keys, table, path, file);
  check_sense(upstream, table, path);
}

void UpstreamReader::read_balance(BalanceSettings& balance, const UpstreamKeys& keys, const Node& table,
                                  const Path& path, const std::string& zone) {
  balance.algorithm = keys.balance;
  balance.hash_load_bound = keys.hash_load_bound;
  balance.max_in_flight = keys.max_in_flight;
  balance.slow_start = keys.slow_start;
  balance.min_available = keys.min_available;
  balance.on_shortage = keys.on_shortage;
  if (keys.prefer_zone) balance.prefer_zone = zone;
  balance.zone_min_available = keys.zone_min_available;
  auto complain = [&](std::string_view key, std::string message) {
    const auto* entry = table.find(key);
    reader_.problems().add(entry ? entry->node->position() : table.position(), path.child(key).text(),
                           std::move(message));
  };
  if (balance.hash_load_bound != 0 && balance.hash_load_bound < 1)
    complain("hash_load_bound",
             fmt::format("{} would leave no room for all; needs 0 (no bound), or 1 or more",
                         balance.hash_load_bound));
  if (keys.prefer_zone && zone.empty())
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
    complain("hash_on", "has no effect with this `balance`; set balance = \"consistent_hash\" or \"maglev\"");
}

// `list` of statuses in `table`, if it is there.
void UpstreamReader::read_statuses(StatusRanges& ranges, const Node& table, std::string_view key,
                                   const Path& path) {
  const auto* entry = table.find(key);
  if (!entry || entry->node->type != SLUICE_NODE_LIST) return;
  ranges.clear();
  each_text(*entry->node, path.child(key), [&](const Node& node, const Path& at) {
    if (auto range = parse_statuses(node.text))
      ranges.push_back(*range);
    else
      reader_.problems().add(node.position(), at.text(), range.error());
  });
  if (entry->node->entries.empty())
    reader_.problems().add(entry->node->position(), path.child(key).text(),
                           "is empty; name a status, as in [\"2xx\"]");
}

// Keys that would have no effect beside the others.
void UpstreamReader::check_sense(const Upstream& upstream, const Node& table, const Path& path) {
  const auto complain = [&](std::string_view in, std::string_view key, std::string message) {
    const auto* node = sub_table(table, in);
    const auto* entry = node ? node->find(key) : nullptr;
    if (entry)
      reader_.problems().add(entry->node->position(), path.child(in).child(key).text(), std::move(message));
  };
  const bool limits =
      upstream.balance.max_in_flight != 0 || !upstream.endpoints_file.empty() ||
      std::ranges::any_of(upstream.endpoints, [](auto& each) { return each.max_in_flight != 0; });
  if (upstream.queue.max != 0 && !limits)
    complain("queue", "max", "has no effect without a limit to wait for; set `max_in_flight`");
  if (const auto* retry = sub_table(table, "retry");
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
void UpstreamReader::check_request(const CheckSettings& check, const Node& table, const Path& path) {
  const auto complain = [&](std::string_view key, std::string_view value, std::string_view wanted) {
    const auto* entry = table.find(key);
    reader_.problems().add(entry ? entry->node->position() : table.position(), path.child(key).text(),
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

void UpstreamReader::read_retry_on(RetrySettings& retry, const Node* table, const Path& path) {
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
      reader_.problems().add(node.position(), at.text(),
                             fmt::format("{} is no failure; needs statuses from 400 to 599", shown(node)));
    } else if (range) {
      retry.on_status.push_back(*range);
    } else {
      reader_.problems().add(
          node.position(), at.text(),
          fmt::format("{} is no condition; needs \"connect\", \"reset\", \"timeout\", or a status such as "
                      "\"503\" or \"5xx\"",
                      shown(node)));
    }
  });
}

void UpstreamReader::read_endpoints(Upstream& upstream, const UpstreamKeys& keys, const Node& table,
                                    const Path& path, const std::string& file) {
  if (!keys.endpoints_file.empty()) {
    upstream.endpoints_file =
        (std::filesystem::path(file).parent_path() / keys.endpoints_file).lexically_normal().string();
    if (!keys.endpoints_file.ends_with(".toml") && !keys.endpoints_file.ends_with(".json"))
      reader_.problems().add(
          table.find("endpoints_file")->node->position(), path.child("endpoints_file").text(),
          fmt::format("{} is neither TOML nor JSON by its name; needs an ending .toml or .json",
                      quote(keys.endpoints_file)));
  }
  const auto* entry = table.find("endpoints");
  if (!entry && keys.endpoints_file.empty()) {
    reader_.problems().add(
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
    reader_.problems().add(list.position(), path.child("endpoints").text(),
                           "is empty; an upstream needs at least one endpoint, as in [\"127.0.0.1:9000\"]");
  else if (good && weights == 0 && keys.endpoints_file.empty())
    reader_.problems().add(list.position(), path.child("endpoints").text(),
                           "every endpoint has weight 0; one must take exchanges");
}

std::optional<Endpoint> UpstreamReader::read_endpoint(const Node& node, const Path& path) {
  EndpointKeys keys;
  auto before = reader_.problems().size();
  auto at = node.position();
  if (node.type == SLUICE_NODE_STRING) {
    // As a table that states nothing else.
    keys.address = node.text;
    reader_.canonical() +=
        fmt::format(" endpoint address=s{}:{}weight=i1;priority=i0;zone=s0:max_in_flight=i0;",
                    node.text.size(), node.text);
  } else if (node.type == SLUICE_NODE_TABLE) {
    reader_.canonical() += " endpoint ";
    reader_.fill(keys, &node, keys_of<EndpointKeys>(), path);
    for (std::string_view key : {"address", "srv"})
      if (const auto* entry = node.find(key)) at = entry->node->position();
    if (reader_.problems().size() == before && keys.address.empty() == keys.srv.empty())
      reader_.problems().add(at, path.text(),
                             keys.address.empty()
                                 ? "needs `address`, as in { address = \"127.0.0.1:9000\" }, or `srv`"
                                 : "has `address` and `srv`; one of them says where it is");
  } else {
    reader_.problems().add(
        at, path.text(),
        fmt::format("{} is {}; needs an address, as in \"127.0.0.1:9000\" or {{ address, weight }}",
                    shown(node), type_name(node.type)));
  }
  if (reader_.problems().size() != before) return std::nullopt;
  Endpoint endpoint;
  endpoint.service = !keys.srv.empty();
  endpoint.weight = keys.weight;
  endpoint.priority = keys.priority;
  endpoint.zone = keys.zone;
  endpoint.max_in_flight = keys.max_in_flight;
  endpoint.position = at;
  auto address = endpoint.service ? parse_service_name(keys.srv) : parse_endpoint_address(keys.address);
  if (!address) {
    reader_.problems().add(at, path.text(), address.error());
    return std::nullopt;
  }
  endpoint.address = std::move(*address);
  return endpoint;
}

}  // namespace sluice::config
