// What an administrator is shown of the upstreams, as JSON (server/admin.h).
#include <nlohmann/json.hpp>

#include "upstream/directory_upstream.h"

namespace sluice {
namespace {

nlohmann::json show_order(const Directory::Order& order) {
  return {{"state", word_of(order.state)},
          {"owner", order.owner},
          {"since_ms", order.since_ms},
          {"until_ms", order.until_ms}};
}

// Texts of servers and files may be no UTF-8.
std::string dump(const nlohmann::json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string Directory::describe() const {
  auto all = nlohmann::json::array();
  for (auto& upstream : upstreams_)
    all.push_back(show(*upstream));
  return dump(all);
}

std::string Directory::describe(std::string_view name) const {
  const auto* upstream = find(name);
  return upstream == nullptr ? std::string() : dump(show(*upstream));
}

nlohmann::json Directory::show(const Upstream& upstream) const {
  using nlohmann::json;
  const auto& name = upstream.group->name();
  const auto set = upstream.group->set();
  auto endpoints = json::array(), sources = json::array(), waiting = json::array();
  for (auto& member : set->members())
    endpoints.push_back(show(*member.endpoint, member));
  for (auto& feed : upstream.feeds) {
    const auto status = feed->source->status();
    sources.push_back({{"what", status.what},
                       {"found", status.found},
                       {"good_at_ms", status.good_at_ms},
                       {"next_at_ms", status.next_at_ms},
                       {"error", status.error}});
  }
  for (auto it = orders_.lower_bound({name, {}}); it != orders_.end() && it->first.first == name; ++it) {
    if (set->find(std::string_view(it->first.second)) >= 0) continue;
    auto shown = show_order(it->second);
    shown["address"] = it->first.second;
    waiting.push_back(std::move(shown));
  }
  return {{"name", name},
          {"available", set->available()},
          {"short", set->is_short()},
          {"waiting", upstream.group->share().queue.size()},
          {"endpoints", std::move(endpoints)},
          {"sources", std::move(sources)},
          {"orders_of_absent", std::move(waiting)}};
}

nlohmann::json Directory::show(const Endpoint& endpoint, const Member& member) const {
  using nlohmann::json;
  auto blocks = json::array();
  for (auto [bit, word] : {std::pair{block_failing, "failing"},
                           {block_warming, "warming"},
                           {block_ejected, "ejected"},
                           {block_draining, "draining"},
                           {block_disabled, "disabled"}})
    if (endpoint.blocks() & bit) blocks.push_back(word);
  json shown = {{"address", endpoint.text()},
                {"weight", member.weight},
                {"priority", member.priority},
                {"in_flight", endpoint.in_flight()},
                {"max_in_flight", member.max_in_flight},
                {"blocks", std::move(blocks)},
                {"latency_us", static_cast<std::uint64_t>(endpoint.latency_ns(uv_hrtime()) / 1000)}};
  if (endpoint.authority() != endpoint.text()) shown["authority"] = endpoint.authority();
  if (!endpoint.zone().empty()) shown["zone"] = endpoint.zone();
  const auto checks = prober_.status(endpoint);
  if (checks.state != Prober::Status::State::unchecked) {
    constexpr const char* kStates[] = {"unchecked", "warming", "up", "failing"};
    shown["checks"] = {{"state", kStates[static_cast<int>(checks.state)]},
                       {"passes", checks.passes},
                       {"failures", checks.failures},
                       {"changed_at_ms", checks.changed_at_ms},
                       {"checked_at_ms", checks.checked_at_ms},
                       {"last", checks.last}};
  }
  const auto passive = ejector_.status(endpoint);
  shown["ejection"] = {{"ejected", passive.ejected},
                       {"on_trial", passive.on_trial},
                       {"ejections", passive.ejections},
                       {"until_ms", passive.until_ms},
                       {"consecutive_failures", passive.consecutive_failures},
                       {"why", passive.why}};
  if (const auto order = orders_.find({endpoint.group(), endpoint.text()}); order != orders_.end())
    shown["order"] = show_order(order->second);
  return shown;
}

}  // namespace sluice
