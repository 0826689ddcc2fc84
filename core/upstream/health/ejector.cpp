#include "upstream/health/ejector.h"

#include <fmt/format.h>
#include <uv.h>

#include <algorithm>
#include <unordered_map>

#include "base/log.h"
#include "upstream/health/schedule.h"
#include "upstream/health/told_time.h"
#include "upstream/health/window.h"

namespace sluice {
namespace {

enum class State : std::uint8_t { closed, ejected, on_trial };

constexpr auto kRelaxed = std::memory_order_relaxed;

// An exchange on trial that has not ended after so long (a download, a tunnel) does not keep the next from trying; at least a second,
// so that an endpoint on trial without traffic hardly wakes the control thread.
constexpr config::Millis kLeastTurn{1'000};

bool judges_windows(const EjectionSettings& settings) {
  return settings.failure_percent != 0 || settings.latency_factor > 0;
}

bool ejects(const EjectionSettings& settings) {
  return settings.consecutive_failures != 0 || judges_windows(settings);
}

// And the window begins anew.
WindowCount take_window(Endpoint& endpoint) {
  auto& outcomes = endpoint.outcomes();
  return {outcomes.requests.exchange(0, kRelaxed), outcomes.failures.exchange(0, kRelaxed),
          outcomes.timed.exchange(0, kRelaxed), outcomes.took_ns.exchange(0, kRelaxed)};
}

std::uint64_t count_of(config::Millis time) { return static_cast<std::uint64_t>(time.count()); }

}  // namespace

// What the control thread knows of one endpoint.
struct Ejector::Kept {
  Kept(Impl& impl, std::shared_ptr<Endpoint> whose);

  Impl& owner;
  const std::shared_ptr<Endpoint> endpoint;
  const Judged* group = nullptr;
  State state = State::closed;
  std::uint32_t step = 0;        // ejections that count for the back-off, as of closed_ms
  std::uint64_t closed_ms = 0;   // since when nothing happened, while closed
  std::uint64_t ejected_ms = 0;  // the first of a row of ejections without a success
  std::uint64_t until_unix_ms = 0;
  std::string why;
  Appointment alarm;
};

// A group that ejects.
struct Ejector::Judged {
  explicit Judged(Impl& impl);

  Impl& owner;
  std::string name;
  EjectionSettings settings;
  std::vector<Kept*> members;
  Appointment window;
};

struct Ejector::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& loop_, UpstreamEvents& events_) : loop(loop_), events(events_), schedule(loop) {}

  // ---- any thread ----
  bool block(const std::shared_ptr<Endpoint>& endpoint);
  void tell(const std::shared_ptr<Endpoint>& endpoint, std::string why);
  void tell_passed(const std::shared_ptr<Endpoint>& endpoint);

  // ---- control thread ----
  void on_ejected(const std::shared_ptr<Endpoint>& endpoint, std::string why);
  void on_passed(const Endpoint& endpoint);
  void on_alarm(Kept& kept);
  void on_window(Judged& group);
  void begin_ejection(Kept& kept, std::string why);
  void release(const std::shared_ptr<Endpoint>& endpoint);
  std::uint32_t step_now(const Kept& kept) const;
  void watch_group(Watched wanted, std::unordered_map<std::string, std::unique_ptr<Judged>>& groups_before,
                   std::unordered_map<const Endpoint*, std::unique_ptr<Kept>>& kept_before);

  Loop& loop;
  UpstreamEvents& events;
  Schedule schedule;
  std::unordered_map<std::string, std::unique_ptr<Judged>> groups;
  std::unordered_map<const Endpoint*, std::unique_ptr<Kept>> endpoints;
};

Ejector::Kept::Kept(Impl& impl, std::shared_ptr<Endpoint> whose)
    : owner(impl),
      endpoint(std::move(whose)),
      alarm(
          [](void* self) {
            auto& kept = *static_cast<Kept*>(self);
            kept.owner.on_alarm(kept);
          },
          this) {}

Ejector::Judged::Judged(Impl& impl)
    : owner(impl),
      window(
          [](void* self) {
            auto& group = *static_cast<Judged*>(self);
            group.owner.on_window(group);
          },
          this) {}

Ejector::Ejector(Loop& loop, UpstreamEvents& events) : impl_(std::make_shared<Impl>(loop, events)) {}
Ejector::~Ejector() = default;

// ---- workers ----

