// The process: reads the configuration, builds snapshots, runs the workers, and answers signals.
//
//   SIGHUP            build a new snapshot off the workers; publish it whole, or log why not and keep the old one
//   SIGUSR1           reopen log files
//   SIGTERM, SIGINT   announce (responses close their connections) -> stop accepting, drain -> deadline -> exit; a second one
//                     ends at once. A worker that a plugin blocks for good is not waited for: run() then gives kBlocked
//
// Everything here runs on the control thread (the one that calls run()).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/timer.h"
#include "server/admin.h"
#include "server/snapshot.h"
#include "server/worker.h"
#include "upstream/directory.h"

namespace sluice {

class Gateway final : public WorkerEvents {
 public:
  Gateway(SnapshotBuilder& builder, std::filesystem::path file);
  ~Gateway() override;

  // Start workers and listeners on `first`. The error is for people: what, where (file:line), why.
  std::expected<void, std::string> start(std::shared_ptr<Snapshot> first);
  // run()'s exit code when a worker did not end: its thread still runs, and the process must end by _exit(), with this object
  // left as it is.
  static constexpr int kBlocked = 4;
  // Until a signal ends it. Returns the exit code.
  int run();
  // Where exchange slots' free functions are; lives as long as the process. Before start().
  void free_slots_with(const Slots& slots) { share_.slots = &slots; }
  // Called whenever a configuration has been taken.
  std::function<void()> on_publish;
  // Called after a SIGUSR1.
  std::function<void()> on_reopen;
  // host:port of the first TCP listener, as bound; for the lines that `--demo` prints.
  std::string first_address() const;

 private:
  struct Bound;
  struct Signal;

  std::expected<std::vector<std::vector<ListenerSpec>>, std::string> open_listeners(const Snapshot& snapshot);
  // What takes the place of admin_; nothing when that may stay.
  using NewAdmin = std::optional<std::unique_ptr<Admin>>;
  std::expected<NewAdmin, std::string> open_admin(const config::Config& config);
  void publish(std::shared_ptr<Snapshot> snapshot, std::vector<std::vector<ListenerSpec>> specs,
               std::function<void()> done);
  void on_signal(int number);
  void reload();
  void begin_stop();
  void begin_drain();
  void finish();
  void let_go();

  void on_plan_unused(std::uint32_t worker, WorkerPlan* plan) override;
  void on_worker_empty(std::uint32_t worker) override;
  void on_room() override;

  SnapshotBuilder& builder_;
  std::filesystem::path file_;
  // Published and maybe still in use, by the workers' plans. Before the loop, whose end still runs what workers have posted.
  std::map<const WorkerPlan*, std::shared_ptr<Snapshot>> live_;
  std::shared_ptr<Snapshot> current_;
  std::vector<bool> empty_;
  Loop loop_;
  ProcessShare share_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Admin> admin_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Bound>> bound_;
  std::vector<Signal*> signals_;
  Timer* timer_ = nullptr;
  enum class Life { running, announcing, draining, over } life_ = Life::running;
  bool switching_ = false;
  bool reload_again_ = false;
  int exit_code_ = 0;
};

}  // namespace sluice
