// A host for unit tests of plugins: loads the built shared object and runs its hooks on exchanges in memory.
//
//   FakeHost host;
//   host.load("router", R"(
//     [[upstream]]
//     name = "app"
//     [[route]]
//     match = { path = "/v1/*" }
//     upstream = "app"
//   )");
//   auto ex = host.exchange("GET", "/v1/x", {{"X-Canary", "1"}});
//   CHECK(host.run(SLUICE_ON_ROUTE, ex) == SLUICE_CONTINUE);
//   CHECK(ex.field(SLUICE_UPSTREAM) == "app");
//
// The TOML text is a little gateway configuration. [[upstream]] and [[route]] are what they are in sluice.toml; the plugin's
// own table is its [[plugin]] entry (`use = "router"`), else what is left at the top level. Tables are checked against the
// plugins' keys as the real host does; with a problem create() is not called and load() gives null. Listeners
// are those of [[listener]] and "main", where exchanges come in.
//
// Abilities: routes, balance, log (kept in log_lines()), timer (a clock that only advance() moves), callout (the test answers), sink (the
// gateway's own: Sinks::process().flush() before reading a file). The `sluice_host` is one
// per process, so that a shared object's entry runs once, as in the gateway; only one FakeHost may live at a time.
// One thread, but for what the ABI lets plugins call from any.
#pragma once

#include <sluice/abi.h>
#include <sluice/ext/callout.h>
#include <sluice/ext/log.h>
#include <sluice/hooks.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/fake_config.h"
#include "support/fake_exchange.h"

namespace sluice::test {

struct FakeLogLine {
  sluice_log_level level;
  std::string plugin;
  std::string text;
  FakeHeaders fields;  // of record()
};

struct FakeEndpoint {
  std::string address;
  std::uint32_t weight = 1;
  std::uint32_t in_flight = 0;
  bool usable = true;  // of itself; one with blocks, or full, is shown as not usable all the same
  bool tried = false;
  std::uint32_t priority = 0;
  std::uint32_t blocks = 0;  // SLUICE_BLOCK_*
  std::uint32_t max_in_flight = 0;
  std::uint32_t latency_us = 0;
  std::string zone;
  std::uint64_t id = 0;  // from the upstream's name and the address
};

struct FakeUpstream {
  std::string name;
  std::vector<FakeEndpoint> endpoints;
};

// A request of a plugin's own, until and after its end.
struct FakeCallout {
  std::string upstream, method, target, host, body;
  FakeHeaders headers;
  std::uint64_t timeout_ms = 0, body_limit = 0;
  bool cut_body = false;
  bool over = false;  // answered or cancelled
  sluice_callout_fn on_done = nullptr;
  void* user = nullptr;
};

// One use of a plugin.
struct FakePlugin {
  const sluice_plugin* plugin = nullptr;
  void* instance = nullptr;
  std::vector<void*> workers;  // what create_worker gave, or the instance
  std::uint32_t wanted = ~0U;  // phases, as bits
};

class FakeHost {
 public:
  FakeHost();
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // ---- before load ----
  void set_workers(std::uint32_t workers) { workers_ = workers; }
  // The ability is not there for calls from now on.
  void without_ability(std::string id) { denied_.insert(std::move(id)); }
  // sluice.balance/1 ends as in ABI 1.1.
  void with_older_balance();
  // Where relative file names of the configuration begin; default: the source folder.
  void set_folder(std::string folder) { folder_ = std::move(folder); }
  // Where the uses of the loads from now on are attached: "route api", "listener main" ...; default: "global".
  void set_place(std::string place) { place_ = std::move(place); }
  // All loads from now on belong to one snapshot, as several uses in one configuration do; else each text is a new one.
  void share_snapshot() { share_snapshot_ = true; }

  // `name`: a built-in in the build folder's plugins/, or the path of a shared object. Null when the configuration is
  // refused (see problems()); throws std::runtime_error when the object does not load. An empty text keeps the routes and
  // upstreams of the load before, so that several plugins can share one configuration.
  FakePlugin* load(std::string_view name, std::string_view toml = {});

