#include "check/bench.h"

#include <fmt/format.h>

#include "check/place.h"
#include "check/watched_host.h"

namespace sluice::check {

Bench::Bench(const Options& options, const Table& table, std::function<void(const std::string&)> report)
    : options_(options), table_(table), report_(std::move(report)), registry_(watched_host()) {}

std::expected<std::shared_ptr<const Library>, std::string> Bench::library() {
  // Finding it reads the whole file.
  if (library_ != nullptr) return library_;
  Place place("sluice_plugin_entry, or what runs while the file is loaded");
  witness().allow_slots(true);
  auto found = registry_.find(options_.file);
  witness().allow_slots(false);
  if (found) library_ = *found;
  return found;
}

std::expected<std::unique_ptr<Generation>, config::Problems> Bench::make(const Table& table,
                                                                         Generation::Options options) {
  if (auto found = library(); !found) {
    config::Problems problems;
    problems.add({}, "use", found.error());
    return std::unexpected(std::move(problems));
  }
  return Generation::make(registry_, options_.file, *library_, table, options);
}

std::unique_ptr<Generation> Bench::make(Generation::Options options) {
  auto made = make(table_, options);
  return made ? std::move(*made) : nullptr;
}

Stand::Request& Bench::begin(Stand& stand, Generation& generation, const Scene& scene) {
  stand.origin().script = scene.origin;
  stand.after.refuse_attempts(scene.refused);
  return stand.begin(generation.plan(stand), scene.pieces, scene.closes);
}

void Bench::wind_up(Stand& stand) {
  auto& seen = witness();
  const auto seconds = static_cast<double>(options_.patience.count()) / 1000;
  if (!stand.settle(options_.patience)) {
    const auto waits = seen.open_token_phases();
    if (waits.empty())
      seen.fault(
          fmt::format("the exchange did not end within {} s, and no hook of the plugin waits", seconds),
          "report this as a fault of Sluice, with the plugin");
    else
      seen.fault(
          fmt::format("{} answered PAUSE and was not resumed within {} s or 10,000 timers", waits, seconds),
          "resume each wait, also on the paths where something failed; --patience gives it more time");
    stand.end_all();
    give_up();
  }
  stand.settle_callouts(options_.patience);
  if (const auto waits = seen.open_token_phases(); !waits.empty() && !stand.drain_tokens(options_.patience)) {
    seen.fault(
        fmt::format("a token of {} was never given back", waits),
        "give every token back by resume(), resume_with() or drop(), also when the exchange has ended: it is leaked "
        "otherwise");
    give_up();
  }
  if (const auto timers = stand.clockwork().pending(); timers > 0) {
    seen.warn(
        fmt::format("{} timer{} outlived the exchange that made {}", timers, timers == 1 ? "" : "s",
                    timers == 1 ? "it" : "them"),
        "cancel it in the free function of a slot, or let it touch nothing but what it owns: it may fire after destroy()");
    // A timer whose user is freed memory shows it here.
    for (int fired = 0; fired < 1000 && stand.clockwork().fire_next(); ++fired) {}
  }
  if (const auto slots = seen.unfreed_slots(); slots > 0)
    seen.fault(fmt::format("{} slot values were not freed when their exchanges ended", slots),
               "report this as a fault of Sluice, with the plugin");
  stand.forget();
}

void Bench::give_up() {
  witness().forget_tokens();
  ran_out_ = true;
  throw GaveUp();
}

void Bench::wind_up(Stand& stand, const Generation& generation, std::uint32_t times) {
  wind_up(stand);
  const auto logged = witness().counts().hooks[SLUICE_ON_LOG];
  if (generation.instance().wants(SLUICE_ON_LOG) && logged != times)
    witness().fault(fmt::format("on_log ran {} times for {} requests", logged, times),
                    "report this as a fault of Sluice, with the plugin");
}

void Bench::conclude(const std::string& check, std::string seen) {
  auto faults = witness().take_faults();
  if (faults.empty()) {
    report({check, Outcome::ok, std::move(seen), {}});
    return;
  }
  for (auto& fault : faults) {
    if (fault.times > 1) fault.text += fmt::format(" ({} times)", fault.times);
    report({check, fault.is_grave ? Outcome::failed : Outcome::warn, std::move(fault.text),
            std::move(fault.remedy), ran_out_});
  }
}

std::string Bench::counted() {
  const auto counts = witness().counts();
  const auto calls = counts.calls();
  auto text = fmt::format("{} call{}", calls, calls == 1 ? "" : "s");
  if (counts.waits > 0) text += fmt::format(", {} wait{}", counts.waits, counts.waits == 1 ? "" : "s");
  if (counts.slots_set > 0)
    text += fmt::format(", {} slot value{} freed", counts.slots_freed, counts.slots_freed == 1 ? "" : "s");
  return text;
}

}  // namespace sluice::check
