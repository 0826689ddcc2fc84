#include "server/endpoints_command.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "config/config.h"
#include "server/admin.h"
#include "server/output.h"

namespace sluice {
namespace {

using nlohmann::json;

constexpr int kRefused = 1;
constexpr int kUsage = 2;
constexpr int kUnreachable = 3;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// The two largest units of it: "45s", "4m 10s", "3h", "2d 5h".
std::string lasting(std::int64_t seconds) {
  constexpr std::pair<std::int64_t, char> kUnits[] = {{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}};
  for (std::size_t i = 0; i + 1 < std::size(kUnits); ++i) {
    const auto [size, letter] = kUnits[i];
    if (seconds < size) continue;
    const auto [next, next_letter] = kUnits[i + 1];
    const auto rest = seconds % size / next;
    return rest == 0 ? fmt::format("{}{}", seconds / size, letter)
                     : fmt::format("{}{} {}{}", seconds / size, letter, rest, next_letter);
  }
  return fmt::format("{}s", seconds);
}

// "12s ago", "in 4m".
std::string when(const json& at_ms) {
  const auto seconds = std::lround(static_cast<double>(now_ms() - at_ms.get<std::int64_t>()) / 1000);
  return seconds < 0 ? "in " + lasting(-seconds) : lasting(seconds) + " ago";
}

std::string user() {
  const passwd* entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : fmt::format("uid {}", getuid());
}

std::string state_of(const json& endpoint) {
  std::string out;
  for (auto& block : endpoint["blocks"])
    out += fmt::format("{}{}", out.empty() ? "" : ",", block.get<std::string>());
  return out.empty() ? "available" : out;
}

// Whose order it is, since when and how long.
std::string order_text(const json& order) {
  return fmt::format("{} by {} {}{}", order["state"].get<std::string>(), order["owner"].get<std::string>(),
                     when(order["since_ms"]),
                     order["until_ms"] != 0 ? ", ends " + when(order["until_ms"]) : "");
}

std::string remarks(const json& endpoint) {
  std::string out;
  const auto add = [&out](const std::string& text) {
    out += (out.empty() ? "" : "; ") + text;
  };
  if (auto authority = endpoint.find("authority"); authority != endpoint.end() && *authority != "localhost")
    add(authority->get<std::string>());
  if (auto order = endpoint.find("order"); order != endpoint.end()) add(order_text(*order));
  if (auto checks = endpoint.find("checks"); checks != endpoint.end() && (*checks)["checked_at_ms"] != 0)
    add(fmt::format("checked {}: {}", when((*checks)["checked_at_ms"]),
                    (*checks)["last"].get<std::string>()));
  const auto& ejection = endpoint["ejection"];
  if (ejection["ejected"] == true)
    add(fmt::format("ejected for {}, tried {}", ejection["why"].get<std::string>(),
                    when(ejection["until_ms"])));
  if (ejection["on_trial"] == true) add("on trial");
  return out;
}

// ---- as a table ----

using Row = std::vector<std::string>;

// Columns as wide as what is in them; numbers (all but the first two and the last) to the right.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  for (auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i)
      line += i < 2 || i + 1 == row.size() ? fmt::format(" {:<{}} ", row[i], widths[i])
                                           : fmt::format(" {:>{}} ", row[i], widths[i]);
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

Row row_of(const json& endpoint) {
  const auto most = endpoint["max_in_flight"].get<std::uint32_t>();
  const auto latency = endpoint["latency_us"].get<double>();
  return {endpoint["address"].get<std::string>(),
          state_of(endpoint),
          endpoint["weight"].dump(),
          endpoint["priority"].dump(),
          endpoint["in_flight"].dump() + (most == 0 ? "" : fmt::format("/{}", most)),
          latency == 0    ? "-"
          : latency < 100 ? "<0.1ms"
                          : fmt::format("{:.1f}ms", latency / 1000),
          endpoint.contains("zone") ? endpoint["zone"].get<std::string>() : "",
          remarks(endpoint)};
}

std::string headline(const json& upstream) {
  const auto waiting = upstream["waiting"].get<std::size_t>();
  return fmt::format("upstream {}: {} of {} available{}{}\n", upstream["name"].get<std::string>(),
                     upstream["available"].get<std::size_t>(), upstream["endpoints"].size(),
                     upstream["short"] == true ? ", too few" : "",
                     waiting == 0 ? "" : fmt::format(", {} waiting for room", waiting));
}

std::string source_text(const json& source) {
  auto out = fmt::format("  from {}: {} found", source["what"].get<std::string>(),
                         source["found"].get<std::size_t>());
  if (source["good_at_ms"] != 0) out += " " + when(source["good_at_ms"]);
  if (source["next_at_ms"] != 0) out += ", next " + when(source["next_at_ms"]);
  if (source["error"] != "") out += "; last error: " + source["error"].get<std::string>();
  return out + "\n";
}

std::string show(const json& upstream) {
  std::string out = headline(upstream);
  for (auto& source : upstream["sources"])
    out += source_text(source);
  std::vector<Row> rows = {{"ENDPOINT", "STATE", "WEIGHT", "PRIORITY", "IN FLIGHT", "LATENCY", "ZONE", ""}};
  for (auto& endpoint : upstream["endpoints"])
    rows.push_back(row_of(endpoint));
  const auto has_zone = std::any_of(rows.begin() + 1, rows.end(), [](auto& row) { return !row[6].empty(); });
  if (!has_zone)
    for (auto& row : rows)
      row.erase(row.begin() + 6);
  if (rows.size() > 1) out += table(rows);
  for (auto& order : upstream["orders_of_absent"])
    out += fmt::format("  {} is not there now, but when it comes it is {}\n",
                       order["address"].get<std::string>(), order_text(order));
  return out;
}

std::string show_all(const json& said) {
  if (said.is_object()) return show(said);
  std::string out;
  for (auto& upstream : said)
    out += (out.empty() ? "" : "\n") + show(upstream);
  return out.empty() ? "no upstreams\n" : out;
}

// What has become of the endpoint that was spoken of, and what that leaves.
std::string show_done(const json& upstream, const EndpointsOptions& options) {
  const auto how = options.state == "active" ? "active again" : options.state;
  const auto time = options.duration.empty() || options.state == "active" ? "" : " for " + options.duration;
  return fmt::format("{} is {}{}\n", options.endpoint, how, time) + headline(upstream);
}

// The socket that the configuration file names; empty when there is none, which has been said.
std::string socket_of(const std::string& file) {
  const auto checked = config::check(file);
  if (checked.config == nullptr || !checked.problems.empty()) {
    print_error(checked.problems.text() + "--socket PATH names the gateway's socket without the file\n");
    return {};
  }
  if (checked.config->admin_path.empty())
    print_error(file + ": has no `admin`; add one as in admin = \"unix:/run/sluice/admin.sock\"\n");
  return checked.config->admin_path;
}

// Why the options make no sense together; empty when they do.
std::string misuse(const EndpointsOptions& options) {
  if (options.state.empty() && !options.endpoint.empty())
    return "say what shall become of it: --drain, --disable or --activate\n";
  if (!options.state.empty() && options.endpoint.empty())
    return "name an upstream and its endpoint, as in: sluice endpoints app 10.0.0.1:80 --drain\n";
  if (!options.duration.empty() && (options.state.empty() || options.state == "active"))
    return "--for goes with --drain or --disable\n";
  if (!options.owner.empty() && options.state.empty())
    return "--by goes with --drain, --disable or --activate\n";
  return {};
}

}  // namespace

int endpoints_command(const EndpointsOptions& options) {
  if (const auto why = misuse(options); !why.empty()) {
    print_error(why);
    return kUsage;
  }
  const auto path = options.socket.empty() ? socket_of(options.file) : options.socket;
  if (path.empty()) return kRefused;
  const bool is_order = !options.state.empty();
  std::string target = "/upstreams";
  if (!options.upstream.empty()) target += "/" + percent_encode(options.upstream);
  std::string wanted;
  if (is_order) {
    target += "/endpoints/" + percent_encode(options.endpoint);
    json order = {{"state", options.state}, {"owner", options.owner.empty() ? user() : options.owner}};
    if (!options.duration.empty()) order["for"] = options.duration;
    wanted = order.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  const auto answer = ask_admin(path, is_order ? "PUT" : "GET", target, wanted);
  if (!answer) {
    print_error(answer.error() + "\n");
    return kUnreachable;
  }
  const auto said = json::parse(answer->json, nullptr, false);
  if (said.is_discarded()) {
    print_error(path + ": an answer that is no JSON\n");
    return kUnreachable;
  }
  if (answer->status != 200) {
    print_error(said.value("error", fmt::format("status {}", answer->status)) + "\n");
    return kRefused;
  }
  const auto text = options.json ? answer->json : is_order ? show_done(said, options) : show_all(said);
  return print_output(text) ? 0 : kUnreachable;
}

}  // namespace sluice