  FakeExchange exchange(std::string method, std::string_view target, FakeHeaders headers = {}) {
    return {*this, std::move(method), target, std::move(headers)};
  }

  // The hook of every loaded plugin in order (reversed for responses and errors) until one does not CONTINUE.
  sluice_verdict run(sluice_phase phase, FakeExchange& ex);
  // The same for a body hook and one piece of body.
  sluice_verdict run(sluice_phase phase, FakeExchange& ex, std::string_view piece, bool last);
  // After PAUSE: wait until the plugin resumes (at most five seconds, then it throws), and go on to the chain's verdict.
  sluice_verdict settle(FakeExchange& ex);
  // The same for one wait: PAUSE when the chain waits again.
  sluice_verdict step(FakeExchange& ex);
  // After PAUSE: the plugin has resumed it.
  bool is_resumed(FakeExchange& ex);

  const std::vector<FakeProblem>& problems() const { return problems_; }
  // All problems, one line each.
  std::string problem_text() const;
  const std::vector<FakeLogLine>& log_lines() const { return log_; }
  // All log lines of that level and above, one line each.
  std::string log_text(sluice_log_level least = SLUICE_WARN) const;

  // ---- clocks; both stand still but for these ----
  void set_unix_time(std::uint64_t seconds) { unix_us_ = seconds * 1'000'000; }
  // Moves both clocks and runs the timers that fall due.
  void advance(std::uint64_t milliseconds);
  std::size_t timers() const { return timers_.size(); }

  // ---- callouts ----
  // All that were started, in order; they stay where they are.
  std::deque<FakeCallout>& callouts() { return callouts_; }
  // What start() says from now on.
  void refuse_callouts(sluice_status status) { callout_status_ = status; }
  // The whole body comes; of it the plugin gets what it asked to keep.
  void answer(FakeCallout& callout, int status, const FakeHeaders& headers = {}, std::string_view body = {});
  // It ends with this reason.
  void fail(FakeCallout& callout, std::string_view reason);

  std::vector<FakeUpstream>& upstreams() { return upstreams_; }
  FakeUpstream* upstream(std::string_view name);
  std::size_t route_count() const { return routes_.size(); }
  std::string route_name(std::size_t index) const { return routes_.at(index).name; }

 private:
  friend class FakeExchange;
  friend struct FakeExchangeCalls;
  friend struct FakeAbilityCalls;

  struct Route {
    std::string name;
    const FakeNode* node = nullptr;
    std::string upstream;
  };
  struct Timer {
    std::uint64_t due_us = 0;
    void (*fn)(void* user) = nullptr;
    void* user = nullptr;
  };

  void read_routes(FakeDocument& document, std::string_view loading);
  FakeNode* own_table(FakeDocument& document, const sluice_plugin& plugin);
  sluice_verdict go_on(FakeExchange& ex);
  void finish(FakeExchange& ex, sluice_verdict verdict);
  sluice_verdict call(FakeExchange& ex, FakePlugin& use);

  std::string folder_;
  std::string place_ = "global";
  std::uint32_t workers_ = 1;
  std::set<std::string> denied_;
  std::vector<std::unique_ptr<FakeDocument>> documents_;
  std::vector<std::unique_ptr<std::vector<sluice_key>>> key_lists_;
  std::vector<std::unique_ptr<FakePlugin>> plugins_;
  std::vector<Route> routes_;
  std::vector<FakeUpstream> upstreams_;
  std::vector<std::string> listeners_;
  std::vector<FakeProblem> problems_;
  std::vector<FakeLogLine> log_;
  std::mutex log_mutex_;
  std::map<std::uint64_t, Timer> timers_;
  std::uint64_t next_timer_ = 1;
  std::deque<FakeCallout> callouts_;
  sluice_status callout_status_ = SLUICE_OK;
  std::atomic<std::uint64_t> monotonic_us_ = 1'000'000;
  std::atomic<std::uint64_t> unix_us_ = 1'700'000'000'000'000;
  std::uint64_t snapshot_ = 0;
  bool share_snapshot_ = false;
};

}  // namespace sluice::test
