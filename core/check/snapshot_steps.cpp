// Steps with more than one snapshot, and with more than one worker at once.
#include <fmt/format.h>

#include <mutex>
#include <thread>

#include "check/bench.h"

namespace sluice::check {
namespace {

void serve(Bench& bench, Stand& stand, Generation& generation) {
  for (const auto& scene : few_scenes(bench.options().requests, bench.options().fields))
    bench.begin(stand, generation, scene);
}

// A reload under traffic: exchanges of the old snapshot are still under way while the new one is made and serves, and the old
// one goes when its last exchange has ended.
void reload(Bench& bench) {
  auto old = bench.make({.workers = 2});
  if (old == nullptr) return;
  bench.witness().reset_counts();
  {
    Stand stand(0);
    // The old exchange is held in its response by a neighbour until the new snapshot has served.
    stand.before.act(Act::wait_beyond_end, SLUICE_ON_RESPONSE);
    auto& held = bench.begin(stand, *old, few_scenes({}, bench.options().fields).front());
    stand.settle_until(bench.options().patience,
                       [&] { return held.exchange == nullptr || stand.before.is_waiting(); });
    for (int round = 0; round < 3; ++round) {
      auto fresh = bench.make({.workers = 2});
      if (fresh == nullptr) break;
      Stand other(1);
      serve(bench, other, *fresh);
      other.settle(bench.options().patience);
      // A configuration that is refused must leave what serves alone.
      static_cast<void>(bench.make(bench.table().with({"no_such_key_of_any_plugin"}, "1")));
      if (round == 1) {
        stand.before.resume_late();
        bench.wind_up(stand);
        old.reset();
      }
      bench.wind_up(other);
    }
    bench.wind_up(stand);
  }
  bench.conclude("snapshots: a new one serves beside the old", bench.counted());
}

void workers(Bench& bench) {
  constexpr std::uint32_t kWorkers = 2;
  auto generation = bench.make({.workers = kWorkers});
  if (generation == nullptr) return;
  bench.witness().reset_counts();
  constexpr int kRounds = 20;
  std::vector<std::thread> threads;
  std::mutex making;
  for (std::uint32_t worker = 0; worker < kWorkers; ++worker)
    threads.emplace_back([&, worker] {
      try {
        Stand stand(worker);
        for (int round = 0; round < kRounds; ++round) {
          {
            std::lock_guard hold(making);
            serve(bench, stand, *generation);
          }
          stand.settle(bench.options().patience);
          stand.forget();
        }
        std::lock_guard hold(making);
        bench.wind_up(stand);
      } catch (const Bench::GaveUp&) {
        // What was wrong is noted.
      }
    });
  for (auto& thread : threads)
    thread.join();
  const auto seen = bench.counted();
  generation.reset();
  bench.conclude("snapshots: two workers at once", seen);
}

}  // namespace

void add_snapshot_steps(std::vector<Step>& steps) {
  steps.push_back({"snapshots: a new one serves beside the old", reload});
  steps.push_back({"snapshots: two workers at once", workers});
}

}  // namespace sluice::check
