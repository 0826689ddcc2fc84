#include "check/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sluice::check {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kWords[] = {"ok", "skipped", "warn", "failed", "unusable"};

// A plugin's texts may hold any bytes.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json json_of(const Finding& finding) {
  return {{"check", finding.check},
          {"outcome", word(finding.outcome)},
          {"reason", finding.reason},
          {"remedy", finding.remedy}};
}

std::size_t count(const std::vector<Finding>& findings, Outcome outcome) {
  return static_cast<std::size_t>(
      std::ranges::count(findings, outcome, [](const Finding& each) { return each.outcome; }));
}

}  // namespace

std::string_view word(Outcome outcome) { return kWords[static_cast<std::size_t>(outcome)]; }

std::string to_line(const Finding& finding) {
  auto json = json_of(finding);
  json["ran_out"] = finding.ran_out;
  return dump(json, -1);
}

std::string to_line(const Subject& subject) {
  return dump({{"file", subject.file},
               {"name", subject.name},
               {"version", subject.version},
               {"summary", subject.summary}},
              -1);
}

std::variant<Finding, Subject> from_line(std::string_view line) {
  auto json = Json::parse(line, nullptr, false);
  const auto text = [&json](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
  };
  if (json.is_discarded() || !json.is_object())
    return Finding{"report", Outcome::failed, "a line of the report was damaged",
                   "see whether the plugin writes to descriptors that it did not open"};
  if (json.contains("name")) return Subject{text("file"), text("name"), text("version"), text("summary")};
  Finding finding{text("check"), Outcome::failed, text("reason"), text("remedy"),
                  json.value("ran_out", false)};
  const auto found = std::ranges::find(kWords, text("outcome"));
  if (found != std::end(kWords)) finding.outcome = static_cast<Outcome>(found - std::begin(kWords));
  return finding;
}

int exit_code(const std::vector<Finding>& findings) {
  if (count(findings, Outcome::unusable) > 0) return 2;
  return count(findings, Outcome::failed) > 0 ? 1 : 0;
}

std::string to_json(const Subject& subject, const std::vector<Finding>& findings) {
  Json json{{"file", subject.file},
            {"plugin", {{"name", subject.name}, {"version", subject.version}, {"summary", subject.summary}}},
            {"checks", Json::array()}};
  for (const auto& finding : findings)
    json["checks"].push_back(json_of(finding));
  for (auto outcome : {Outcome::ok, Outcome::skipped, Outcome::warn, Outcome::failed, Outcome::unusable})
    json[std::string(word(outcome))] = count(findings, outcome);
  json["exit_code"] = exit_code(findings);
  return dump(json, 2) + "\n";
}

std::string to_text(const Finding& finding, bool with_remedy, bool verbose) {
  if (finding.outcome == Outcome::skipped && !verbose) return {};
  const bool is_good = finding.outcome == Outcome::ok || finding.outcome == Outcome::skipped;
  if (is_good) return fmt::format("{:<9} {:<52} {}\n", word(finding.outcome), finding.check, finding.reason);
  auto text = fmt::format("{:<9} {}\n          {}\n", word(finding.outcome), finding.check, finding.reason);
  if (with_remedy && !finding.remedy.empty()) text += fmt::format("          -> {}\n", finding.remedy);
  return text;
}

std::string summary(const std::vector<Finding>& findings) {
  auto text = fmt::format("{} checks: {} ok, {} warnings, {} failed",
                          findings.size() - count(findings, Outcome::skipped), count(findings, Outcome::ok),
                          count(findings, Outcome::warn), count(findings, Outcome::failed));
  if (auto skipped = count(findings, Outcome::skipped))
    text += fmt::format("; {} do not apply (--verbose lists them)", skipped);
  if (count(findings, Outcome::unusable) > 0) text += "; the plugin could not be checked";
  return text + "\n";
}

}  // namespace sluice::check
