// All outputs for lines (access logs and the like) and the one thread that writes them: ability "sluice.sink/1".
//
//   plugin: open, write, close --> Sink (queue, device) <-- writing thread: take, write, reopen
//
// One per process. The thread starts with the first sink and ends with stop(). A sink lives from its first open until the
// writing thread has written what was queued at its last close.
#pragma once

#include <sluice/ext/sink.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "plugin/sink_device.h"
#include "plugin/sink_queue.h"

// Opaque in the ABI.
struct sluice_sink {
  sluice_sink(std::string name, std::unique_ptr<sluice::SinkDevice> where, std::size_t room)
      : target(std::move(name)), device(std::move(where)), queue(room) {}

  const std::string target;
  std::unique_ptr<sluice::SinkDevice> device;  // writing thread
  sluice::SinkQueue queue;
  std::atomic<std::uint64_t> dropped = 0;
  std::size_t opens = 0;  // under Sinks::lock_

  // Writing thread: what was taken from the queue and not yet from here.
  std::string batch;
  std::size_t written = 0;  // of batch
  bool is_torn = false;     // the target ends in half a line
  bool is_failing = false;  // said so in the log
  std::uint64_t lost = 0;   // lines since it began to fail
};

namespace sluice {

class Sinks {
 public:
  Sinks() = default;
  ~Sinks() { stop(); }
  Sinks(const Sinks&) = delete;
  Sinks& operator=(const Sinks&) = delete;

  // See <sluice/ext/sink.h>. The error names the target.
  std::expected<sluice_sink*, std::string> open(std::string_view target, std::uint64_t queue);
  bool write(sluice_sink& sink, std::string_view lines);
  void close(sluice_sink& sink);

  // Files that were not opened yet are, soon, on the writing thread; for when a configuration is taken. [any-thread]
  void prepare();
  // Files are opened again by name, soon, on the writing thread; one that cannot be keeps its old file and is named in the
  // log. [any-thread]
  void reopen();
  // Everything queued before the call has been handed to its target, or dropped. For tests and before a process ends.
  // [any-thread but the writing one]
  void flush();
  // Flush, at most for a second, then end the thread. Lines that come later are dropped. Again is no work.
  void stop();

  // The process's one, and the ability's table over it.
  static Sinks& process();
  static const sluice_sink_api& ability();

 private:
  void run();
  void work_through(const std::vector<std::shared_ptr<sluice_sink>>& sinks, bool prepare, bool reopen);
  void drain(sluice_sink& sink);
  void fail(sluice_sink& sink, int fault);
  void wake();
  void forget_closed();

  std::mutex lock_;
  std::condition_variable wake_;  // the writing thread waits
  std::condition_variable done_;  // flush() waits
  std::vector<std::shared_ptr<sluice_sink>> sinks_;
  std::thread thread_;
  bool is_stopping_ = false;
  bool must_prepare_ = false;
  bool must_reopen_ = false;
  bool must_look_ = false;
  std::uint64_t rounds_begun_ = 0;  // passes over all sinks
  std::uint64_t rounds_done_ = 0;
  std::atomic<bool> is_asleep_ = false;  // waits without a time limit: a line must wake it
};

}  // namespace sluice
