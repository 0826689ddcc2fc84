// One worker thread's event loop: libuv, with turns, deferred work, coarse timeouts and one shared read buffer.
//
// Every entry from libuv into Sluice opens a Turn. Inside a turn, outgoing bytes are only collected and objects are only
// marked for deletion; when the outermost turn closes, first what was collected is written (Flushable), then deferred tasks
// run, until neither is left. So nothing is freed under its caller's feet, views into the read buffer stay valid for the
// whole turn, and one turn makes one write per connection.
//
//   uv callback -> Turn{ sink callbacks: parse, hooks, collect output } -> ~Turn: flush all -> deferred tasks -> back to uv
//
// Owned by its worker; all methods but post() are for the loop's own thread.
#pragma once

#include <uv.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <vector>

#include "base/byte_queue.h"
#include "net/timeout.h"

namespace sluice {

// Something with collected output: written when the turn ends.
class Flushable {
 public:
  virtual void flush() = 0;

 protected:
  virtual ~Flushable();  // leaves the list

 private:
  friend class Loop;
  Loop* queued_in_ = nullptr;
};

// Tasks for a loop from other threads; outlives it.
class Mailbox {
 public:
  // False, and the task is dropped, when the loop is gone. [any-thread]
  bool post(std::function<void()> task);

 private:
  friend class Loop;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  uv_async_t* wake_ = nullptr;  // null: closed
};

class Loop {
 public:
  // Bytes one read may bring: the shared buffer. A little under 64 KiB, what a socket buffer often holds, so that what was read
  // leaves loopback in one packet (65,483 bytes) and not with a crumb behind it. It begins on a page: the kernel's copies to and
  // from it cost up to a half more at other places (measured with 1 MiB responses on an AMD EPYC).
  static constexpr std::size_t kReadBuffer = 64 * 1024 - 64;

  Loop();
  ~Loop();  // closes its own handles; every other handle must have been closed, and runs the loop until all are gone
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t* uv() { return &loop_; }
  // Run until stop(), or until no handle keeps it alive.
  void run();
  // One pass; for tests. True while handles are alive.
  bool run_once(bool wait);
  void stop();

  // Milliseconds of the loop's clock, cached once per pass.
  std::uint64_t now_ms() const { return uv_now(&loop_) + ahead_ms_; }
  // For tests: the clock of Timeouts jumps ahead by `by`, and what is then due fires. Timers (net/timer.h) do not see it.
  void advance(std::chrono::milliseconds by);
  std::span<char> read_buffer() { return {read_buffer_.get(), kReadBuffer}; }

  // Write at the end of the turn. Twice is once.
  void flush_later(Flushable& item);
  // Keep bytes that queued output views until the coming flush.
  void keep_until_flushed(ByteQueue&& bytes) { kept_.push_back(std::move(bytes)); }
  // Run at the end of the turn, after the flush. `fn(arg)`.
  void defer(void (*fn)(void*), void* arg);
  // Run on the loop's thread soon, in a turn. [any-thread]
  void post(std::function<void()> task) { mailbox_->post(std::move(task)); }
  // For threads that may outlive the loop.
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  // The loop that runs on this thread; null elsewhere.
  static Loop* current();

  // The list of timeouts of this length, made at first use. Lengths come from the configuration: there are few.
  TimeoutList& timeouts(std::chrono::milliseconds length);

  // True while a turn deals with a read that filled the whole read buffer: the rest of it is read right after this turn.
  bool expects_more() const { return expects_more_; }
  void expect_more(bool more) { expects_more_ = more; }

  // Which pass of the loop this is: a connection takes a bounded share of each (socket_transport.cpp).
  std::uint32_t pass() const { return pass_; }

  // Nanoseconds of the monotonic clock. Read once in a turn, and again after clock_is_stale(): asking costs as much as a
  // hundred instructions, and a request would ask six times.
  std::uint64_t now_ns() {
    if (now_ns_ == 0) now_ns_ = uv_hrtime();
    return now_ns_;
  }
  // Something ran that may have taken long (a hook).
  void clock_is_stale() { now_ns_ = 0; }

  // Turns in progress (0 outside).
  int depth() const { return depth_; }

 private:
  friend class Turn;
  friend class Flushable;
  friend class TimeoutList;
  void end_turn();
  void tick();
  void wake_by(std::uint64_t deadline_ms);
  void run_posted();

  struct AlignedDelete {
    void operator()(char* memory) const { ::operator delete(memory, std::align_val_t{kPage}); }
  };
  static constexpr std::size_t kPage = 4096;
  struct Deferred {
    void (*fn)(void*);
    void* arg;
  };

  uv_loop_t loop_;
  uv_async_t wake_;
  uv_timer_t tick_;
  uv_prepare_t prepare_;                          // counts passes
  std::uint64_t wake_at_ms_ = ~std::uint64_t{0};  // what the tick is set for
  std::uint64_t now_ns_ = 0;
  std::uint64_t ahead_ms_ = 0;  // advance()
  int depth_ = 0;
  std::uint32_t pass_ = 0;
  bool expects_more_ = false;
  std::unique_ptr<char, AlignedDelete> read_buffer_;
  std::vector<Flushable*> flush_;
  std::vector<Deferred> deferred_;
  std::vector<ByteQueue> kept_;
  std::vector<std::unique_ptr<TimeoutList>> timeouts_;
  std::shared_ptr<Mailbox> mailbox_;
};

// Opened by every callback from libuv.
class Turn {
 public:
  explicit Turn(Loop& loop) : loop_(loop) { ++loop_.depth_; }
  ~Turn() {
    if (loop_.depth_ == 1) {
      loop_.end_turn();
      loop_.clock_is_stale();
      loop_.expects_more_ = false;
    }
    --loop_.depth_;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Loop& loop_;
};

}  // namespace sluice
