#include "upstream/health/prober.h"

#include <algorithm>
#include <list>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "base/log.h"
#include "upstream/health/check.h"
#include "upstream/health/schedule.h"
#include "upstream/health/told_time.h"

namespace sluice {
namespace {

using State = Prober::Status::State;

// First checks are spread over so long: with the two ticks by which a schedule may be late, 100 ms.
constexpr std::uint64_t kFirstWithinMs = 60;
constexpr double kJitter = 0.1;

}  // namespace

// One endpoint that is asked.
struct Prober::Probe final : CheckSink {
  Probe(Impl& impl, Wanted wanted, State state);
  void on_check_done(bool passed, std::string found) override;
  void on_late();

  Impl& owner;
  const std::shared_ptr<Endpoint> endpoint;
  CheckSettings settings;
  Status status;
  std::uint64_t changed_ms = 0;  // of the loop's clock
  std::uint64_t started_ms = 0;  // the last check
  bool has_rhythm = false;
  CheckPtr check;  // under way
  Timeout late;
  Appointment next;
  std::list<Probe*>::iterator place;  // in the queue, while is_waiting
  bool is_waiting = false;
};

struct Prober::Impl {
  Impl(Loop& loop_, UpstreamEvents& events_, Connector connector_)
      : loop(loop_), events(events_), connector(std::move(connector_)), schedule(loop) {}

  void ask_soon(Probe& probe);
  void ask(Probe& probe);
  void plan_next(Probe& probe);
  void stop(Probe& probe);
  void end(Probe& probe);
  void ask_waiting();
  void change(Probe& probe, CheckSettings settings);
  void take(Probe& probe, bool passed, std::string found);
  void become(Probe& probe, State state);
  void set_blocks(const std::shared_ptr<Endpoint>& endpoint, std::uint32_t wanted);
  void log_change(const Probe& probe, State before) const;
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>(low, high)(random);
  }

  Loop& loop;
  UpstreamEvents& events;
  const Connector connector;
  std::mt19937_64 random{std::random_device{}()};
  Schedule schedule;
  std::list<Probe*> waiting;  // due, but too many are under way
  std::size_t under_way = 0;
  std::unordered_map<const Endpoint*, std::unique_ptr<Probe>> probes;
  std::unordered_set<std::shared_ptr<Endpoint>> unchecked;  // wanted with kind none
};

Prober::Probe::Probe(Impl& impl, Wanted wanted, State state)
    : owner(impl),
      endpoint(std::move(wanted.endpoint)),
      settings(std::move(wanted.check)),
      changed_ms(impl.loop.now_ms()),
      late([](void* self) { static_cast<Probe*>(self)->on_late(); }, this),
      next(
          [](void* self) {
            auto& probe = *static_cast<Probe*>(self);
            probe.owner.ask(probe);
          },
          this) {
  status.state = state;
}

void Prober::Probe::on_check_done(bool passed, std::string found) {
  owner.end(*this);
  owner.take(*this, passed, std::move(found));
}

void Prober::Probe::on_late() {
  auto found = "timeout after " + rough_duration(settings.timeout) + ", " + std::string(check->doing());
  owner.end(*this);
  owner.take(*this, false, std::move(found));
}

// ---- when ----

void Prober::Impl::ask_soon(Probe& probe) {
  probe.has_rhythm = false;
  probe.next.set(schedule, loop.now_ms() + between(1, kFirstWithinMs));
}

void Prober::Impl::ask(Probe& probe) {
  if (under_way >= kMostUnderWay) {
    probe.place = waiting.insert(waiting.end(), &probe);
    probe.is_waiting = true;
    return;
  }
  probe.started_ms = loop.now_ms();
  probe.check = start_check(loop, connector, *probe.endpoint, probe.settings, random, probe);
  if (probe.check == nullptr) {
    probe.status.last = "not asked: no socket to be had";
    plan_next(probe);
    return;
  }
  ++under_way;
  probe.late.arm(loop.timeouts(probe.settings.timeout));
}

// Counted from the beginning of the check, so that slow answers do not stretch the rhythm.
void Prober::Impl::plan_next(Probe& probe) {
  const auto interval = static_cast<std::uint64_t>(probe.settings.interval.count());
  const auto jitter = static_cast<std::uint64_t>(static_cast<double>(interval) * kJitter);
  const bool first = !std::exchange(probe.has_rhythm, true);
  const auto wait = first ? between(1, interval) : between(interval - jitter, interval + jitter);
  probe.next.set(schedule, probe.started_ms + wait);
}

// Whatever it does or waits for. In a turn.
void Prober::Impl::stop(Probe& probe) {
  probe.next.cancel();
  probe.late.cancel();
  if (std::exchange(probe.is_waiting, false)) waiting.erase(probe.place);
  if (probe.check == nullptr) return;
  probe.check.reset();
  --under_way;
}

void Prober::Impl::end(Probe& probe) {
  stop(probe);
  plan_next(probe);
  ask_waiting();
}

