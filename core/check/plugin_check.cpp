#include "check/plugin_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "check/apart.h"
#include "check/bench.h"

namespace sluice::check {
namespace {

// Once a wait has used up the patience, it is known to be broken; the rest of the report need not wait as long.
constexpr std::chrono::milliseconds kPatienceAfterwards{300};
// A call of the plugin that takes this many times the patience has hung.
constexpr int kHangTimes = 3;
constexpr std::chrono::milliseconds kLeastHang{3'000};

std::vector<Step> all_steps(const Options& options) {
  std::vector<Step> steps;
  add_load_steps(steps);
  add_create_steps(steps);
  add_exchange_steps(steps, options);
  add_ending_steps(steps);
  add_snapshot_steps(steps);
  return steps;
}

void run_step(const Step& step, const Options& options, const Table& table,
              const std::function<void(const std::string&)>& report) {
  Bench bench(options, table, report);
  try {
    step.run(bench);
  } catch (const Bench::GaveUp&) {
    bench.conclude(step.name, {});
  }
}

class Check {
 public:
  explicit Check(const Options& options) : options_(options), subject_{options.file, {}, {}, {}} {}

  int run() {
    auto table = Table::read(options_.config, options_.words);
    if (options_.file.find('/') != std::string::npos && !std::filesystem::exists(options_.file)) {
      add({"load", Outcome::unusable, fmt::format("there is no file {}", options_.file),
           "name the shared object; a built-in has no slash"});
    } else if (!table) {
      add({"configuration", Outcome::unusable, table.error(), "see sluice plugin-check --help"});
    } else {
      for (const auto& step : all_steps(options_)) {
        if (!step.is_vital && !options_.only.empty() && step.name.find(options_.only) == std::string::npos)
          continue;
        const auto before = findings_.size();
        run(step, *table);
        const bool is_bad =
            std::any_of(findings_.begin() + static_cast<std::ptrdiff_t>(before), findings_.end(),
                        [](const Finding& each) { return each.outcome >= Outcome::failed; });
        if (step.is_vital && is_bad) break;
      }
    }
    fmt::print("{}", options_.json ? to_json(subject_, findings_) : summary(findings_));
    std::fflush(stdout);
    return exit_code(findings_);
  }

 private:
  void run(const Step& step, const Table& table) {
    const auto on_line = [this](const std::string& line) {
      auto what = from_line(line);
      if (auto* subject = std::get_if<Subject>(&what))
        add(std::move(*subject));
      else
        add(std::move(std::get<Finding>(what)));
    };
    if (options_.in_process) {
      run_step(step, options_, table, on_line);
      return;
    }
    const auto hang = std::max(options_.patience * kHangTimes, kLeastHang);
    const auto end = run_apart(hang, on_line, [&](const std::function<void(const std::string&)>& report) {
      run_step(step, options_, table, report);
    });
    if (end.is_whole) return;
    auto reason = fmt::format("the process {}", end.how);
    reason += end.where.empty()
                  ? ", not inside a call of the plugin (a thread of its own, or memory it damaged before)"
                  : fmt::format(" in {}", end.where);
    if (!end.last_words.empty()) reason += fmt::format("; its last words: {}", end.last_words);
    add({step.name, Outcome::failed, std::move(reason),
         fmt::format(
             "look at it in a debugger: SLUICE_PLUGINS_IN_PLACE=1 gdb --args sluice plugin-check {} --in-process --only "
             "\"{}\"",
             options_.file, step.name)});
  }

  void add(Subject subject) {
    subject_ = std::move(subject);
    if (options_.json) return;
    fmt::print("{}: {}{}{}\n", subject_.file, subject_.name,
               subject_.version.empty() ? "" : " " + subject_.version,
               subject_.summary.empty() ? "" : " (" + subject_.summary + ")");
  }

  void add(Finding finding) {
    if (finding.ran_out) options_.patience = std::min(options_.patience, kPatienceAfterwards);
    if (!options_.json) {
      // The same advice many times hides the rest.
      const bool is_new = finding.remedy.empty() || advice_.insert(finding.remedy).second;
      fmt::print("{}", to_text(finding, is_new, options_.verbose));
      std::fflush(stdout);
    }
    findings_.push_back(std::move(finding));
  }

  Options options_;
  Subject subject_;
  std::vector<Finding> findings_;
  std::set<std::string> advice_;
};

}  // namespace

int plugin_check(const Options& options) { return Check(options).run(); }

}  // namespace sluice::check