void Ejector::note(const std::shared_ptr<Endpoint>& endpoint, const EjectionSettings& settings,
                   const Outcome& outcome) {
  if (outcome.began_ns != 0 && outcome.began_ns < endpoint->judged_from_ns()) return;
  auto& outcomes = endpoint->outcomes();
  if (judges_windows(settings)) {
    outcomes.requests.fetch_add(1, kRelaxed);
    if (outcome.failed) {
      outcomes.failures.fetch_add(1, kRelaxed);
    } else if (outcome.took_ns != 0) {
      outcomes.timed.fetch_add(1, kRelaxed);
      outcomes.took_ns.fetch_add(outcome.took_ns, kRelaxed);
    }
  }
  if (!outcome.failed) {
    // Looked at before it is written: while all is well its line stays shared.
    if (outcomes.failures_in_row.load(kRelaxed) != 0) outcomes.failures_in_row.store(0, kRelaxed);
    // Of several that end a trial one tells.
    if (endpoint->on_trial() && endpoint->set_trial(false)) impl_->tell_passed(endpoint);
    return;
  }
  const auto in_row = outcomes.failures_in_row.fetch_add(1, kRelaxed) + 1;
  const bool on_trial = endpoint->on_trial();
  const bool many = settings.consecutive_failures != 0 && in_row >= settings.consecutive_failures;
  if ((!on_trial && !many) || !impl_->block(endpoint)) return;
  impl_->tell(endpoint, on_trial ? fmt::format("failed on trial: {}", outcome.why)
                                 : fmt::format("{} failures in a row, the last: {}", in_row, outcome.why));
}

// True for the one that ejects it. Blocked before its trial ends, so that it is open to all at no moment.
bool Ejector::Impl::block(const std::shared_ptr<Endpoint>& endpoint) {
  if (!endpoint->set_block(block_ejected)) return false;
  endpoint->set_trial(false);
  events.on_blocks(endpoint);
  return true;
}

void Ejector::Impl::tell(const std::shared_ptr<Endpoint>& endpoint, std::string why) {
  loop.post([weak = weak_from_this(), endpoint, why = std::move(why)] {
    if (const auto impl = weak.lock()) impl->on_ejected(endpoint, why);
  });
}

void Ejector::Impl::tell_passed(const std::shared_ptr<Endpoint>& endpoint) {
  loop.post([weak = weak_from_this(), endpoint] {
    if (const auto impl = weak.lock()) impl->on_passed(*endpoint);
  });
}

// ---- the control thread ----

// Old news are possible: since it was posted the endpoint may have left, come back, or been ejected by a window.
void Ejector::Impl::on_ejected(const std::shared_ptr<Endpoint>& endpoint, std::string why) {
  const auto found = endpoints.find(endpoint.get());
  if (found == endpoints.end()) {
    release(endpoint);
    return;
  }
  if (found->second->state == State::ejected || (endpoint->blocks() & block_ejected) == 0) return;
  begin_ejection(*found->second, std::move(why));
}

void Ejector::Impl::begin_ejection(Kept& kept, std::string why) {
  const auto& settings = kept.group->settings;
  kept.step = step_now(kept);
  if (kept.state == State::closed) kept.ejected_ms = loop.now_ms();
  kept.state = State::ejected;
  const auto base = count_of(settings.base_time), most = count_of(settings.max_time);
  // So that doubling cannot run over: a day is less than 2^27 ms.
  const auto length = std::min(base << std::min(kept.step, 32u), most);
  ++kept.step;
  kept.why = std::move(why);
  kept.until_unix_ms = unix_ms() + length;
  kept.alarm.set(schedule, loop.now_ms() + length);
  log::warn("upstream {}: {} is ejected for {} (step {} of the back-off): {}", kept.endpoint->group(),
            kept.endpoint->text(), rough_duration(config::Millis(length)), kept.step, kept.why);
}

// The back-off falls only while all is well, and is worked out when somebody asks.
std::uint32_t Ejector::Impl::step_now(const Kept& kept) const {
  if (kept.state != State::closed) return kept.step;
  const auto& settings = kept.group->settings;
  const auto falls =
      (loop.now_ms() - kept.closed_ms) / count_of(std::max(settings.base_time, settings.window));
  return kept.step - static_cast<std::uint32_t>(std::min<std::uint64_t>(falls, kept.step));
}

void Ejector::Impl::on_alarm(Kept& kept) {
  Endpoint& endpoint = *kept.endpoint;
  const auto turn = count_of(std::max(kept.group->settings.base_time, kLeastTurn));
  kept.alarm.set(schedule, loop.now_ms() + turn);
  if (kept.state == State::on_trial) {
    endpoint.reopen_trial();
    events.on_blocks(kept.endpoint);  // somebody may wait for it
    return;
  }
  kept.state = State::on_trial;
  kept.until_unix_ms = 0;
  endpoint.outcomes().failures_in_row.store(0, kRelaxed);
  take_window(endpoint);
  endpoint.set_judged_from(uv_hrtime());
  endpoint.set_trial(true);
  endpoint.clear_block(block_ejected);
  events.on_blocks(kept.endpoint);
  log::info("upstream {}: {} is on trial, after {} ejected", endpoint.group(), endpoint.text(),
            rough_duration(config::Millis(loop.now_ms() - kept.ejected_ms)));
}

