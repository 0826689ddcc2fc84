// What plugin_check says: one Finding per check, printed as a line or as JSON. No state, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::check {

enum class Outcome : std::uint8_t {
  ok,
  skipped,  // has nothing to look at in this plugin; counts as neither good nor bad
  warn,     // works today, and will be regretted
  failed,   // breaks the ABI's rules: wrong answers, leaks or crashes in a gateway
  unusable  // the check could not be made: no such file, a configuration that is not accepted
};

struct Finding {
  std::string check;  // "exchange: POST in pieces"
  Outcome outcome = Outcome::ok;
  std::string reason;    // what was seen, one sentence; for ok a few facts, may be empty
  std::string remedy;    // what to do; empty for ok
  bool ran_out = false;  // the patience was used up: what comes next gets less of it
};

std::string_view word(Outcome outcome);

// The plugin as its first step found it.
struct Subject {
  std::string file;
  std::string name;     // empty until it was loaded
  std::string version;  // may be empty
  std::string summary;  // may be empty
};

// One line of JSON each, and back; what is no such line gives a failed finding that says so.
std::string to_line(const Finding& finding);
std::string to_line(const Subject& subject);
std::variant<Finding, Subject> from_line(std::string_view line);

// 0: nothing failed; 1: something did; 2: could not be checked.
int exit_code(const std::vector<Finding>& findings);
// All of it as one JSON object, newline at the end.
std::string to_json(const Subject& subject, const std::vector<Finding>& findings);
// A check as text: its line, then reason and remedy, indented, where there are any. `verbose`: also what was skipped.
std::string to_text(const Finding& finding, bool with_remedy, bool verbose);
// The last line: how many of each.
std::string summary(const std::vector<Finding>& findings);

}  // namespace sluice::check
