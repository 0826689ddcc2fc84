// One address of an upstream group: one object per process, shared by all workers and by every snapshot and set that names it.
//
// What is known of it comes from three sides that never write each other's words (pains.md 11): active checks, passive ejection,
// and the administrator. Each is a bit of blocks(): an endpoint takes new exchanges while none is set. The bits are all that a
// pick looks at; who set one, when and why is kept where it was decided (health/, directory.h).
//
//   workers:  in_flight, latency, set/clear block_ejected        control thread: all other bits
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/address.h"

namespace sluice {

// Why an endpoint takes no new exchanges.
enum Block : std::uint32_t {
  block_failing = 1,    // active checks found it down
  block_warming = 2,    // active checks have not passed yet since it came
  block_ejected = 4,    // its answers were bad (passive)
  block_draining = 8,   // administrator: sticky sessions only
  block_disabled = 16,  // administrator: nothing at all
  block_gone = 32,      // it has left its group; exchanges that hold an old set must not go there
};
// Those that say nothing of its health: never overruled by a shortage.
inline constexpr std::uint32_t kFirmBlocks = block_draining | block_disabled | block_gone;

// What passive health counts of an endpoint (health/ejector.h): added to by workers, read and emptied on the control thread. Each
// word is exact; two of them read together may be an attempt apart.
struct Outcomes {
  std::atomic<std::uint32_t> failures_in_row{0};
  // Of the window that runs.
  std::atomic<std::uint32_t> requests{0}, failures{0};
  std::atomic<std::uint32_t> timed{0};  // successes whose time is in took_ns
  std::atomic<std::uint64_t> took_ns{0};
};

// Exchanges at several endpoints together. Only where it is asked for (balance/load_bound.h).
struct GroupLoad {
  // On a line of its own: every exchange of the group writes it.
  alignas(64) std::atomic<std::int64_t> in_flight{0};
};

class Endpoint {
 public:
  // `address`: where to connect. `authority`: what Host says where the client's own is not kept, "name:port" as configured; empty:
  // the address, or "localhost" for a Unix socket. `zone` may be empty.
  Endpoint(std::string group, Address address, std::string authority = {}, std::string zone = {});

  const std::string& group() const { return group_; }
  // "ip:port" or "unix:/path": its name in logs, scripts and cookies.
  const std::string& text() const { return text_; }
  const std::string& authority() const { return authority_; }
  const std::string& zone() const { return zone_; }
  const Address& address() const { return address_; }
  // A number that is the same for the same group and address in every process: what cookies and hashes stand on (FNV-1a, 64 bit).
  std::uint64_t id() const { return id_; }
  static std::uint64_t id_of(std::string_view group, std::string_view text);

  // ---- who may come [any-thread] ----
  std::uint32_t blocks() const { return blocks_.load(std::memory_order_relaxed); }
  bool is_available() const { return blocks() == 0; }
  // For a session that was there before: draining is no obstacle.
  bool takes_sticky() const { return (blocks() & ~std::uint32_t{block_draining}) == 0; }
  // True when the bit was not (was) set before. Whoever changes one tells the group's owner (UpstreamEvents::on_blocks).
  bool set_block(Block bit) { return (blocks_.fetch_or(bit, std::memory_order_acq_rel) & bit) == 0; }
  bool clear_block(Block bit) {
    return (blocks_.fetch_and(~std::uint32_t{bit}, std::memory_order_acq_rel) & bit) != 0;
  }

  // ---- load [any-thread] ----
  // Exchanges now at it, of the whole process.
  std::uint32_t in_flight() const { return in_flight_.load(std::memory_order_seq_cst) & ~kCounted; }
  // Counts one more, unless there are `most` already (0: no limit), or it is on trial and being tried. `past_trial`: that is no
  // obstacle, since there is nobody better.
  bool enter(std::uint32_t most, bool past_trial = false);
  bool is_full(std::uint32_t most, bool past_trial = false) const {
    return (!past_trial && trial_.load(std::memory_order_relaxed) == Trial::taken) ||
           (most != 0 && in_flight() >= most);
  }
  void leave();
  // From now on, and for good, exchanges here count in `load` too, those that are here already included. Once. [control thread]
  void count_in(std::shared_ptr<GroupLoad> load);
  // Null: they count in none. [control thread]
  const std::shared_ptr<GroupLoad>& load() const { return load_; }

  // One exchange at a time, until one has shown that it works again (health/ejector.h). Those that were there before do not count:
  // the trial has a place of its own, which is free again when the endpoint is empty, or when reopen_trial() says so.
  bool on_trial() const { return trial_.load(std::memory_order_relaxed) != Trial::off; }
  // True when it was on trial before.
  bool set_trial(bool on) {
    return trial_.exchange(on ? Trial::open : Trial::off, std::memory_order_acq_rel) != Trial::off;
  }
  // Another exchange may try, though the one before has not ended.
  void reopen_trial();

  Outcomes& outcomes() { return outcomes_; }
  const Outcomes& outcomes() const { return outcomes_; }
  // uv_hrtime() of its last trial's beginning; 0: none yet. Attempts that began before say nothing of how it is now.
  std::uint64_t judged_from_ns() const { return judged_from_ns_.load(std::memory_order_relaxed); }
  void set_judged_from(std::uint64_t now_ns) { judged_from_ns_.store(now_ns, std::memory_order_relaxed); }

  // ---- time ----
  // When it last became available, nanoseconds of uv_hrtime(); 0: it was so from the beginning. For slow start.
  std::uint64_t available_since_ns() const { return since_ns_.load(std::memory_order_relaxed); }
  void set_available_since(std::uint64_t now_ns) { since_ns_.store(now_ns, std::memory_order_relaxed); }

  // Peak EWMA of the times to response heads, as Finagle has it: it rises at once to what is slower, and moves towards what is faster
  // by half in 10 s, without responses towards 0. Nanoseconds; 0: nothing known.
  double latency_ns(std::uint64_t now_ns) const;
  void note_latency(std::uint64_t took_ns, std::uint64_t now_ns);

 private:
  enum class Trial : std::uint8_t { off, open, taken };
  // A bit beside the count, so that each exchange is seen by count_in() or sees it, at its begin and at its end, and no count drifts.
  static constexpr std::uint32_t kCounted = std::uint32_t{1} << 31;
  std::uint32_t count_out();

  std::string group_, text_, authority_, zone_;
  Address address_;
  std::uint64_t id_;
  std::atomic<std::uint64_t> judged_from_ns_{0};
  // On a line of its own, 64 bytes in all: every exchange writes it.
  alignas(64) std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<std::uint32_t> blocks_{0};
  std::atomic<Trial> trial_{Trial::off};
  std::atomic<std::uint64_t> since_ns_{0};
  std::atomic<double> latency_ns_{0};
  std::atomic<std::uint64_t> latency_at_ns_{0};
  Outcomes outcomes_;
  std::shared_ptr<GroupLoad> load_;  // written before kCounted is set
};

}  // namespace sluice
