#include "split.h"

#include <limits>

namespace sluice::router {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::int64_t kMostWeight = 1'000'000;

}  // namespace

std::optional<Split> Split::read(const sluice_create& args, const Node& route, std::string_view name) {
  const auto list = route.get("upstreams");
  const auto by = route.get("split_by");
  if (!list) {
    if (by) by.problem("split_by has nothing to split; it goes with upstreams = [...]");
    return std::nullopt;
  }
  Split out;
  out.salt_ = sluice::hash_text(name, 0);
  const bool good_shares = out.read_shares(args, list);
  const bool good_by = !by || out.read_by(by);
  return good_shares && good_by ? std::optional(std::move(out)) : std::nullopt;
}

bool Split::read_shares(const sluice_create& args, const Node& list) {
  struct Given {
    std::int64_t upstream;
    std::int64_t weight;
  };
  std::vector<Given> given;
  std::int64_t total = 0;
  bool ok = true;
  list.for_one_or_each([&](const Node& each) {
    const auto name_node = each.get("name");
    const auto weight_node = each.get("weight");
    const auto name = name_node ? name_node.text().value_or("") : std::string_view();
    const auto weight = weight_node ? weight_node.integer().value_or(1) : 1;
    const auto upstream = host().routes->upstream_find(&args, name.data(), name.size());
    if (upstream < 0) {
      (name_node ? name_node : each)
          .problem("upstream " + in_quotes(name) + " is not configured; add [[upstream]] with that name");
      ok = false;
    }
    if (weight < 0 || weight > kMostWeight) {
      weight_node.problem("weight " + std::to_string(weight) + " is not 0 to " + std::to_string(kMostWeight));
      ok = false;
    }
    given.push_back({upstream, weight});
    total += weight;
  });
  if (ok && total == 0) list.problem("has no weight above 0, so no request could go anywhere");
  if (!ok || total == 0) return false;
  std::int64_t sum = 0;
  for (const auto& each : given) {
    if (each.weight == 0) continue;
    sum += each.weight;
    const auto part = static_cast<Wide>(std::numeric_limits<std::uint64_t>::max()) *
                      static_cast<std::uint64_t>(sum) / static_cast<std::uint64_t>(total);
    shares_.push_back({static_cast<std::uint64_t>(part), each.upstream});
  }
  return true;
}

bool Split::read_by(const Node& node) {
  static constexpr std::pair<std::string_view, By> words[] = {
      {"header", By::header}, {"cookie", By::cookie}, {"query", By::query}};
  if (node.text() == "client") {
    by_ = By::client;
    return true;
  }
  if (node.is_table() && node.size() == 1) {
    for (const auto& [word, by] : words) {
      const auto name = node.get(word);
      if (!name || name.text().value_or("").empty()) continue;
      by_ = by;
      key_ = *name.text();
      return true;
    }
  }
  node.problem(
      "split_by is \"client\", { header = \"NAME\" }, { cookie = \"NAME\" } or { query = \"NAME\" }");
  return false;
}

std::optional<std::string_view> Split::text(Request& request) const {
  switch (by_) {
    case By::header: return request.header(key_);
    case By::cookie: return request.cookie(key_);
    case By::query: return request.query_value(key_);
    case By::client: return request.client();
    case By::chance: break;
  }
  return std::nullopt;
}

std::int64_t Split::choose(Request& request, Random& random) const {
  const auto given = text(request);
  const auto position = given ? sluice::hash_text(*given, salt_) : random.next();
  for (const auto& share : shares_)
    if (position <= share.until) return share.upstream;
  return shares_.back().upstream;
}

}  // namespace sluice::router
