#include "plugin/sinks.h"

#include <fmt/core.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

// Under load the thread looks this often: batches are large, and workers never pay for waking it.
constexpr auto kPause = 10ms;
// So many looks in vain, and it sleeps until it is woken.
constexpr int kVainLooks = 50;
constexpr auto kFarewell = 1s;
constexpr std::uint64_t kLeastQueue = 64 * 1024;  // bytes per worker; a line can be nearly that long
constexpr std::uint64_t kMostQueue = 1ull << 30;

constexpr std::size_t kKeptBatch = 4u << 20;  // bytes of memory that outlast a burst

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

std::expected<sluice_sink*, std::string> Sinks::open(std::string_view target, std::uint64_t queue) {
  std::lock_guard hold(lock_);
  for (const auto& each : sinks_) {
    if (each->target != target) continue;
    ++each->opens;
    return each.get();
  }
  auto device = SinkDevice::open(target);
  if (!device) return std::unexpected(std::move(device.error()));
  auto room = static_cast<std::size_t>(std::clamp(queue, kLeastQueue, kMostQueue));
  auto sink = std::make_shared<sluice_sink>(std::string(target), std::move(*device), room);
  sink->opens = 1;
  sinks_.push_back(sink);
  if (!thread_.joinable() && !is_stopping_) thread_ = std::thread([this] { run(); });
  return sink.get();
}

bool Sinks::write(sluice_sink& sink, std::string_view lines) {
  auto added = sink.queue.add(lines);
  if (added == SinkQueue::Added::no) {
    sink.dropped.fetch_add(lines_in(lines), std::memory_order_relaxed);
    return false;
  }
  // Sequentially consistent here and in the queue: either this sees the thread asleep, or the thread sees the line.
  if (added == SinkQueue::Added::yes_and_filling || is_asleep_.load()) wake();
  return true;
}

void Sinks::close(sluice_sink& sink) {
  {
    std::lock_guard hold(lock_);
    --sink.opens;
  }
  wake();
}

void Sinks::wake() {
  {
    std::lock_guard hold(lock_);
    must_look_ = true;
  }
  wake_.notify_one();
}

void Sinks::prepare() {
  {
    std::lock_guard hold(lock_);
    must_prepare_ = true;
    must_look_ = true;
  }
  wake_.notify_one();
}

void Sinks::reopen() {
  {
    std::lock_guard hold(lock_);
    must_reopen_ = true;
    must_look_ = true;
  }
  wake_.notify_one();
}

void Sinks::flush() {
  std::unique_lock hold(lock_);
  if (!thread_.joinable() || is_stopping_) return;
  // A pass that has begun may have gone by a line; the one after it has not.
  auto wanted = rounds_begun_ + 1;
  must_look_ = true;
  wake_.notify_one();
  done_.wait_for(hold, kFarewell, [&] { return rounds_done_ >= wanted; });
}

void Sinks::stop() {
  flush();
  {
    std::lock_guard hold(lock_);
    is_stopping_ = true;
    must_look_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Sinks::run() {
  // Signals are the control thread's; a closed pipe is an error code here.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);

  int vain = 0;
  std::unique_lock hold(lock_);
  while (!is_stopping_) {
    auto woken = [&] {
      return must_look_ || is_stopping_;
    };
    if (vain < kVainLooks) {
      wake_.wait_for(hold, kPause, woken);
    } else {
      is_asleep_.store(true);
      auto has_lines =
          std::any_of(sinks_.begin(), sinks_.end(), [](const auto& each) { return !each->queue.is_empty(); });
      if (!has_lines) wake_.wait(hold, woken);
      is_asleep_.store(false);
    }
    auto had_lines = std::any_of(sinks_.begin(), sinks_.end(), [](const auto& each) {
      return !each->queue.is_empty() || !each->batch.empty();
    });
    vain = had_lines || must_look_ ? 0 : vain + 1;
    must_look_ = false;
    auto must_prepare = std::exchange(must_prepare_, false);
    auto must_reopen = std::exchange(must_reopen_, false);
    auto sinks = sinks_;
    ++rounds_begun_;
    hold.unlock();
    work_through(sinks, must_prepare, must_reopen);
    sinks.clear();
    hold.lock();
    rounds_done_ = rounds_begun_;
    forget_closed();
    done_.notify_all();
  }
}

void Sinks::work_through(const std::vector<std::shared_ptr<sluice_sink>>& sinks, bool prepare, bool reopen) {
  for (const auto& sink : sinks) {
    if (prepare)
      if (int fault = sink->device->prepare(); fault != 0) fail(*sink, fault);
    drain(*sink);
    if (!reopen) continue;
    if (int fault = sink->device->reopen(); fault != 0)
      log::error("cannot reopen {}: {}; lines go on to the file that was open", sink->target,
                 std::strerror(fault));
  }
}

// Queue to device, as far as it goes now.
void Sinks::drain(sluice_sink& sink) {
  // What a slow target has not taken stays in front; the queue then fills, and drops.
  if (sink.batch.empty()) {
    if (sink.is_torn) sink.batch = "\n";
    auto before = sink.batch.size();
    sink.queue.take(sink.batch);
    if (sink.batch.size() == before) {
      sink.batch.clear();
      return;
    }
  }
  auto outcome = sink.device->write(std::string_view(sink.batch).substr(sink.written));
  sink.written += outcome.taken;
  if (outcome.taken > 0) sink.is_torn = sink.batch[sink.written - 1] != '\n';
  if (outcome.fault != 0) {
    fail(sink, outcome.fault);
  } else if (sink.is_failing && outcome.taken > 0) {
    log::warn("{} takes lines again; {} were lost", sink.target, sink.lost);
    sink.is_failing = false;
    sink.lost = 0;
  }
  if (outcome.fault == 0 && sink.written < sink.batch.size()) return;
  sink.batch.clear();
  sink.written = 0;
  if (sink.batch.capacity() > kKeptBatch) sink.batch = {};
}

void Sinks::fail(sluice_sink& sink, int fault) {
  auto lost = lines_in(std::string_view(sink.batch).substr(sink.written));
  sink.dropped.fetch_add(lost, std::memory_order_relaxed);
  sink.lost += lost;
  if (sink.is_failing) return;
  sink.is_failing = true;
  log::error("cannot write to {}: {}; lines are lost until it can be", sink.target, std::strerror(fault));
}

// A closed sink goes when a whole pass found nothing left in it. Under lock_.
void Sinks::forget_closed() {
  std::erase_if(sinks_, [](const auto& each) {
    return each->opens == 0 && each->batch.empty() && each->queue.is_empty();
  });
}

Sinks& Sinks::process() {
  // Never destroyed: plugins may write until the very end. stop() is for whoever ends the process.
  static auto* only = new Sinks;
  return *only;
}

const sluice_sink_api& Sinks::ability() {
  static const sluice_sink_api table{
      sizeof(sluice_sink_api),
      [](const char* target, size_t size, uint64_t queue, sluice_str* why) -> sluice_sink* {
        thread_local std::string reason;
        auto sink = process().open({target, size}, queue);
        if (sink) return *sink;
        reason = std::move(sink.error());
        if (why) *why = {reason.data(), reason.size()};
        return nullptr;
      },
      [](sluice_sink* sink, const char* lines, size_t size) { return process().write(*sink, {lines, size}); },
      [](sluice_sink* sink) -> uint64_t { return sink->dropped.load(std::memory_order_relaxed); },
      [](sluice_sink* sink) { process().close(*sink); },
  };
  return table;
}

}  // namespace sluice
