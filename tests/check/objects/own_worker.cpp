// A good plugin with a state for each worker, which fails when it is used by another worker or by two threads.
#include <sluice/plugin.hpp>

#include <cstdint>
#include <stdexcept>
#include <thread>

namespace {

class OwnWorker {
 public:
  static constexpr const char* summary = "Each worker uses its own state.";
  class Worker;
  explicit OwnWorker(const sluice::Create&) {}
};

class OwnWorker::Worker {
 public:
  Worker(OwnWorker&, std::uint32_t number) : number_(number) {}
  void on_request(sluice::Exchange ex) {
    if (user_ == std::thread::id()) user_ = std::this_thread::get_id();
    if (ex.number(SLUICE_WORKER) != number_) throw std::runtime_error("the state of another worker");
    if (user_ != std::this_thread::get_id()) throw std::runtime_error("used by two threads");
  }

 private:
  std::int64_t number_;
  std::thread::id user_;
};

}  // namespace

SLUICE_PLUGIN(OwnWorker, "own_worker")
