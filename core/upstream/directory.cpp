#include "upstream/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "base/log.h"
#include "upstream/directory_upstream.h"
#include "upstream/discovery/endpoint_file.h"

namespace sluice {
namespace {

std::uint64_t unix_ms() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

Found found_of(const config::Endpoint& written) {
  Found found;
  found.address = *Address::parse(written.address.text());
  found.weight = written.weight;
  found.priority = written.priority;
  found.zone = written.zone;
  found.max_in_flight = written.max_in_flight;
  return found;
}

DnsQuery query_of(const config::Endpoint& written, const config::DnsSettings& dns) {
  DnsQuery query;
  query.kind = written.service ? DnsQuery::Kind::service : DnsQuery::Kind::address;
  query.family = static_cast<DnsQuery::Family>(dns.family);
  query.name = written.address.host;
  query.port = written.address.port;
  query.weight = written.weight;
  query.priority = written.priority;
  query.zone = written.zone;
  return query;
}

DnsSettings dns_of(const config::DnsSettings& written) {
  DnsSettings settings;
  settings.servers = written.servers;
  settings.search = written.search;
  settings.timeout = written.timeout;
  settings.tries = written.tries;
  settings.min_ttl = written.min_ttl;
  settings.max_ttl = written.max_ttl;
  return settings;
}

}  // namespace

Directory::Directory(Loop& loop, Endpoints& endpoints, Connector connector)
    : loop_(loop), endpoints_(endpoints), prober_(loop, *this, std::move(connector)), ejector_(loop, *this) {}

Directory::~Directory() {
  if (expiry_ != nullptr) expiry_->cancel();
  upstreams_.clear();
}

std::shared_ptr<Group> Directory::make_group(const config::Upstream& upstream, Endpoints& endpoints) {
  GroupSettings settings;
  settings.max_idle = upstream.pool.max_idle;
  settings.idle_timeout = upstream.pool.idle_timeout;
  settings.max_requests = upstream.pool.max_requests;
  settings.connect_timeout = upstream.timeouts.connect;
  settings.limits.header_bytes = 64 * 1024;
  settings.limits.header_count = 256;
  settings.balance = upstream.balance;
  settings.ejection = upstream.ejection;
  settings.retry = upstream.retry;
  settings.hedge = upstream.hedge;
  settings.queue = upstream.queue;
  Members members;
  for (auto& written : upstream.endpoints) {
    if (written.is_name()) continue;
    const auto found = found_of(written);
    members.push_back({endpoints.get(upstream.name, found), found.weight, found.priority,
                       found.max_in_flight != 0 ? found.max_in_flight : settings.balance.max_in_flight});
  }
  return std::make_shared<Group>(upstream.name, std::move(settings), std::move(members),
                                 endpoints.share(upstream.name));
}

// ---- what is wanted ----

void Directory::publish(const config::Config& config, const std::vector<std::shared_ptr<Group>>& groups) {
  std::erase_if(old_groups_, [](auto& group) { return group.expired(); });
  auto before = std::move(upstreams_);
  upstreams_.clear();
  std::map<std::string, std::unique_ptr<Upstream::Feed>> feeds;  // those that may go on, by upstream and key
  for (auto& upstream : before) {
    old_groups_.push_back(upstream->group);
    for (auto& feed : upstream->feeds)
      feeds.emplace(upstream->group->name() + '\0' + feed->key, std::move(feed));
  }
  const auto dns_for = [this](const DnsSettings& settings) -> Dns& {
    for (auto& dns : dns_)
      if (dns->settings() == settings) return *dns;
    return *dns_.emplace_back(std::make_unique<Dns>(loop_, settings));
  };
  // Sources hold their sink, so one that goes on needs a new one: an Upstream of the same name is kept as it is.
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& written = config.upstreams[i];
    const auto same = std::ranges::find_if(before, [&](auto& upstream) {
      return upstream != nullptr && upstream->group->name() == written.name;
    });
    auto upstream = same != before.end() ? std::move(*same) : std::make_unique<Upstream>(*this);
    if (upstream->group != nullptr) upstream->held = upstream->group->set()->members_pointer();
    upstream->group = groups[i];
    upstream->check = written.check;
    upstream->literals.clear();
    upstream->feeds.clear();
    const auto feed_from = [&](std::string subject, std::string key, auto open, std::uint32_t max_in_flight) {
      auto known = feeds.extract(written.name + '\0' + key);
      auto feed = known ? std::move(known.mapped()) : std::make_unique<Upstream::Feed>();
      feed->max_in_flight = max_in_flight;
      if (feed->source == nullptr) {
        feed->key = std::move(key);
        feed->subject = std::move(subject);
        feed->source = open();
        // Until it has an answer of its own, what was found by asking otherwise.
        const auto prefix = written.name + '\0';
        for (auto it = feeds.lower_bound(prefix); it != feeds.end() && it->first.starts_with(prefix); ++it)
          if (it->second->subject == feed->subject) feed->found = it->second->found;
      }
      upstream->feeds.push_back(std::move(feed));
    };
    const auto dns_settings = dns_of(written.dns);
    for (auto& endpoint : written.endpoints) {
      if (!endpoint.is_name()) {
        upstream->literals.push_back(found_of(endpoint));
        continue;
      }
      const auto query = query_of(endpoint, written.dns);
      std::string servers;
      for (auto& server : dns_settings.servers)
        (servers += server) += ' ';
      const auto subject = fmt::format("{} {}:{}", query.kind == DnsQuery::Kind::service ? "srv" : "a",
                                       query.name, query.port);
      feed_from(
          subject,
          fmt::format("{} {} {} {} {} [{}{} {} {} {} {}]", subject, static_cast<int>(query.family),
                      query.weight, query.priority, query.zone, servers, dns_settings.search,
                      dns_settings.timeout.count(), dns_settings.tries, dns_settings.min_ttl.count(),
                      dns_settings.max_ttl.count()),
          [&] { return dns_for(dns_settings).watch(query, *upstream); }, endpoint.max_in_flight);
      if (query.kind == DnsQuery::Kind::address)
        for (auto& found : upstream->feeds.back()->found) {
          found.weight = query.weight;
          found.priority = query.priority;
          found.zone = query.zone;
        }
    }
    if (!written.endpoints_file.empty())
      feed_from(
          "file", "file " + written.endpoints_file,
          [&] { return watch_endpoint_file(loop_, written.endpoints_file, *upstream); }, 0);
    update(*upstream);
    upstreams_.push_back(std::move(upstream));
  }
  feeds.clear();
  before.clear();
  std::erase_if(dns_, [&config](auto& dns) {
    return std::ranges::none_of(config.upstreams, [&dns](auto& upstream) {
      return dns_of(upstream.dns) == dns->settings() &&
             std::ranges::any_of(upstream.endpoints, [](auto& endpoint) { return endpoint.is_name(); });
    });
  });
  started_ = true;
  watch_health();
  endpoints_.sweep();
}

