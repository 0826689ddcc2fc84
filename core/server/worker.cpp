#include "server/worker.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"

namespace sluice {
namespace {

// Draining: how long idle connections are kept for a request that was already on its way when the process was told to end.
constexpr std::uint64_t kLastRequestMs = 500;

// One more, unless `most` (0: none) are there.
bool take(std::atomic<std::uint32_t>& count, std::uint32_t most) {
  std::uint32_t seen = count.load();
  do {
    if (most != 0 && seen >= most) return false;
  } while (!count.compare_exchange_weak(seen, seen + 1));
  return true;
}

}  // namespace

// One listener of this worker. Stays while it has clients, also after its snapshot dropped it.
struct Worker::Port final : ListenerOwner {
  explicit Port(Worker& its) : worker(its) {}
  bool take_room() override { return worker.take_room(*this); }
  void give_back_room() override { worker.give_back_room(*this); }
  void on_accept(TransportPtr transport) override { worker.accept(*this, std::move(transport)); }
  void on_finished() override { worker.on_port_finished(*this); }
  // What has already connected is taken in; then the address refuses connections.
  void finish() {
    if (std::exchange(finishing, true)) return;
    listener->finish();
  }

  Worker& worker;
  std::string key;
  int fd = -1;
  h1::ServerSessionSettings settings;
  std::shared_ptr<std::atomic<std::uint32_t>> connections;  // in all workers
  std::uint32_t max_connections = 0;                        // of those
  std::uint32_t clients = 0;
  WorkerPlan* plan = nullptr;  // the newest that has this listener
  std::uint32_t index = 0;     // in that plan
  bool finishing = false;      // no snapshot has it any more, or the worker drains
  std::unique_ptr<Listener> listener;

  ~Port() {
    listener.reset();
    if (fd >= 0) ::close(fd);
  }
};

// A client connection. The session exists once on_connect has let it in.
struct Worker::Client {
  Worker& worker;
  Port& port;
  std::uint64_t id;
  TransportPtr waiting;  // until admitted
  std::unique_ptr<h1::H1ServerSession> session;
  Client* next = nullptr;
  Client* previous = nullptr;
};

Worker::Worker(std::uint32_t index, ProcessShare& share, WorkerEvents& events)
    : index_(index),
      share_(share),
      events_(events),
      loop_(std::make_unique<Loop>()),
      pools_(std::make_unique<PoolTable>(*loop_)) {
  mailbox_ = loop_->mailbox();
}

Worker::~Worker() { stop(); }

void Worker::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("worker-" + std::to_string(index_)).c_str());
    loop_->run();
    shut();
    std::lock_guard hold(end_lock_);
    has_ended_ = true;
    ended_.notify_all();
  });
}

void Worker::ask_to_stop() {
  if (!thread_.joinable() || std::exchange(asked_to_stop_, true)) return;
  post([this] {
    stopping_ = true;
    loop_->stop();
  });
}

bool Worker::wait_until_stopped(std::chrono::steady_clock::time_point deadline) {
  if (!thread_.joinable()) return true;
  std::unique_lock hold(end_lock_);
  return ended_.wait_until(hold, deadline, [this] { return has_ended_; });
}

void Worker::stop() {
  ask_to_stop();
  if (thread_.joinable()) thread_.join();
}

// On the worker's thread, after the loop has stopped: everything goes, in the order of core/net/README.md.
void Worker::shut() {
  {
    Turn turn(*loop_);
    if (last_requests_ != nullptr) std::exchange(last_requests_, nullptr)->cancel();
    for (auto& port : ports_)
      port->listener.reset();
    while (clients_ != nullptr) {
      Client& client = *clients_;
      if (client.session != nullptr)
        client.session->close();
      else
        on_client_gone(client);
    }
    while (exchanges_ != nullptr)
      exchanges_->end_now();
    for (auto* plan : plans_)
      plan->callouts.end_all();
  }
  pools_.reset();
  ports_.clear();
  wait_for_tokens();
  loop_.reset();
  for (auto* plan : plans_)
    left_in_use_ += plan->in_use;
}

// Plugins' threads may hold tokens of exchanges that have just been cut: their answers are still taken, and so are those of
// timers, since a wait may depend on one.
void Worker::wait_for_tokens() {
  auto has_tokens = [this] {
    return std::ranges::any_of(plans_, [](auto* plan) { return plan->in_use > 0; });
  };
  forget_timers(false);
  if (has_tokens()) {
    bool is_late = false;
    auto* deadline = Timer::start(
        *loop_, static_cast<std::uint64_t>(kFarewell.count()),
        [](void* late) { *static_cast<bool*>(late) = true; }, &is_late);
    while (has_tokens() && !is_late)
      loop_->run_once(true);
    if (!is_late) deadline->cancel();
  }
  forget_timers(true);
}

