#include "server/endpoints_command.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "config/config.h"
#include "config/value.h"
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

// "12s ago", "in 4m"; to a second.
std::string ago(std::int64_t at_ms) {
  const auto seconds = (now_ms() - at_ms) / 1000;
  const auto text = config::format_duration(std::chrono::seconds(seconds < 0 ? -seconds : seconds));
  return seconds < 0 ? "in " + text : text + " ago";
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

std::string remarks(const json& endpoint) {
  std::string out;
  const auto add = [&out](const std::string& text) {
    out += (out.empty() ? "" : "; ") + text;
  };
  if (auto order = endpoint.find("order"); order != endpoint.end())
    add(fmt::format(
        "{} by {} {}{}", (*order)["state"].get<std::string>(), (*order)["owner"].get<std::string>(),
        ago((*order)["since_ms"].get<std::int64_t>()),
        (*order)["until_ms"] != 0 ? ", ends " + ago((*order)["until_ms"].get<std::int64_t>()) : ""));
  if (auto checks = endpoint.find("checks"); checks != endpoint.end() && (*checks)["checked_at_ms"] != 0)
    add(fmt::format("checked {}: {}", ago((*checks)["checked_at_ms"].get<std::int64_t>()),
                    (*checks)["last"].get<std::string>()));
  const auto& ejection = endpoint["ejection"];
  if (ejection["ejected"] == true)
    add(fmt::format("ejected for {}, tried {}", ejection["why"].get<std::string>(),
                    ago(ejection["until_ms"].get<std::int64_t>())));
  if (ejection["on_trial"] == true) add("on trial");
  return out;
}

std::string show(const json& upstreams, const std::string& only) {
  std::string out;
  for (auto& upstream : upstreams) {
    if (!only.empty() && upstream["name"] != only) continue;
    out += fmt::format("{}upstream {}: {} of {} available{}\n", out.empty() ? "" : "\n",
                       upstream["name"].get<std::string>(), upstream["available"].get<std::size_t>(),
                       upstream["endpoints"].size(), upstream["short"] == true ? ", too few" : "");
    for (auto& source : upstream["sources"])
      out += fmt::format("  from {}: {} found{}{}\n", source["what"].get<std::string>(),
                         source["found"].get<std::size_t>(),
                         source["good_at_ms"] != 0 ? " " + ago(source["good_at_ms"].get<std::int64_t>()) : "",
                         source["error"] != "" ? "; last error: " + source["error"].get<std::string>() : "");
    for (auto& endpoint : upstream["endpoints"])
      out += fmt::format("  {:<24} {:<10} weight {:<3} priority {}  in flight {:<5} {:>6.1f}ms  {}\n",
                         endpoint["address"].get<std::string>(), state_of(endpoint),
                         endpoint["weight"].get<int>(), endpoint["priority"].get<int>(),
                         endpoint["in_flight"].get<int>(), endpoint["latency_us"].get<double>() / 1000,
                         remarks(endpoint));
  }
  return out;
}

}  // namespace

int endpoints_command(const EndpointsOptions& options) {
  if (options.state.empty() != options.endpoint.empty()) {
    print_error(options.state.empty()
                    ? "say what shall become of it: --drain, --disable or --activate\n"
                    : "name an upstream and its endpoint, as in: sluice endpoints app 10.0.0.1:80 --drain\n");
    return kUsage;
  }
  std::string path = options.socket;
  if (path.empty()) {
    auto checked = config::check(options.file);
    if (checked.config == nullptr || !checked.problems.empty()) {
      print_error(checked.problems.text());
      return kRefused;
    }
    path = checked.config->admin_path;
    if (path.empty()) {
      print_error(options.file + ": has no `admin`; add one as in admin = \"unix:/run/sluice/admin.sock\"\n");
      return kRefused;
    }
  }
  json wanted;
  std::string target = "/upstreams";
  if (!options.state.empty()) {
    target += "/" + percent_encode(options.upstream) + "/endpoints/" + percent_encode(options.endpoint);
    wanted = {{"state", options.state}, {"owner", options.owner.empty() ? user() : options.owner}};
    if (!options.duration.empty()) wanted["for"] = options.duration;
  }
  const auto answer =
      ask_admin(path, options.state.empty() ? "GET" : "PUT", target, wanted.is_null() ? "" : wanted.dump());
  if (!answer) {
    print_error(answer.error() + "\n");
    return kUnreachable;
  }
  const auto said = json::parse(answer->json, nullptr, false);
  if (answer->status != 200) {
    print_error((said.contains("error") ? said["error"].get<std::string>()
                                        : fmt::format("status {}", answer->status)) +
                "\n");
    return kRefused;
  }
  if (!options.state.empty()) return 0;
  const auto text = options.json ? answer->json : show(said, options.upstream);
  if (text.empty()) {
    print_error(fmt::format("no upstream is named \"{}\"\n", options.upstream));
    return kRefused;
  }
  return print_output(text) ? 0 : kUnreachable;
}

}  // namespace sluice