// Members anew from literals and feeds. The first of several with one address counts.
void Directory::update(Upstream& upstream) {
  Members members;
  std::unordered_set<std::string_view> seen;  // texts: two names may stand for one address
  std::vector<std::shared_ptr<Endpoint>> present;
  const auto add = [&](const Found& found, std::uint32_t most) {
    auto endpoint = endpoints_.get(upstream.group->name(), found);
    if (!seen.insert(endpoint->text()).second) return;
    present.push_back(endpoint);
    if (most == 0) most = upstream.group->settings().balance.max_in_flight;
    members.push_back({std::move(endpoint), found.weight, found.priority, most});
  };
  for (auto& found : upstream.literals)
    add(found, found.max_in_flight);
  for (auto& feed : upstream.feeds)
    for (auto& found : feed->found)
      add(found, found.max_in_flight != 0 ? found.max_in_flight : feed->max_in_flight);
  const bool is_answered =
      std::ranges::none_of(upstream.feeds, [](auto& feed) { return feed->source->status().good_at_ms == 0; });
  if (!members.empty() || is_answered) upstream.held.reset();
  if (upstream.held != nullptr)
    for (auto& member : *upstream.held) {
      members.push_back(member);
      present.push_back(member.endpoint);
    }
  const std::unordered_set<const Endpoint*> before = [&] {
    std::unordered_set<const Endpoint*> set;
    for (auto& endpoint : upstream.present)
      set.insert(endpoint.get());
    return set;
  }();
  for (auto& endpoint : present) {
    endpoint->clear_block(block_gone);
    // Before anybody sees it, the prober comes a moment later.
    if (upstream.check.kind != CheckSettings::Kind::none &&
        prober_.status(*endpoint).state == Prober::Status::State::unchecked)
      endpoint->set_block(block_warming);
    if (started_ && !before.contains(endpoint.get())) endpoint->set_available_since(loop_.now_ns());
  }
  upstream.present = std::move(present);
  apply_orders(upstream);
  upstream.group->update(std::move(members));
  note_shortage(upstream);
}

