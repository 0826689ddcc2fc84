// The upstreams that serve: which endpoints each has now, and in what state. One per process, on the control thread.
//
//   configuration --literals--.
//   Dns, endpoint files -------+--> members of each Group --> EndpointSet --> workers' GroupViews
//   Prober, Ejector, administrator --> blocks of Endpoints --'
//
// Three layers that never overwrite each other (pains.md 11): what is wanted (configuration, sources), what the administrator has
// said (orders, each with an owner and an end, which outlive reloads and the endpoint's own coming and going), and what is observed
// (checks, ejection). A reload replaces only the first.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "net/loop.h"
#include "net/timer.h"
#include "upstream/discovery/dns.h"
#include "upstream/endpoints.h"
#include "upstream/group.h"
#include "upstream/health/ejector.h"
#include "upstream/health/prober.h"
#include "upstream/upstream_events.h"

namespace sluice {

class Directory final : public UpstreamEvents {
 public:
  // Both outlive it.
  Directory(Loop& loop, Endpoints& endpoints, Connector connector = connect_socket);
  ~Directory() override;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // From now on these serve: one group for each of config.upstreams, in that order. Sources, checks and orders that are wanted as
  // before go on; each group has its members when this returns. [control thread]
  void publish(const config::Config& config, const std::vector<std::shared_ptr<Group>>& groups);

  // The group of a configured upstream with its literal endpoints; what its sources find comes with publish().
  static std::shared_ptr<Group> make_group(const config::Upstream& upstream, Endpoints& endpoints);

  // Called whenever a source's endpoints have left (block_gone): idle connections to them are of no use any more.
  void when_gone(std::function<void()> told) { when_gone_ = std::move(told); }

  void on_blocks(const std::shared_ptr<Endpoint>& endpoint) override;
  Ejector& ejector() { return ejector_; }

  // ---- the administrator ----
  enum class State : std::uint8_t { active, draining, disabled };
  struct Order {
    State state = State::active;
    std::string owner;           // who said so, as they call themselves
    std::uint64_t since_ms = 0;  // Unix time
    std::uint64_t until_ms = 0;  // Unix time; 0: until it is taken back
  };
  // `state` active takes the order back. False when no upstream of that name has an endpoint of that text now, nor an order for one
  // that has gone.
  bool order(const std::string& group, const std::string& endpoint, Order order);

  // Everything there is to know of the upstreams, as JSON: what an administrator is shown (server/admin.h says the form).
  std::string describe() const;
  // The same of one; empty when there is none of that name.
  std::string describe(std::string_view name) const;

 private:
  struct Upstream;
  using Key = std::pair<std::string, std::string>;  // group, endpoint

  Upstream* find(std::string_view name) const;
  nlohmann::json show(const Upstream& upstream) const;
  nlohmann::json show(const Endpoint& endpoint, const Member& member) const;
  void refresh_groups(std::string_view name);
  void apply_orders(Upstream& upstream);
  void expire_orders();
  void update(Upstream& upstream);
  void hand_over(const Upstream& upstream, const std::vector<std::shared_ptr<Endpoint>>& gone);
  void watch_health();
  void take_changes();
  void note_shortage(Upstream& upstream);

  Loop& loop_;
  Endpoints& endpoints_;
  Prober prober_;
  Ejector ejector_;
  std::vector<std::unique_ptr<Dns>> dns_;  // by settings
  std::vector<std::unique_ptr<Upstream>> upstreams_;
  std::vector<std::weak_ptr<Group>> old_groups_;  // of snapshots before, which may still be in use
  std::map<Key, Order> orders_;
  std::function<void()> when_gone_;
  Timer* expiry_ = nullptr;
  bool started_ = false;
  const std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // what has been posted may come after the end
  std::mutex lock_;                  // of what follows
  std::vector<std::shared_ptr<Endpoint>> changed_;
};

}  // namespace sluice
