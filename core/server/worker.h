// One worker thread: its loop, its listeners' sockets, its client sessions, its upstream pools and its view of the snapshot.
//
// Shares nothing on the hot path but atomics (endpoints' in-flight counts, the process's connection count). The control thread
// speaks to it by post() only; it answers through WorkerEvents, which posts back.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "exchange/exchange.h"
#include "http/h1/h1_server_session.h"
#include "net/listener.h"
#include "net/timer.h"
#include "plugin/slots.h"

namespace sluice {

// What all workers share.
struct ProcessShare {
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint32_t> max_connections{0};
  // A listener found no room: whoever closes a connection next says so to all workers (WorkerEvents::on_room).
  std::atomic<bool> room_wanted{false};
  std::atomic<std::uint64_t> next_connection_id{1};
  const Slots* slots = nullptr;
  Ejector* ejector = nullptr;
};

// A listener as one worker runs it.
struct ListenerSpec {
  std::string key;  // the address as configured: what makes it the same listener across snapshots
  int fd = -1;      // this worker's own descriptor; given over
  h1::ServerSessionSettings settings;
  std::shared_ptr<std::atomic<std::uint32_t>> connections;  // of this listener in all workers
  std::uint32_t max_connections = 0;                        // for that count; 0: none
};

// Called on the worker's thread; implementations post to the control thread.
class WorkerEvents {
 public:
  virtual ~WorkerEvents() = default;
  // No exchange uses this plan any more, and it is not the current one.
  virtual void on_plan_unused(std::uint32_t worker, WorkerPlan* plan) = 0;
  // Draining, and the last connection has gone.
  virtual void on_worker_empty(std::uint32_t worker) = 0;
  // A connection has closed and a listener, perhaps of another worker, waits for that.
  virtual void on_room() = 0;
};

class Worker final : public ExchangeHome, public h1::SessionHome {
 public:
  Worker(std::uint32_t index, ProcessShare& share, WorkerEvents& events);
  ~Worker() override;  // after stop()

  void start();
  // Use `plan` (kept alive by the control thread until on_plan_unused) from the next exchange on, with these listeners: new
  // ones start, missing ones stop accepting and drain. `done` runs on the worker's thread. [any-thread]
  void switch_to(WorkerPlan* plan, std::vector<ListenerSpec> listeners, std::function<void()> done);
  // Responses close their connections from now on; accepting goes on. [any-thread]
  void announce();
  // Accept what has already connected, then no more; connections close after their next response, and idle ones soon.
  // [any-thread]
  void drain();
  // There may be room for connections that had to wait. [any-thread]
  void look_again();
  // Endpoints have left their groups: their idle connections are closed. [any-thread]
  void drop_gone();
  // Close everything and end the thread, soon. Tokens that plugins' threads hold are waited for, at most kFarewell. Again is no
  // work. [control thread]
  void ask_to_stop();
  // True when the thread has ended by then; false while a plugin's code blocks it. [control thread]
  bool wait_until_stopped(std::chrono::steady_clock::time_point deadline);
  // ask_to_stop(), then waits for as long as it takes. [control thread]
  void stop();
  // After the end: uses of its plans that never came to theirs, as tokens that were not given back in time.
  std::uint32_t left_in_use() const { return left_in_use_; }
  // The thread-safe way to its loop's thread. [any-thread]
  void post(std::function<void()> task) { mailbox_->post(std::move(task)); }

  // How long the end of the process waits for tokens: long enough for a thread that answers to a dropped exchange, and short
  // for whoever waits for the process.
  static constexpr std::chrono::milliseconds kFarewell{1000};

 private:
  struct Port;
  struct Client;

  void accept(Port& port, TransportPtr transport);
  void admit(Client& client);
  void on_client_gone(Client& client);
  void forget_port(Port& port);
  bool has_room(const Port& port) const;
  bool take_room(Port& port);
  void give_back_room(Port& port);
  bool is_finishing() const;
  void on_port_finished(Port& port);
  void tell_switched();
  void tell_empty();
  void await_last_requests();
  void close_sessions();
  void retire_if_unused(WorkerPlan* plan);
  void shut();
  void wait_for_tokens();
  void forget_timers(bool of_used_plans);

  // ExchangeHome
  Loop& loop() override { return *loop_; }
  PoolTable& pools() override { return *pools_; }
  std::uint32_t worker() const override { return index_; }
  ExchangeCounters& counters() override { return counters_; }
  Random& random() override { return random_; }
  Ejector* ejector() override { return share_.ejector; }
  bool draining() const override { return announced_; }
  void free_slot(std::size_t slot, void* value) override;
  void on_exchange_over(Exchange& exchange) override;
  void on_token_back(WorkerPlan& plan) override;
  // SessionHome
  Opened on_stream_open(h1::H1ServerSession& session, ServerStream& stream) override;
  void on_session_closed(h1::H1ServerSession& session) override;

  void link(Exchange& exchange);

  const std::uint32_t index_;
  ProcessShare& share_;
  WorkerEvents& events_;
  std::unique_ptr<Loop> loop_;
  std::shared_ptr<Mailbox> mailbox_;
  std::unique_ptr<PoolTable> pools_;
  std::thread thread_;
  WorkerPlan* plan_ = nullptr;
  std::vector<WorkerPlan*> plans_;  // that one and all before it that are still in use
  std::vector<std::unique_ptr<Port>> ports_;
  Client* clients_ = nullptr;
  std::uint32_t client_count_ = 0;
  Exchange* exchanges_ = nullptr;
  std::function<void()> switched_;  // to be called once no port is finishing
  Timer* last_requests_ = nullptr;  // while idle connections may still bring one
  ExchangeCounters counters_;
  Random random_{uv_hrtime()};
  bool announced_ = false;
  bool draining_ = false;
  bool stopping_ = false;
  bool asked_to_stop_ = false;  // control thread
  std::uint32_t left_in_use_ = 0;
  std::mutex end_lock_;
  std::condition_variable ended_;
  bool has_ended_ = false;
};

}  // namespace sluice