// To exchanges of older snapshots too: theirs may be the very ones that have gone. Blocks come last, when nobody takes a set that has
// nobody else in it.
void Directory::hand_over(const Upstream& upstream, const std::vector<std::shared_ptr<Endpoint>>& gone) {
  for (auto& weak : old_groups_)
    if (auto group = weak.lock(); group != nullptr && group->name() == upstream.group->name())
      group->update(*upstream.group->set()->members_pointer());
  for (auto& endpoint : gone)
    endpoint->set_block(block_gone);
  if (when_gone_) when_gone_();
}

void Directory::Upstream::on_found(Source& source, const std::vector<Found>& found) {
  for (auto& feed : feeds)
    if (feed->source.get() == &source) feed->found = found;
  log::info("upstream {}: {} has {} endpoint{}", group->name(), source.status().what, found.size(),
            found.size() == 1 ? "" : "s");
  const auto before = present;
  owner.update(*this);
  const std::unordered_set<std::shared_ptr<Endpoint>> now(present.begin(), present.end());
  std::vector<std::shared_ptr<Endpoint>> gone;
  for (auto& endpoint : before)
    if (!now.contains(endpoint)) gone.push_back(endpoint);
  if (!gone.empty()) owner.hand_over(*this, gone);
  owner.watch_health();
}

void Directory::watch_health() {
  std::vector<Prober::Wanted> probes;
  std::vector<Ejector::Watched> watched;
  for (auto& upstream : upstreams_) {
    for (auto& endpoint : upstream->present)
      probes.push_back({endpoint, upstream->check});
    watched.push_back({upstream->group->name(), upstream->group->settings().ejection, upstream->present});
  }
  prober_.watch(std::move(probes));
  ejector_.watch(std::move(watched));
}

// ---- what is observed ----

void Directory::on_blocks(const std::shared_ptr<Endpoint>& endpoint) {
  std::lock_guard lock(lock_);
  changed_.push_back(endpoint);
  if (changed_.size() == 1)
    loop_.post([alive = std::weak_ptr(alive_), this] {
      if (!alive.expired()) take_changes();
    });
}

void Directory::take_changes() {
  std::vector<std::shared_ptr<Endpoint>> changed;
  {
    std::lock_guard lock(lock_);
    changed.swap(changed_);
  }
  std::unordered_set<std::string_view> names;
  for (auto& endpoint : changed) {
    if (endpoint->is_available()) endpoint->set_available_since(loop_.now_ns());
    names.insert(endpoint->group());
  }
  for (const auto name : names)
    refresh_groups(name);
  for (auto& upstream : upstreams_)
    if (names.contains(upstream->group->name())) note_shortage(*upstream);
}

// Of this name: the one that serves, and those of older snapshots.
void Directory::refresh_groups(std::string_view name) {
  for (auto& weak : old_groups_)
    if (auto group = weak.lock(); group != nullptr && group->name() == name) group->refresh();
  if (auto* upstream = find(name); upstream != nullptr) upstream->group->refresh();
}