void Worker::forget_timers(bool of_used_plans) {
  for (auto* plan : plans_)
    if (of_used_plans || plan->in_use == 0) plan->timers.cancel_all();
}

// ---- snapshots ----

void Worker::switch_to(WorkerPlan* plan, std::vector<ListenerSpec> listeners, std::function<void()> done) {
  post([this, plan, specs = std::move(listeners), done = std::move(done)]() mutable {
    WorkerPlan* old = std::exchange(plan_, plan);
    plans_.push_back(plan);
    std::vector<WorkerPlan*> left;
    for (std::uint32_t i = 0; i < specs.size(); ++i) {
      auto& spec = specs[i];
      auto same = std::ranges::find_if(
          ports_, [&spec](auto& port) { return port->key == spec.key && !port->finishing; });
      if (same == ports_.end()) {
        ports_.push_back(std::make_unique<Port>(*this));
        same = std::prev(ports_.end());
        (*same)->key = spec.key;
        (*same)->fd = spec.fd;
        (*same)->connections = spec.connections;
      }
      Port& port = **same;
      port.settings = spec.settings;
      port.max_connections = spec.max_connections;
      port.plan = plan;
      port.index = i;
      if (port.listener == nullptr)
        port.listener = std::make_unique<Listener>(*loop_, port.fd, port);
      else
        port.listener->wake();  // the limit may have risen
    }
    bool finished = false;
    for (auto& port : ports_) {
      if (port->plan == plan || port->finishing) continue;
      port->finish();
      finished = true;
    }
    if (finished) await_last_requests();
    std::erase_if(ports_, [](auto& port) { return port->listener == nullptr && port->clients == 0; });
    std::unordered_set<const Endpoint*> wanted;
    for (auto& group : plan->plan->groups)
      for (auto& member : group->set()->members())
        wanted.insert(member.endpoint.get());
    pools_->keep_only(wanted);
    if (old != nullptr) retire_if_unused(old);
    // Only when the addresses that went are free again: the next snapshot may want them.
    switched_ = std::move(done);
    tell_switched();
  });
}

void Worker::retire_if_unused(WorkerPlan* plan) {
  if (plan == plan_ || plan->in_use > 0) return;
  for (auto& port : ports_)
    if (port->plan == plan) return;
  // Nothing of the plugins may run once the control thread destroys them.
  plan->timers.cancel_all();
  std::erase(plans_, plan);
  events_.on_plan_unused(index_, plan);
}

// ---- stopping ----

void Worker::drop_gone() {
  post([this] { pools_->drop_gone(); });
}

void Worker::announce() {
  post([this] { announced_ = true; });
}

void Worker::drain() {
  post([this] {
    announced_ = draining_ = true;
    for (auto& port : ports_)
      port->finish();
    await_last_requests();
    tell_empty();
  });
}

bool Worker::is_finishing() const {
  return std::ranges::any_of(ports_, [](auto& port) { return port->finishing && port->listener != nullptr; });
}

void Worker::on_port_finished(Port& port) {
  port.listener.reset();
  ::close(std::exchange(port.fd, -1));
  forget_port(port);
  tell_switched();
  tell_empty();
}

void Worker::tell_switched() {
  if (switched_ && !is_finishing()) std::exchange(switched_, nullptr)();
}

void Worker::tell_empty() {
  if (draining_ && client_count_ == 0 && !stopping_ && !is_finishing()) events_.on_worker_empty(index_);
}

// Ports have finished. What is idle there closes a little later: a request may be on its way.
void Worker::await_last_requests() {
  for (Client* client = clients_; client != nullptr; client = client->next)
    if (client->port.finishing && client->session != nullptr && !client->session->is_idle())
      client->session->drain();
  if (last_requests_ != nullptr) last_requests_->cancel();
  last_requests_ = Timer::start(
      *loop_, kLastRequestMs,
      [](void* self) {
        static_cast<Worker*>(self)->last_requests_ = nullptr;
        static_cast<Worker*>(self)->close_sessions();
      },
      this);
}

void Worker::close_sessions() {
  for (Client* client = clients_; client != nullptr;) {
    Client* after = client->next;
    if (client->port.finishing && client->session != nullptr) client->session->drain();
    client = after;
  }
}

// ---- connections ----

bool Worker::has_room(const Port& port) const {
  const auto most = share_.max_connections.load();
  return (most == 0 || share_.connections.load() < most) &&
         (port.max_connections == 0 || port.connections->load() < port.max_connections);
}