void Ejector::Impl::on_passed(const Endpoint& endpoint) {
  const auto found = endpoints.find(&endpoint);
  if (found == endpoints.end() || found->second->state != State::on_trial) return;
  Kept& kept = *found->second;
  kept.state = State::closed;
  kept.closed_ms = loop.now_ms();
  kept.alarm.cancel();
  take_window(*kept.endpoint);
  // No bit has changed, but the endpoint takes more than one now: who waits for it, and slow start, must know.
  events.on_blocks(kept.endpoint);
  log::info("upstream {}: {} is back, after {}: its trial went well", endpoint.group(), endpoint.text(),
            rough_duration(config::Millis(loop.now_ms() - kept.ejected_ms)));
}

void Ejector::Impl::on_window(Judged& group) {
  group.window.set(schedule, loop.now_ms() + count_of(group.settings.window));
  std::vector<WindowCount> counts;
  std::vector<Kept*> judged;
  for (Kept* member : group.members) {
    const auto count = take_window(*member->endpoint);
    if (member->state != State::closed) continue;
    judged.push_back(member);
    counts.push_back(count);
  }
  auto reasons = judge_window(counts, group.settings);
  for (std::size_t i = 0; i < judged.size(); ++i)
    if (!reasons[i].empty() && block(judged[i]->endpoint)) begin_ejection(*judged[i], std::move(reasons[i]));
}

void Ejector::Impl::release(const std::shared_ptr<Endpoint>& endpoint) {
  const bool was_on_trial = endpoint->set_trial(false);
  if (endpoint->clear_block(block_ejected) || was_on_trial) events.on_blocks(endpoint);
}

// ---- what is wanted ----

void Ejector::Impl::watch_group(Watched wanted,
                                std::unordered_map<std::string, std::unique_ptr<Judged>>& groups_before,
                                std::unordered_map<const Endpoint*, std::unique_ptr<Kept>>& kept_before) {
  auto& group = groups[wanted.group];
  if (auto known = groups_before.extract(wanted.group))
    group = std::move(known.mapped());
  else
    group = std::make_unique<Judged>(*this);
  const bool same_window = group->settings.window == wanted.settings.window;
  group->settings = wanted.settings;
  group->members.clear();
  if (!judges_windows(group->settings))
    group->window.cancel();
  else if (!group->window.is_set() || !same_window)
    group->window.set(schedule, loop.now_ms() + count_of(group->settings.window));
  for (auto& endpoint : wanted.endpoints) {
    auto& place = endpoints[endpoint.get()];
    if (place != nullptr) continue;
    if (auto known = kept_before.extract(endpoint.get())) {
      place = std::move(known.mapped());
    } else {
      // What a group of before counted says nothing to this one.
      release(endpoint);
      take_window(*endpoint);
      endpoint->outcomes().failures_in_row.store(0, kRelaxed);
      place = std::make_unique<Kept>(*this, std::move(endpoint));
    }
    place->group = group.get();
    group->members.push_back(place.get());
  }
}

void Ejector::watch(std::vector<Watched> groups) {
  Impl& impl = *impl_;
  Turn turn(impl.loop);
  auto groups_before = std::exchange(impl.groups, {});
  auto kept_before = std::exchange(impl.endpoints, {});
  for (auto& wanted : groups)
    if (ejects(wanted.settings)) impl.watch_group(std::move(wanted), groups_before, kept_before);
  for (auto& [endpoint, kept] : kept_before)
    impl.release(kept->endpoint);
}

Ejector::Status Ejector::status(const Endpoint& endpoint) const {
  Status status;
  status.consecutive_failures = endpoint.outcomes().failures_in_row.load(kRelaxed);
  const auto found = impl_->endpoints.find(&endpoint);
  if (found == impl_->endpoints.end()) return status;
  const Kept& kept = *found->second;
  status.ejected = kept.state == State::ejected;
  // Workers end a trial before the control thread hears of it.
  status.on_trial = kept.state == State::on_trial && endpoint.on_trial();
  status.ejections = impl_->step_now(kept);
  status.until_ms = kept.until_unix_ms;
  status.why = kept.why;
  return status;
}

}  // namespace sluice