void Prober::Impl::ask_waiting() {
  while (!waiting.empty() && under_way < kMostUnderWay) {
    Probe& first = *waiting.front();
    waiting.pop_front();
    first.is_waiting = false;
    ask(first);
  }
}

// ---- what it means ----

void Prober::Impl::take(Probe& probe, bool passed, std::string found) {
  auto& status = probe.status;
  status.checked_at_ms = unix_ms();
  status.last = std::move(found);
  status.passes = passed ? status.passes + 1 : 0;
  status.failures = passed ? 0 : status.failures + 1;
  const auto& settings = probe.settings;
  if (status.state == State::warming && passed)
    become(probe, State::up);
  else if (status.state == State::failing && status.passes >= settings.rise)
    become(probe, State::up);
  else if (status.state != State::failing && status.failures >= settings.fall)
    become(probe, State::failing);
}

void Prober::Impl::become(Probe& probe, State state) {
  const State before = std::exchange(probe.status.state, state);
  const std::uint32_t bit = state == State::failing   ? block_failing
                            : state == State::warming ? block_warming
                                                      : Block{};
  set_blocks(probe.endpoint, bit);
  log_change(probe, before);  // what the log says is so already
  probe.status.changed_at_ms = unix_ms();
  probe.changed_ms = loop.now_ms();
}

// Sets before it clears, so that nobody finds the endpoint free in between.
void Prober::Impl::set_blocks(const std::shared_ptr<Endpoint>& endpoint, std::uint32_t wanted) {
  bool changed = false;
  for (const auto bit : {block_failing, block_warming})
    if ((wanted & bit) != 0) changed |= endpoint->set_block(bit);
  for (const auto bit : {block_failing, block_warming})
    if ((wanted & bit) == 0) changed |= endpoint->clear_block(bit);
  if (changed) events.on_blocks(endpoint);
}

void Prober::Impl::log_change(const Probe& probe, State before) const {
  const Endpoint& endpoint = *probe.endpoint;
  const Status& status = probe.status;
  const auto took = rough_duration(std::chrono::milliseconds(loop.now_ms() - probe.changed_ms));
  const auto* was = before == State::warming ? "warming" : before == State::failing ? "failing" : "up";
  if (status.state == State::failing)
    log::warn("upstream {}: {} is failing, after {} {}: {} checks in a row failed, the last: {}",
              endpoint.group(), endpoint.text(), took, was, status.failures, status.last);
  else if (status.state == State::up)
    log::info("upstream {}: {} is up, after {} {}: {} checks in a row passed, the last: {}", endpoint.group(),
              endpoint.text(), took, was, status.passes, status.last);
}

// ---- what is wanted ----

void Prober::Impl::change(Probe& probe, CheckSettings settings) {
  stop(probe);
  probe.settings = std::move(settings);
  probe.status.passes = probe.status.failures = 0;
  if (probe.status.state == State::failing) become(probe, State::warming);
  ask_soon(probe);
}

Prober::Prober(Loop& loop, UpstreamEvents& events, Connector connector)
    : impl_(std::make_unique<Impl>(loop, events, std::move(connector))) {}

Prober::~Prober() {
  Turn turn(impl_->loop);
  for (auto& [endpoint, probe] : impl_->probes)
    impl_->stop(*probe);
}

void Prober::watch(std::vector<Wanted> wanted) {
  Impl& impl = *impl_;
  Turn turn(impl.loop);
  auto before = std::exchange(impl.probes, {});
  const auto unchecked = std::exchange(impl.unchecked, {});
  for (auto& wish : wanted) {
    const Endpoint* endpoint = wish.endpoint.get();
    if (impl.probes.contains(endpoint) || impl.unchecked.contains(wish.endpoint)) continue;
    if (wish.check.kind == CheckSettings::Kind::none) {
      impl.unchecked.insert(std::move(wish.endpoint));
      continue;
    }
    if (auto known = before.extract(endpoint)) {
      Probe& probe = *impl.probes.insert(std::move(known)).position->second;
      if (!(probe.settings == wish.check)) impl.change(probe, std::move(wish.check));
      continue;
    }
    const bool served = unchecked.contains(wish.endpoint);
    auto& probe = impl.probes[endpoint];
    probe = std::make_unique<Probe>(impl, std::move(wish), served ? State::up : State::warming);
    if (!served) impl.set_blocks(probe->endpoint, block_warming);
    impl.ask_soon(*probe);
  }
  for (auto& [endpoint, probe] : before) {
    impl.stop(*probe);
    impl.set_blocks(probe->endpoint, 0);
  }
  impl.ask_waiting();
}

Prober::Status Prober::status(const Endpoint& endpoint) const {
  const auto found = impl_->probes.find(&endpoint);
  return found == impl_->probes.end() ? Status() : found->second->status;
}

std::size_t Prober::under_way() const { return impl_->under_way; }

}  // namespace sluice
