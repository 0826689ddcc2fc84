// Connections of one worker to one endpoint: the idle ones, last used first, and those being opened.
//
//   acquire --idle one--> at once          acquire --none--> connect --open--> waiter told
//   session idle --room--> kept until idle_timeout, the server's close, or max_requests
//
// Owned by the worker's PoolTable; lives as long as the endpoint is named by a snapshot or has sessions. [loop]
#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "http/h1/h1_upstream_session.h"
#include "net/socket_transport.h"
#include "upstream/group.h"

namespace sluice {

// Who waits for a connection.
class PoolWaiter {
 public:
  virtual ~PoolWaiter() = default;
  // `session` is idle and the waiter's, or null with the reason. Never called inside acquire().
  virtual void on_pool_ready(h1::H1UpstreamSession* session, const Error& error) = 0;
};

class Pool final : private h1::UpstreamHome {
 public:
  // `connector` outlives the pool.
  Pool(Loop& loop, std::shared_ptr<Endpoint> endpoint, const Connector& connector);
  ~Pool() override;  // closes every session that is not in use; none may be
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  struct Acquired {
    h1::H1UpstreamSession* session = nullptr;  // use it now
    Error error;                               // cannot be had; with neither, on_pool_ready will tell
  };
  enum class Want : std::uint8_t {
    any,        // an idle connection when there is one
    looked_at,  // an idle one only if its socket shows no sign of an end: costs a system call
    fresh,      // a new connection (after a stale one died)
  };
  Acquired acquire(const PoolSettings& settings, PoolWaiter& waiter, Want want);
  // The waiter goes away. A connection being opened for it is kept for others.
  void cancel(PoolWaiter& waiter);
  // Drop what is idle; later ones are not kept. When the endpoint left the configuration.
  void retire();
  void revive() { retired_ = false; }
  // Close what is idle.
  void drop_idle();

  bool unused() const { return sessions_ == 0; }
  std::size_t idle() const { return idle_.size; }
  Endpoint& endpoint() { return *endpoint_; }

 private:
  using Session = h1::H1UpstreamSession;
  struct List {
    Session* head = nullptr;
    std::size_t size = 0;
    void push(Session& session);
    void remove(Session& session);
  };

  void on_session_open(Session& session, const Error& error) override;
  void on_session_idle(Session& session) override;
  void on_session_closed(Session& session) override;
  void connect_late(Session& session);

  Loop& loop_;
  std::shared_ptr<Endpoint> endpoint_;
  const Connector& connector_;
  PoolSettings settings_;  // as last asked with
  List idle_;              // most recently used first
  List connecting_;
  std::size_t sessions_ = 0;
  bool retired_ = false;
};

// All pools of one worker.
class PoolTable {
 public:
  explicit PoolTable(Loop& loop, Connector connector = connect_socket)
      : loop_(loop), connector_(std::move(connector)) {}
  Pool& of(const std::shared_ptr<Endpoint>& endpoint);
  // Keep the pools of these endpoints; retire the others and forget those that are unused. Pools of endpoints that have left their
  // group (block_gone) keep nothing new and are forgotten in time by themselves.
  void keep_only(const std::unordered_set<const Endpoint*>& endpoints);
  // Endpoints have left their groups: close what is idle there.
  void drop_gone();
  void clear() { pools_.clear(); }

 private:
  Loop& loop_;
  const Connector connector_;
  void forget_gone();

  std::unordered_map<const Endpoint*, std::unique_ptr<Pool>> pools_;
  std::size_t look_at_ = 64;  // so many pools make it worth looking for those to forget
};

}  // namespace sluice
