// What every step of plugin_check works with, in the process of its own that each step gets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "check/finding.h"
#include "check/generation.h"
#include "check/options.h"
#include "check/scene.h"
#include "check/stand.h"
#include "check/witness.h"

namespace sluice::check {

class Bench {
 public:
  // `report` gets each line (finding.h) at once, so that none is lost in a crash.
  Bench(const Options& options, const Table& table, std::function<void(const std::string&)> report);

  const Options& options() const { return options_; }
  const Table& table() const { return table_; }
  Registry& registry() { return registry_; }
  Witness& witness() { return Witness::process(); }

  // Loaded at the first call, in which its entry runs.
  std::expected<std::shared_ptr<const Library>, std::string> library();
  // From the author's table, or another. Null after a refusal, which the step "create" is there to report.
  std::unique_ptr<Generation> make(Generation::Options options = {});
  std::expected<std::unique_ptr<Generation>, config::Problems> make(const Table& table,
                                                                    Generation::Options options = {});

  // Begin `scene` on `stand`, whose worker the generation must have.
  Stand::Request& begin(Stand& stand, Generation& generation, const Scene& scene);
  // Run to the end of all; what did not end, was not given back or not freed is noted. Throws GaveUp, all being noted, when
  // the patience is used up: to go on would only use it up again.
  struct GaveUp {};
  void wind_up(Stand& stand);
  // Likewise, and on_log must have run `times` for each use that wants it.
  void wind_up(Stand& stand, const Generation& generation, std::uint32_t times);

  void report(const Finding& finding) const { report_(to_line(finding)); }
  void report(const Subject& subject) const { report_(to_line(subject)); }
  // All faults noted since the last time, as findings of `check`; without any, it is ok and `seen` says what was looked at.
  void conclude(const std::string& check, std::string seen);
  // "3 calls, 1 wait".
  std::string counted();

 private:
  [[noreturn]] void give_up();

  const Options& options_;
  const Table& table_;
  std::function<void(const std::string&)> report_;
  std::shared_ptr<const Library> library_;
  bool ran_out_ = false;
  Registry registry_;
};

struct Step {
  std::string name;  // also of its one check
  std::function<void(Bench&)> run;
  // Without it good, nothing further makes sense.
  bool is_vital = false;
};

// The parts of the check, in their order.
void add_load_steps(std::vector<Step>& steps);
void add_create_steps(std::vector<Step>& steps);
void add_exchange_steps(std::vector<Step>& steps, const Options& options);
void add_ending_steps(std::vector<Step>& steps);
void add_snapshot_steps(std::vector<Step>& steps);

}  // namespace sluice::check