void Directory::note_shortage(Upstream& upstream) {
  const auto set = upstream.group->set();
  // At the start all are warming for a moment, and that is none.
  const bool is_new = !upstream.was_short && std::ranges::any_of(set->members(), [](auto& member) {
    return member.endpoint->blocks() == block_warming;
  });
  const bool is_short = set->is_short() && (!set->members().empty() || upstream.had_members) && !is_new;
  upstream.had_members = upstream.had_members || !set->members().empty();
  if (is_short == upstream.was_short) return;
  upstream.was_short = is_short;
  // Those that the administrator has taken out stay out.
  const bool is_all_out = std::ranges::all_of(
      set->members(), [](auto& member) { return (member.endpoint->blocks() & kFirmBlocks) != 0; });
  const auto spreads = upstream.group->settings().balance.on_shortage == OnShortage::spread;
  if (is_short)
    log::warn("upstream {}: {} of {} endpoints are available, fewer than needed; {}", upstream.group->name(),
              set->available(), set->members().size(),
              is_all_out ? "all are draining or disabled: requests fail"
              : spreads  ? "on_shortage: spread over all"
                         : "on_shortage: fail");
  else
    log::info("upstream {}: {} of {} endpoints are available again", upstream.group->name(), set->available(),
              set->members().size());
}

// ---- what the administrator says ----

Directory::Upstream* Directory::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(upstreams_, [&](auto& each) { return each->group->name() == name; });
  return found == upstreams_.end() ? nullptr : found->get();
}

bool Directory::order(const std::string& group, const std::string& endpoint, Order order) {
  auto* upstream = find(group);
  if (upstream == nullptr) return false;
  // One that has gone keeps its order, which must be there to be taken back.
  if (upstream->group->set()->find(std::string_view(endpoint)) < 0 && !orders_.contains({group, endpoint}))
    return false;
  if (order.state == State::active) {
    orders_.erase({group, endpoint});
    log::info("upstream {}: {} is active again, says {}", group, endpoint, order.owner);
  } else {
    order.since_ms = unix_ms();
    log::info("upstream {}: {} is {}, says {}", group, endpoint, word_of(order.state), order.owner);
    orders_[{group, endpoint}] = std::move(order);
  }
  expire_orders();
  apply_orders(*upstream);
  refresh_groups(group);
  note_shortage(*upstream);
  return true;
}

void Directory::apply_orders(Upstream& upstream) {
  for (auto& endpoint : upstream.present) {
    const auto found = orders_.find({upstream.group->name(), endpoint->text()});
    const auto state = found == orders_.end() ? State::active : found->second.state;
    const bool was = endpoint->is_available();
    for (auto [bit, wanted] :
         {std::pair{block_draining, state == State::draining}, {block_disabled, state == State::disabled}}) {
      if (wanted)
        endpoint->set_block(bit);
      else
        endpoint->clear_block(bit);
    }
    if (!was && endpoint->is_available() && started_) endpoint->set_available_since(loop_.now_ns());
  }
}

// Ends what has come to its end, and waits for the next.
void Directory::expire_orders() {
  if (expiry_ != nullptr) std::exchange(expiry_, nullptr)->cancel();
  const auto now = unix_ms();
  std::uint64_t next = 0;
  std::vector<std::string> ended;
  for (auto it = orders_.begin(); it != orders_.end();) {
    const auto until = it->second.until_ms;
    if (until != 0 && until <= now) {
      log::info("upstream {}: {} is active again, the order of {} has ended", it->first.first,
                it->first.second, it->second.owner);
      ended.push_back(it->first.first);
      it = orders_.erase(it);
      continue;
    }
    if (until != 0 && (next == 0 || until < next)) next = until;
    ++it;
  }
  for (auto& upstream : upstreams_) {
    if (std::ranges::find(ended, upstream->group->name()) == ended.end()) continue;
    apply_orders(*upstream);
    refresh_groups(upstream->group->name());
    note_shortage(*upstream);
  }
  if (next == 0) return;
  expiry_ = Timer::start(
      loop_, next - now,
      [](void* self) {
        static_cast<Directory*>(self)->expiry_ = nullptr;
        static_cast<Directory*>(self)->expire_orders();
      },
      this);
}

}  // namespace sluice
