#include "upstream/discovery/dns_source.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace sluice {
namespace {

// A first set is told without the answers that are not there by then: one dead name or family does not keep all the others from
// serving until it has timed out. Longer than a resolver takes that has to ask others.
constexpr std::uint64_t kEarlyMs = 500;
constexpr std::size_t kMostFaults = 8;  // in one message; their number is always said

std::uint64_t unix_ms() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

std::string described(const DnsQuery& query) {
  if (query.kind == DnsQuery::Kind::service) return "SRV " + query.name;
  switch (query.family) {
    case DnsQuery::Family::ipv4: return "A " + query.name;
    case DnsQuery::Family::ipv6: return "AAAA " + query.name;
    case DnsQuery::Family::any: break;
  }
  return "A/AAAA " + query.name;
}

std::string listed(const std::vector<std::string>& faults) {
  std::string text;
  for (std::size_t i = 0; i < std::min(faults.size(), kMostFaults); ++i)
    text += (text.empty() ? "" : "; ") + faults[i];
  if (faults.size() > kMostFaults) text += fmt::format("; and {} more", faults.size() - kMostFaults);
  return text;
}

}  // namespace

DnsSource::DnsSource(Loop& loop, const DnsSettings& settings, HostsFile& hosts, GetChannel channel,
                     DnsQuery query, SourceSink& sink)
    : loop_(loop),
      settings_(settings),
      hosts_(hosts),
      channel_(std::move(channel)),
      query_(std::move(query)),
      sink_(sink) {
  status_.what = described(query_);
  next_in(std::chrono::milliseconds{0});
  early_ = Timer::start(
      loop_, kEarlyMs, [](void* self) { static_cast<DnsSource*>(self)->tell_early(); }, this, &timers_);
}

DnsSource::~DnsSource() { timers_.cancel_all(); }

void DnsSource::next_in(std::chrono::milliseconds wait) {
  const auto wait_ms = static_cast<std::uint64_t>(wait.count());
  status_.next_at_ms = unix_ms() + wait_ms;
  Timer::start(loop_, wait_ms, [](void* self) { static_cast<DnsSource*>(self)->start(); }, this, &timers_);
}

void DnsSource::start() {
  lookup_ = std::make_shared<DnsLookup>(
      loop_, channel_(), hosts_, query_, timers_, [](void* self) { static_cast<DnsSource*>(self)->take(); },
      this);
  lookup_->start();
}

void DnsSource::tell_early() {
  early_ = nullptr;
  if (lookup_ == nullptr || has_told_) return;
  auto found = found_of(query_, lookup_->finding(memory_).targets);
  if (!found.empty()) {
    status_.good_at_ms = unix_ms();
    return tell(std::move(found));
  }
  early_ = Timer::start(
      loop_, kEarlyMs, [](void* self) { static_cast<DnsSource*>(self)->tell_early(); }, this, &timers_);
}

void DnsSource::take() {
  const auto lookup = std::exchange(lookup_, nullptr);
  if (early_ != nullptr) std::exchange(early_, nullptr)->cancel();
  auto finding = lookup->finding(memory_);
  if (finding.is_unavailable) {
    failures_ = 0;
    memory_.clear();
    status_.good_at_ms = unix_ms();
    turn_into(State::unavailable, {});
    next_in(kept_for(settings_, finding.ttl));
    return tell({});
  }
  if (finding.answered == 0) return fail(finding);
  // NXDOMAIN of one family or target is an answer like any other where others bring addresses; a failure is asked again sooner.
  memory_ = std::move(finding.memory);
  status_.good_at_ms = unix_ms();
  const auto is_partial = finding.has_failures;
  auto wait = kept_for(settings_, finding.ttl);
  failures_ = is_partial ? failures_ + 1 : 0;
  if (is_partial) wait = std::min(wait, retry_after(settings_, failures_));
  turn_into(is_partial ? State::partial : State::good, is_partial ? listed(finding.faults) : std::string());
  next_in(wait);
  tell(found_of(query_, finding.targets));
}

void DnsSource::fail(const DnsFinding& finding) {
  ++failures_;
  turn_into(State::failed, listed(finding.faults));
  next_in(retry_after(settings_, failures_));
}

void DnsSource::turn_into(State state, std::string error) {
  const auto is_new = state != state_ || (state == State::failed && error != status_.error);
  const auto was = std::exchange(state_, state);
  status_.error = std::move(error);
  if (!is_new) return;
  switch (state) {
    case State::unknown: break;
    case State::good:
      if (was != State::unknown) log::info("discovery: {}: answered again", status_.what);
      break;
    case State::partial:
      log::warn("discovery: {}: answered only in part: {}", status_.what, status_.error);
      break;
    case State::failed:
      log::warn("discovery: {}: {}; {}", status_.what, status_.error,
                found_.empty() ? "no endpoints are known"
                               : fmt::format("its last {} endpoints stay", found_.size()));
      break;
    case State::unavailable:
      log::warn(
          "discovery: {}: the target is \".\": the service is not available (RFC 2782), so it has no endpoints",
          status_.what);
      break;
  }
}

// Last in whatever calls it: the sink may end the source.
void DnsSource::tell(std::vector<Found>&& found) {
  if (has_told_ && found == found_) return;
  has_told_ = true;
  found_ = std::move(found);
  status_.found = found_.size();
  log::debug("discovery: {}: {} endpoints", status_.what, found_.size());
  // A copy, which lives on when the sink ends the source.
  const auto told = found_;
  sink_.on_found(*this, told);
}

}  // namespace sluice
