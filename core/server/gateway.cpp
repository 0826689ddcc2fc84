#include "server/gateway.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/log.h"
#include "net/timer.h"

namespace sluice {
namespace {

// Descriptors that are not client or upstream connections: listeners, logs, epoll, plugins' own.
constexpr std::uint32_t kSpareDescriptors = 128;
// Beyond the workers' own farewell, at the end: closing very many connections takes some time.
constexpr auto kPatience = std::chrono::seconds(2);

h1::ServerSessionSettings session_settings(const config::Listener& listener) {
  h1::ServerSessionSettings settings;
  settings.limits.header_bytes = listener.limits.header_bytes;
  settings.limits.header_count = listener.limits.header_count;
  settings.limits.uri_bytes = listener.limits.uri_bytes;
  settings.request_header = listener.timeouts.request_header;
  settings.keep_alive = listener.timeouts.keep_alive;
  settings.send = listener.timeouts.send;
  return settings;
}

std::string place(const config::Position& at) { return fmt::format("{}:{}:{}", at.file, at.line, at.column); }

// How many client connections there may be: half of the open files, since each may need one upstream.
std::uint32_t connection_limit(std::uint32_t configured) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
  }
  const auto most = static_cast<std::uint32_t>(std::min<rlim_t>(files.rlim_cur, 1u << 30));
  const auto room = most > 4 * kSpareDescriptors ? (most - kSpareDescriptors) / 2 : most / 4;
  if (configured == 0) return room;
  if (configured > room)
    log::warn("max_connections = {} needs about {} open files; this process may have {} (ulimit -n)",
              configured, 2 * configured + kSpareDescriptors, most);
  return configured;
}

}  // namespace

// A listener's address with a descriptor for each worker, as long as a snapshot has it. The workers own the descriptors.
struct Gateway::Bound {
  std::string key;
  Address address;  // as bound
  std::shared_ptr<std::atomic<std::uint32_t>> connections = std::make_shared<std::atomic<std::uint32_t>>(0);
};

struct Gateway::Signal {
  uv_signal_t handle;
  Gateway* gateway;
};

Gateway::Gateway(SnapshotBuilder& builder, std::filesystem::path file)
    : builder_(builder),
      file_(std::move(file)),
      directory_(std::make_unique<Directory>(loop_, builder.endpoints())) {
  directory_->when_gone([this] {
    for (auto& worker : workers_)
      worker->drop_gone();
  });
}

Gateway::~Gateway() {
  workers_.clear();
  admin_.reset();
  directory_.reset();
  if (timer_ != nullptr) timer_->cancel();
  for (auto* signal : signals_)
    uv_close(reinterpret_cast<uv_handle_t*>(&signal->handle),
             [](uv_handle_t* handle) { delete static_cast<Signal*>(handle->data); });
}

// ---- starting and publishing ----

std::expected<std::vector<std::vector<ListenerSpec>>, std::string> Gateway::open_listeners(
    const Snapshot& snapshot) {
  const auto& config = *snapshot.config;
  const std::size_t workers = snapshot.workers.size();
  std::vector<std::vector<ListenerSpec>> specs(workers);
  std::vector<std::unique_ptr<Bound>> fresh;
  std::string failure;
  for (auto& listener : config.listeners) {
    const auto key = listener.address.text();
    const auto known = std::ranges::find_if(bound_, [&key](auto& bound) { return bound->key == key; });
    std::shared_ptr<std::atomic<std::uint32_t>> connections;
    std::vector<int> fds(workers, -1);
    if (known != bound_.end()) {
      connections = (*known)->connections;
    } else {
      auto address = Address::parse(key);
      ListenOptions options{static_cast<int>(listener.backlog), false};
      // The first without SO_REUSEPORT: else another program that also shares the port would go unnoticed.
      const bool shared = address && !address->is_unix() && listener.reuse_port && workers > 1;
      auto probe = address ? open_listen_socket(*address, options) : std::unexpected(address.error());
      if (!probe) {
        failure = fmt::format("{}: {}", place(listener.address_position), probe.error());
        break;
      }
      auto bound = std::make_unique<Bound>(key, bound_address(*probe));
      if (address->is_unix()) bound->address = *address;
      if (!shared) {
        fds[0] = *probe;
        for (std::size_t i = 1; i < workers; ++i)
          fds[i] = dup(*probe);
      } else {
        close(*probe);
        options.reuse_port = true;
        for (std::size_t i = 0; i < workers && failure.empty(); ++i) {
          auto fd = open_listen_socket(bound->address, options);
          if (fd)
            fds[i] = *fd;
          else
            failure = fmt::format("{}: {}", place(listener.address_position), fd.error());
        }
      }
      connections = bound->connections;
      fresh.push_back(std::move(bound));
    }
    for (std::size_t i = 0; i < workers; ++i)
      specs[i].push_back({key, fds[i], session_settings(listener), connections, listener.max_connections});
    if (!failure.empty()) break;
  }
  if (!failure.empty()) {
    for (auto& row : specs)
      for (auto& spec : row)
        if (spec.fd >= 0) close(spec.fd);
    return std::unexpected(failure);
  }
  for (auto& bound : fresh) {
    log::info("listening on {}", bound->address.text());
    bound_.push_back(std::move(bound));
  }
  std::erase_if(bound_, [&config](auto& bound) {
    return std::ranges::none_of(config.listeners,
                                [&bound](auto& listener) { return listener.address.text() == bound->key; });
  });
  return specs;
}

