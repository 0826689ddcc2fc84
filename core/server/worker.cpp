#include "server/worker.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"

namespace sluice {

// One listener of this worker. Stays while it has clients, also after its snapshot dropped it.
struct Worker::Port {
  std::string key;
  int fd = -1;
  h1::ServerSessionSettings settings;
  std::uint32_t max_connections = 0;
  std::uint32_t clients = 0;
  WorkerPlan* plan = nullptr;  // the newest that has this listener
  std::uint32_t index = 0;     // in that plan
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
          ports_, [&spec](auto& port) { return port->key == spec.key && port->listener != nullptr; });
      if (same == ports_.end()) {
        ports_.push_back(std::make_unique<Port>());
        same = std::prev(ports_.end());
        (*same)->key = spec.key;
        (*same)->fd = spec.fd;
      }
      Port& port = **same;
      port.settings = spec.settings;
      port.max_connections = spec.max_connections;
      port.plan = plan;
      port.index = i;
      if (port.listener == nullptr)
        port.listener = std::make_unique<Listener>(
            *loop_, port.fd, [this, &port] { return may_accept(port); },
            [this, &port](TransportPtr transport) { accept(port, std::move(transport)); });
    }
    for (auto& port : ports_) {
      if (port->plan == plan || port->listener == nullptr) continue;
      port->listener.reset();
      for (Client* client = clients_; client != nullptr;) {
        Client* after = client->next;
        if (&client->port == port.get() && client->session != nullptr) client->session->drain();
        client = after;
      }
    }
    std::erase_if(ports_, [](auto& port) { return port->listener == nullptr && port->clients == 0; });
    std::unordered_set<const Endpoint*> wanted;
    for (auto& group : plan->plan->groups)
      for (auto& member : group->members())
        wanted.insert(member.endpoint.get());
    pools_->keep_only(wanted);
    if (old != nullptr) retire_if_unused(old);
    done();
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

void Worker::announce() {
  post([this] { announced_ = true; });
}

void Worker::drain() {
  post([this] {
    announced_ = draining_ = true;
    for (auto& port : ports_)
      port->listener.reset();
    for (Client* client = clients_; client != nullptr;) {
      Client* after = client->next;
      if (client->session != nullptr) client->session->drain();
      client = after;
    }
    if (client_count_ == 0) events_.on_worker_empty(index_);
  });
}

// ---- connections ----

bool Worker::may_accept(const Port& port) const {
  const auto most = share_.max_connections.load(std::memory_order_relaxed);
  if (most != 0 && share_.connections.load(std::memory_order_relaxed) >= most) return false;
  return port.max_connections == 0 || port.clients < port.max_connections;
}

void Worker::accept(Port& port, TransportPtr transport) {
  auto* client = new Client{*this, port, share_.next_connection_id.fetch_add(1, std::memory_order_relaxed),
                            std::move(transport), nullptr};
  client->next = clients_;
  if (clients_ != nullptr) clients_->previous = client;
  clients_ = client;
  ++client_count_;
  ++port.clients;
  share_.connections.fetch_add(1, std::memory_order_relaxed);
  const WorkerPlan& plan = *port.plan;
  if (plan.global.empty(SLUICE_ON_CONNECT) && plan.listeners[port.index].empty(SLUICE_ON_CONNECT)) {
    admit(*client);
    return;
  }
  auto* exchange =
      new Exchange(*this, *port.plan, port.index, {client->waiting->remote(), client->id}, 0, nullptr);
  link(*exchange);
  exchange->run_on_connect(
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
  if (draining_) client.session->drain();
}

void Worker::on_session_closed(h1::H1ServerSession& session) {
  on_client_gone(*static_cast<Client*>(session.owner_tag));
}

void Worker::on_client_gone(Client& client) {
  client.waiting.reset();
  (client.previous != nullptr ? client.previous->next : clients_) = client.next;
  if (client.next != nullptr) client.next->previous = client.previous;
  --client_count_;
  --client.port.clients;
  share_.connections.fetch_sub(1, std::memory_order_relaxed);
  loop_->defer(
      [](void* arg) {
        std::unique_ptr<Client> dead(static_cast<Client*>(arg));
        Worker& worker = dead->worker;
        Port& port = dead->port;
        dead.reset();
        if (port.listener != nullptr)
          port.listener->wake();
        else
          worker.forget_port(port);
        if (worker.draining_ && worker.client_count_ == 0 && !worker.stopping_)
          worker.events_.on_worker_empty(worker.index_);
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
