#include "upstream/discovery/dns_lookup.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "base/ascii.h"
#include "config/address.h"

namespace sluice {
namespace {

constexpr std::uint32_t kHostsTtl = 5;  // seconds: a look whether the file has changed costs a stat(2)
constexpr std::uint32_t kForever = std::numeric_limits<std::uint32_t>::max();

std::string without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return std::string(name);
}

}  // namespace

DnsLookup::DnsLookup(Loop& loop, std::shared_ptr<DnsChannel> channel, HostsFile& hosts, const DnsQuery& query,
                     TimerList& timers, void (*done)(void*), void* arg)
    : loop_(loop),
      channel_(std::move(channel)),
      hosts_(hosts),
      query_(query),
      timers_(timers),
      done_(done),
      arg_(arg),
      candidates_(channel_->candidates(query.name)),
      ttl_(kForever) {}

void DnsLookup::start() {
  if (query_.kind == DnsQuery::Kind::address) targets_.push_back({DnsService{0, 0, query_.port, {}}, {}});
  try_candidate();
}

bool DnsLookup::wants(DnsType type) const {
  return query_.family == DnsQuery::Family::any ||
         (query_.family == DnsQuery::Family::ipv4) == (type == DnsType::a);
}

void DnsLookup::ask(const std::string& name, DnsType type, std::size_t target) {
  questions_.push_back({name, type, target, true, {}});
  ++open_;
  channel_->ask(name, type, weak_from_this(), questions_.size() - 1);
}

void DnsLookup::try_candidate() {
  first_ = questions_.size();
  const auto& name = candidates_[candidate_];
  if (query_.kind == DnsQuery::Kind::service)
    ask(name, DnsType::srv, 0);
  else
    resolve(name, 0, {});
  if (open_ == 0) finish();
}

void DnsLookup::resolve(const std::string& name, std::size_t target,
                        const std::vector<DnsAnswer::Glue>& glue) {
  auto& addresses = targets_[target].addresses;
  const auto take = [&](const Ip& ip, std::uint32_t ttl) {
    ++unasked_;
    ttl_ = std::min(ttl_, ttl);
    addresses.push_back(ip);
  };
  auto local = hosts_.find(name);
  if (const auto literal = Ip::parse(name)) local = {*literal};
  for (const auto& ip : local)
    if (wants(ip.is_v4() ? DnsType::a : DnsType::aaaa)) take(ip, kHostsTtl);
  if (!addresses.empty()) return;
  // Glue of one family says nothing of the other: servers leave out what does not fit.
  const auto folded = ascii::lower(without_dot(name));
  for (const auto type : {DnsType::a, DnsType::aaaa}) {
    if (!wants(type)) continue;
    const auto before = addresses.size();
    const auto range = std::ranges::equal_range(glue, folded, {}, &DnsAnswer::Glue::owner);
    for (const auto& each : range)
      if (each.type == type) take(each.ip, each.ttl);
    if (addresses.size() == before) ask(name, type, target);
  }
}

void DnsLookup::take_services(const DnsAnswer& answer) {
  has_services_ = true;
  ttl_ = std::min(ttl_, answer.ttl);
  const auto names_nothing = [](const DnsService& service) {
    return service.target.empty();
  };
  is_unavailable_ = std::ranges::all_of(answer.services, names_nothing);
  auto glue = answer.glue;
  std::ranges::stable_sort(glue, {}, &DnsAnswer::Glue::owner);
  // Targets that differ only in priority or weight are asked for once each: they are few, and their answers may differ in time.
  for (const auto& service : answer.services) {
    if (names_nothing(service)) continue;
    const auto text = fmt::format("{}:{}", service.target, service.port);
    if (const auto usable = config::parse_endpoint_address(text); !usable) {
      odd_.push_back(fmt::format("SRV {}: target {}", candidates_[candidate_], usable.error()));
      continue;
    }
    targets_.push_back({service, {}});
    resolve(service.target, targets_.size() - 1, glue);
  }
}

void DnsLookup::on_reply(std::size_t tag, DnsReply&& reply) {
  auto& question = questions_[tag];
  question.is_open = false;
  question.reply = std::move(reply);
  --open_;
  if (question.reply.outcome == DnsReply::Outcome::answered) {
    if (question.type == DnsType::srv) {
      const auto answer = std::move(question.reply.answer);  // the list of questions grows
      take_services(answer);
    } else {
      ttl_ = std::min(ttl_, question.reply.answer.ttl);
    }
  }
  if (open_ == 0) step();
}

// All that was asked has been answered.
void DnsLookup::step() {
  const auto is_sure = std::ranges::all_of(
      questions_.begin() + static_cast<std::ptrdiff_t>(first_), questions_.end(),
      [](const Question& each) { return each.reply.outcome == DnsReply::Outcome::nothing; });
  // A failure ends the search: the next name of the list may be somebody else's.
  if (!has_services_ && is_sure && candidate_ + 1 < candidates_.size()) {
    ++candidate_;
    try_candidate();
  } else {
    finish();
  }
}

void DnsLookup::finish() { Timer::start(loop_, 0, done_, arg_, &timers_); }

DnsFinding DnsLookup::finding(const DnsMemory& before) const {
  DnsFinding finding;
  finding.targets = targets_;
  finding.ttl = ttl_ == kForever ? 0 : ttl_;
  finding.answered = unasked_;
  finding.is_unavailable = is_unavailable_;
  finding.has_failures = !odd_.empty();
  for (const auto& each : questions_) {
    if (each.is_open) continue;
    if (each.reply.outcome != DnsReply::Outcome::answered)
      finding.faults.push_back(each.text() + ": " + each.reply.error);
    if (each.type == DnsType::srv) continue;
    finding.has_failures = finding.has_failures || each.reply.outcome == DnsReply::Outcome::failed;
    auto& addresses = finding.targets[each.target].addresses;
    const auto* known = &each.reply.answer.addresses;
    if (each.reply.outcome == DnsReply::Outcome::failed) {
      const auto remembered = before.find(each.text());
      if (remembered == before.end()) continue;
      known = &remembered->second;
    }
    finding.answered += each.reply.outcome == DnsReply::Outcome::answered ? 1 : 0;
    addresses.insert(addresses.end(), known->begin(), known->end());
    finding.memory[each.text()] = *known;
  }
  finding.faults.insert(finding.faults.end(), odd_.begin(), odd_.end());
  return finding;
}

}  // namespace sluice
