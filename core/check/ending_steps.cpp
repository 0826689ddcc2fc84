// Steps that let exchanges end where no plugin expects it, and that let waits end in every way they can.
#include <fmt/format.h>

#include "check/bench.h"
#include "check/watched_host.h"

namespace sluice::check {
namespace {

// A scene has tens of calls; the many pieces of a large body are all alike.
constexpr std::uint32_t kMostCalls = 64;

// Runs `scene` again and again; the n-th time `end` comes right after the n-th call of a hook. How many times.
int end_at_every_call(Bench& bench, Generation& generation, const Scene& scene,
                      const std::function<void(Stand&, Stand::Request&)>& end) {
  auto& witness = bench.witness();
  for (std::uint32_t n = 1; n <= kMostCalls; ++n) {
    witness.reset_counts();
    Stand stand(0);
    auto& request = bench.begin(stand, generation, scene);
    bool has_come = false;
    generation.after_call([&] {
      if (has_come || witness.counts().calls() < n) return;
      has_come = true;
      end(stand, request);
    });
    bench.wind_up(stand);
    generation.after_call({});
    if (!has_come) return static_cast<int>(n) - 1;
  }
  return kMostCalls;
}

void client_leaves(Bench& bench) {
  auto generation = bench.make();
  if (generation == nullptr) return;
  int times = 0;
  for (const auto& scene : few_scenes(bench.options().requests, bench.options().fields))
    times += end_at_every_call(bench, *generation, scene,
                               [](Stand& stand, Stand::Request& request) { stand.abort(request); });
  generation.reset();
  bench.conclude("ends: the client goes away after each call", fmt::format("{} times", times));
}

void worker_stops(Bench& bench) {
  auto generation = bench.make();
  if (generation == nullptr) return;
  int times = 0;
  for (const auto& scene : few_scenes(bench.options().requests, bench.options().fields))
    times += end_at_every_call(bench, *generation, scene, [](Stand& stand, Stand::Request&) {
      stand.loop().defer([](void* to) { static_cast<Stand*>(to)->end_all(); }, &stand);
    });
  generation.reset();
  bench.conclude("ends: the worker stops after each call", fmt::format("{} times", times));
}

// Does the plugin wait at all in these scenes?
bool waits(Bench& bench, Generation& generation) {
  bench.witness().reset_counts();
  Stand stand(0);
  for (const auto& scene : few_scenes(bench.options().requests, bench.options().fields)) {
    bench.begin(stand, generation, scene);
    bench.wind_up(stand);
  }
  return bench.witness().counts().waits > 0;
}

void from_another_thread(Bench& bench) {
  const std::string check = "waits: resumed from another thread";
  auto generation = bench.make();
  if (generation == nullptr) return;
  if (!waits(bench, *generation)) {
    bench.report({check, Outcome::skipped, "no hook waits", {}});
    return;
  }
  bench.witness().reset_counts();
  bench.witness().delivery = Delivery::other_thread;
  for (const auto& scene : few_scenes(bench.options().requests, bench.options().fields)) {
    Stand stand(0);
    bench.begin(stand, *generation, scene);
    bench.wind_up(stand);
  }
  const auto seen = bench.counted();
  generation.reset();
  bench.conclude(check, seen);
}

// The plugin resumes, and before that reaches the worker the exchange has ended.
void beyond_the_end(Bench& bench) {
  const std::string check = "waits: resumed when the exchange has ended";
  auto& witness = bench.witness();
  auto generation = bench.make();
  if (generation == nullptr) return;
  if (!waits(bench, *generation)) {
    bench.report({check, Outcome::skipped, "no hook waits", {}});
    return;
  }
  witness.delivery = Delivery::held;
  witness.reset_counts();
  for (const auto& scene : few_scenes(bench.options().requests, bench.options().fields)) {
    Stand stand(0);
    auto& request = bench.begin(stand, *generation, scene);
    const auto given_back = [&] {
      return request.exchange == nullptr || (witness.counts().waits > 0 && witness.open_tokens() == 0);
    };
    stand.settle_until(bench.options().patience, given_back);
    stand.abort(request);
    // on_log may wait, too, and is held like the others.
    stand.settle_until(bench.options().patience, given_back);
    stand.end_all();
    release_held();
    witness.delivery = Delivery::direct;
    bench.wind_up(stand);
    witness.delivery = Delivery::held;
  }
  const auto seen = bench.counted();
  generation.reset();
  bench.conclude(check, seen);
}

std::string_view word(Act act) {
  switch (act) {
    case Act::nothing: break;
    case Act::respond: return "answers";
    case Act::fail: return "fails";
    case Act::wait_and_go_on: return "waits";
    case Act::wait_and_drop: return "gives a wait up";
    case Act::wait_beyond_end: return "waits beyond the end";
  }
  return "does nothing";
}

void neighbour(Bench& bench, Act act) {
  auto generation = bench.make();
  if (generation == nullptr) return;
  int acted = 0;
  for (const auto& scene : few_scenes(bench.options().requests, bench.options().fields))
    for (int number = SLUICE_ON_REQUEST; number < SLUICE_PHASES; ++number)
      for (const bool is_after : {false, true}) {
        Stand stand(0);
        auto& who = is_after ? stand.after : stand.before;
        who.act(act, static_cast<sluice_phase>(number));
        auto& request = bench.begin(stand, *generation, scene);
        if (act == Act::wait_beyond_end) {
          stand.settle_until(bench.options().patience,
                             [&] { return request.exchange == nullptr || who.is_waiting(); });
          stand.abort(request);
          stand.settle_until(bench.options().patience,
                             [&] { return request.exchange == nullptr || number == SLUICE_ON_LOG; });
          if (number == SLUICE_ON_LOG) stand.end_all();
          who.resume_late();
        }
        bench.wind_up(stand);
        acted += who.acted();
      }
  generation.reset();
  bench.conclude(fmt::format("neighbours: another plugin {}", word(act)), fmt::format("{} times", acted));
}

}  // namespace

void add_ending_steps(std::vector<Step>& steps) {
  steps.push_back({"ends: the client goes away after each call", client_leaves});
  steps.push_back({"ends: the worker stops after each call", worker_stops});
  steps.push_back({"waits: resumed from another thread", from_another_thread});
  steps.push_back({"waits: resumed when the exchange has ended", beyond_the_end});
  for (auto act : {Act::respond, Act::fail, Act::wait_and_go_on, Act::wait_and_drop, Act::wait_beyond_end})
    steps.push_back({fmt::format("neighbours: another plugin {}", word(act)), [act](Bench& bench) {
                       neighbour(bench, act);
                     }});
}

}  // namespace sluice::check