bool Worker::take_room(Port& port) {
  if (!has_room(port)) {
    // Say so, then look once more: a connection that closed in between did not know that anybody waits.
    share_.room_wanted = true;
    if (!has_room(port)) return false;
  }
  if (take(*port.connections, port.max_connections)) {
    if (take(share_.connections, share_.max_connections)) return true;
    port.connections->fetch_sub(1);
  }
  // Another worker was quicker.
  share_.room_wanted = true;
  return has_room(port) && take_room(port);
}

void Worker::give_back_room(Port& port) {
  port.connections->fetch_sub(1);
  share_.connections.fetch_sub(1);
  if (share_.room_wanted && share_.room_wanted.exchange(false)) events_.on_room();
}

void Worker::look_again() {
  post([this] {
    for (auto& port : ports_)
      if (port->listener != nullptr) port->listener->wake();
  });
}

void Worker::accept(Port& port, TransportPtr transport) {
  auto* client = new Client{*this, port, share_.next_connection_id.fetch_add(1, std::memory_order_relaxed),
                            std::move(transport), nullptr};
  client->next = clients_;
  if (clients_ != nullptr) clients_->previous = client;
  clients_ = client;
  ++client_count_;
  ++port.clients;
  const WorkerPlan& plan = *port.plan;
  if (plan.global.empty(SLUICE_ON_CONNECT) && plan.listeners[port.index].empty(SLUICE_ON_CONNECT)) {
    admit(*client);
    return;
  }
  auto* exchange =
      new Exchange(*this, *port.plan, port.index, {client->waiting->remote(), client->id}, 0, nullptr);
  link(*exchange);
  exchange->run_on_connect(
      port.settings.request_header,
      [](void* arg, bool accepted) {
        auto& who = *static_cast<Client*>(arg);
        if (accepted)
          who.worker.admit(who);
        else
          who.worker.on_client_gone(who);
      },
      client);
}

void Worker::admit(Client& client) {
  client.session =
      std::make_unique<h1::H1ServerSession>(std::move(client.waiting), client.port.settings, *this);
  client.session->owner_tag = &client;
  client.session->start();
  if (client.port.finishing && last_requests_ == nullptr) client.session->drain();
}

void Worker::on_session_closed(h1::H1ServerSession& session) {
  on_client_gone(*static_cast<Client*>(session.owner_tag));
}

void Worker::on_client_gone(Client& client) {
  client.waiting.reset();
  (client.previous != nullptr ? client.previous->next : clients_) = client.next;
  if (client.next != nullptr) client.next->previous = client.previous;
  --client_count_;
  give_back_room(client.port);
  loop_->defer(
      [](void* arg) {
        std::unique_ptr<Client> dead(static_cast<Client*>(arg));
        Worker& worker = dead->worker;
        Port& port = dead->port;
        dead.reset();
        // Only now: when several leave in one turn, the last one to be here finds the port unused, not the first.
        --port.clients;
        if (port.listener != nullptr)
          port.listener->wake();
        else
          worker.forget_port(port);
        worker.tell_empty();
      },
      &client);
}

void Worker::forget_port(Port& port) {
  if (port.clients > 0 || stopping_) return;
  WorkerPlan* plan = port.plan;
  std::erase_if(ports_, [&port](auto& owned) { return owned.get() == &port; });
  if (plan != nullptr) retire_if_unused(plan);
}

// ---- exchanges ----

h1::SessionHome::Opened Worker::on_stream_open(h1::H1ServerSession& session, ServerStream& stream) {
  auto& client = *static_cast<Client*>(session.owner_tag);
  auto* exchange =
      new Exchange(*this, *client.port.plan, client.port.index, {session.transport()->remote(), client.id},
                   static_cast<std::uint32_t>(session.requests()), &stream);
  link(*exchange);
  return {exchange->client_sink(), exchange->request()};
}

void Worker::link(Exchange& exchange) {
  exchange.next = exchanges_;
  if (exchanges_ != nullptr) exchanges_->previous = &exchange;
  exchanges_ = &exchange;
}

void Worker::on_exchange_over(Exchange& exchange) {
  (exchange.previous != nullptr ? exchange.previous->next : exchanges_) = exchange.next;
  if (exchange.next != nullptr) exchange.next->previous = exchange.previous;
  loop_->defer(
      [](void* arg) {
        auto* dead = static_cast<Exchange*>(arg);
        auto& worker = static_cast<Worker&>(dead->home());
        WorkerPlan* plan = &dead->worker_plan();
        delete dead;
        if (plan != worker.plan_) worker.retire_if_unused(plan);
      },
      &exchange);
}

void Worker::on_token_back(WorkerPlan& plan) {
  --plan.in_use;
  retire_if_unused(&plan);
}

void Worker::free_slot(std::size_t slot, void* value) {
  if (share_.slots == nullptr) return;
  if (auto free_value = share_.slots->free_function(static_cast<std::int32_t>(slot))) free_value(value);
}

}  // namespace sluice