std::expected<Gateway::NewAdmin, std::string> Gateway::open_admin(const config::Config& config) {
  if (config.admin_path == (admin_ != nullptr ? admin_->path() : std::string())) return NewAdmin();
  if (config.admin_path.empty()) return NewAdmin(nullptr);
  auto opened = Admin::open(loop_, config.admin_path, *directory_);
  if (!opened)
    return std::unexpected(fmt::format("{}: admin: {}", place(config.admin_position), opened.error()));
  return NewAdmin(std::move(*opened));
}

std::expected<void, std::string> Gateway::start(std::shared_ptr<Snapshot> first) {
  auto admin = open_admin(*first->config);
  if (!admin) return std::unexpected(admin.error());
  auto specs = open_listeners(*first);
  if (!specs) return std::unexpected(specs.error());
  if (*admin) admin_ = std::move(**admin);
  share_.ejector = &directory_->ejector();
  for (std::uint32_t i = 0; i < first->workers.size(); ++i) {
    workers_.push_back(std::make_unique<Worker>(i, share_, *this));
    workers_.back()->start();
  }
  empty_.assign(workers_.size(), false);
  for (int number : {SIGHUP, SIGUSR1, SIGTERM, SIGINT}) {
    auto* signal = new Signal{{}, this};
    uv_signal_init(loop_.uv(), &signal->handle);
    signal->handle.data = signal;
    uv_signal_start(
        &signal->handle,
        [](uv_signal_t* handle, int which) { static_cast<Signal*>(handle->data)->gateway->on_signal(which); },
        number);
    signals_.push_back(signal);
  }
  publish(std::move(first), std::move(*specs), [] { log::info("ready"); });
  return {};
}

void Gateway::publish(std::shared_ptr<Snapshot> snapshot, std::vector<std::vector<ListenerSpec>> specs,
                      std::function<void()> done) {
  share_.max_connections = connection_limit(snapshot->config->max_connections);
  log::set_level(static_cast<log::Level>(snapshot->config->log_level));
  directory_->publish(*snapshot->config, snapshot->plan->groups);
  switching_ = true;
  auto waiting = std::make_shared<std::size_t>(workers_.size());
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    WorkerPlan* plan = snapshot->workers[i].get();
    live_[plan] = snapshot;
    workers_[i]->switch_to(plan, std::move(specs[i]), [this, waiting, done, mailbox = loop_.mailbox()] {
      mailbox->post([this, waiting, done] {
        if (--*waiting > 0) return;
        switching_ = false;
        done();
        if (std::exchange(reload_again_, false)) reload();
      });
    });
  }
  current_ = std::move(snapshot);
  if (on_publish) on_publish();
}

std::string Gateway::first_address() const {
  for (auto& bound : bound_)
    if (!bound->address.is_unix()) return bound->address.text();
  return {};
}

// ---- running ----

int Gateway::run() {
  loop_.run();
  return exit_code_;
}

void Gateway::on_signal(int number) {
  switch (number) {
    case SIGHUP: reload(); break;
    case SIGUSR1:
      if (on_reopen) on_reopen();
      break;
    default: begin_stop();
  }
}

