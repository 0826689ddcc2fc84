// Steps that show the plugin one exchange each, from beginning to end.
#include <fmt/format.h>

#include "check/bench.h"

namespace sluice::check {
namespace {

void run(Bench& bench, const Scene& scene) {
  auto generation = bench.make();
  if (generation == nullptr) return;
  const auto check = "exchange: " + scene.name;
  bench.witness().reset_counts();
  std::string status;
  {
    Stand stand(0);
    auto& request = bench.begin(stand, *generation, scene);
    const auto& client = *request.client;
    stand.settle(bench.options().patience);
    status = client.status() != 0 ? fmt::format("{}, ", client.status()) : std::string();
    bench.wind_up(stand, *generation, 1);
  }
  const auto seen = status + bench.counted();
  generation.reset();
  bench.conclude(check, seen);
}

void connection(Bench& bench) {
  auto generation = bench.make();
  if (generation == nullptr) return;
  if (!generation->instance().wants(SLUICE_ON_CONNECT)) {
    bench.report({"exchange: a connection without a request", Outcome::skipped, "no on_connect", {}});
    return;
  }
  bench.witness().reset_counts();
  std::string seen;
  {
    Stand stand(0);
    auto& request = stand.connect(generation->plan(stand));
    stand.settle(bench.options().patience);
    seen = !request.accepted ? "not decided" : *request.accepted ? "let in" : "turned away";
    bench.wind_up(stand);
  }
  generation.reset();
  bench.conclude("exchange: a connection without a request", seen);
}

// All at once on one worker: what a plugin keeps in the wrong place shows when exchanges interleave.
void many(Bench& bench) {
  auto generation = bench.make();
  if (generation == nullptr) return;
  bench.witness().reset_counts();
  std::uint32_t begun = 0;
  {
    Stand stand(0);
    const auto scenes = few_scenes(bench.options().requests, bench.options().fields);
    for (int round = 0; round < 8; ++round)
      for (const auto& scene : scenes) {
        bench.begin(stand, *generation, scene);
        ++begun;
      }
    bench.wind_up(stand, *generation, begun);
  }
  const auto seen = fmt::format("{} exchanges, {}", begun, bench.counted());
  generation.reset();
  bench.conclude("exchange: many at once", seen);
}

}  // namespace

void add_exchange_steps(std::vector<Step>& steps, const Options& options) {
  steps.push_back({"exchange: a connection without a request", connection});
  for (auto& scene : all_scenes(options.requests, options.fields))
    steps.push_back({"exchange: " + scene.name, [scene](Bench& bench) {
                       run(bench, scene);
                     }});
  steps.push_back({"exchange: many at once", many});
}

}  // namespace sluice::check