void Gateway::reload() {
  if (life_ != Life::running) {
    log::warn("reload ignored: the process is ending");
    return;
  }
  if (switching_) {
    reload_again_ = true;
    return;
  }
  auto refuse = [](const std::string& why) {
    log::error("reload refused, the old configuration goes on: {}", why);
  };
  auto wanted = config::check(file_);
  if (wanted.config && wanted.config->workers != workers_.size()) {
    log::warn("workers = {} takes effect at the next start", wanted.config->workers);
    auto same = std::make_shared<config::Config>(*wanted.config);
    same->workers = static_cast<std::uint32_t>(workers_.size());
    wanted.config = std::move(same);
  }
  if (wanted.problems.empty() && builder_.is_same(*current_, *wanted.config)) {
    log::info("reloaded: unchanged, snapshot {} goes on", current_->id);
    return;
  }
  auto snapshot = builder_.build(std::move(wanted));
  if (!snapshot) {
    for (auto& problem : snapshot.error().list())
      refuse(problem.text());
    return;
  }
  auto admin = open_admin(*(*snapshot)->config);
  if (!admin) {
    refuse(admin.error());
    return;
  }
  auto specs = open_listeners(**snapshot);
  if (!specs) {
    refuse(specs.error());
    return;
  }
  if (*admin) admin_ = std::move(**admin);
  const auto id = (*snapshot)->id;
  publish(std::move(*snapshot), std::move(*specs), [id] { log::info("reloaded: snapshot {} serves", id); });
}

void Gateway::on_plan_unused(std::uint32_t, WorkerPlan* plan) {
  loop_.post([this, plan] { live_.erase(plan); });
}

// ---- stopping ----

void Gateway::begin_stop() {
  if (life_ != Life::running) {
    log::warn("second signal: ending now");
    finish();
    return;
  }
  life_ = Life::announcing;
  const auto announce = current_->config->announce;
  log::info("stopping: responses close their connections; accepting goes on for {} ms", announce.count());
  for (auto& worker : workers_)
    worker->announce();
  timer_ = Timer::start(
      loop_, static_cast<std::uint64_t>(announce.count()),
      [](void* self) {
        static_cast<Gateway*>(self)->timer_ = nullptr;
        static_cast<Gateway*>(self)->begin_drain();
      },
      this);
}

void Gateway::begin_drain() {
  life_ = Life::draining;
  log::info("draining: no new connections; {} ms for those that are there", current_->config->drain.count());
  timer_ = Timer::start(
      loop_, static_cast<std::uint64_t>(current_->config->drain.count()),
      [](void* self) {
        auto& gateway = *static_cast<Gateway*>(self);
        gateway.timer_ = nullptr;
        log::warn("drain deadline: {} connections are cut", gateway.share_.connections.load());
        gateway.finish();
      },
      this);
  for (auto& worker : workers_)
    worker->drain();
}

void Gateway::on_worker_empty(std::uint32_t worker) {
  loop_.post([this, worker] {
    empty_[worker] = true;
    if (life_ == Life::draining && std::ranges::all_of(empty_, [](bool empty) { return empty; })) finish();
  });
}

void Gateway::on_room() {
  loop_.post([this] {
    for (auto& worker : workers_)
      worker->look_again();
  });
}

// Ends the workers' threads. Snapshots whose tokens plugins still hold are kept for ever, as abi.h says: their instances are
// looked at when a token comes back.
void Gateway::let_go() {
  static auto& kept = *new std::vector<std::shared_ptr<Snapshot>>;
  for (auto& worker : workers_) {
    worker->stop();
    if (worker->left_in_use() == 0) continue;
    log::warn("{} waits of plugins were not given back; their instances are not destroyed",
              worker->left_in_use());
    for (auto& [plan, snapshot] : live_)
      if (plan->in_use > 0) kept.push_back(snapshot);
  }
}

void Gateway::finish() {
  if (life_ == Life::over) return;
  life_ = Life::over;
  for (auto& worker : workers_)
    worker->ask_to_stop();
  const auto deadline = std::chrono::steady_clock::now() + Worker::kFarewell + kPatience;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i]->wait_until_stopped(deadline)) continue;
    log::error("worker {} is blocked, in a plugin's code most likely; ending without it", i);
    exit_code_ = kBlocked;
  }
  if (exit_code_ != kBlocked) let_go();
  for (auto& bound : bound_)
    if (bound->address.is_unix()) unlink(std::string(bound->address.path()).c_str());
  log::info("stopped");
  loop_.stop();
}

}  // namespace sluice
