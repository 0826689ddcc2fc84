// Hooks that wait: a hook that returns Task<Verdict> or Task<> may `co_await` and goes on later, on the same worker.
//
//   sluice::Task<> on_request(sluice::Exchange ex) { co_await sluice::sleep(ex, 100ms); }
//
// The first wait turns the call into SLUICE_PAUSE; what the coroutine returns is the hook's verdict. When the exchange ends
// during a wait the coroutine is destroyed where it stands: destructors of its locals run, but must not touch the exchange.
// A coroutine costs an allocation per call; a hook that waits only now and then can decide first and call one that does.
// After a wait ask a Chunk for its bytes again: they may have moved.
//
//   hook -> Run::go -> [waits: Wait takes the token] -> PAUSE ... resume, any thread -> Run::go -> verdict
#ifndef SLUICE_CPP_TASK_HPP
#define SLUICE_CPP_TASK_HPP

#include <sluice/ext/timer.h>
#include <sluice/cpp/exchange.hpp>

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice SLUICE_HIDDEN {

template <class T = void>
class Task;

namespace detail {

class Run;

struct PromiseBase {
  Run* run = nullptr;
  std::coroutine_handle<> parent;
  std::exception_ptr fault;

  struct Final {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> done) noexcept {
      auto parent = done.promise().parent;
      return parent ? parent : std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() { fault = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  void return_value(T result) { value = std::move(result); }
  T take() {
    if (fault) std::rethrow_exception(fault);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() {
    if (fault) std::rethrow_exception(fault);
  }
};

}  // namespace detail

// A coroutine that begins when it is awaited (or, returned from a hook, at once). Awaiting one from another nests them.
template <class T>
class Task {
 public:
  using promise_type = detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> parent) {
    handle_.promise().parent = parent;
    handle_.promise().run = parent.promise().run;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

  std::coroutine_handle<promise_type> handle() const { return handle_; }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

// What a waiting coroutine and whoever ends the wait share; gone when both are done with it.
struct Wait {
  std::atomic<int> owners{2};
  sluice_token* token = nullptr;
  Run* run = nullptr;    // worker's thread only; null once the coroutine is gone
  bool dropped = false;  // nobody is left to end the wait

  Wait() = default;
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  virtual ~Wait() = default;

  void release() {
    if (owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  // From any thread, once. The caller's share goes with it.
  void end() { exchange_api().resume_with(token, on_resume, on_gone, this); }
  static sluice_verdict on_resume(sluice_exchange*, void* user);
  static void on_gone(void* user) { static_cast<Wait*>(user)->release(); }
};

// One call of a hook that is a coroutine. Worker's thread.
class Run {
 public:
  Run(sluice_exchange* ex, Task<Verdict> task) : ex_(ex), task_(std::move(task)) {
    task_.handle().promise().run = this;
    next_ = task_.handle();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Exchanges keep their waiting runs in a slot, as a list. False when there is none left.
  static bool reserve(const sluice_host* given, const char* plugin) {
    slot_ = exchange_api().slot(given, (std::string(plugin) + "/coroutines").c_str(), abandon_all);
    return slot_ >= 0;
  }

  // Goes on until the next wait or the end; at the end the run is deleted.
  sluice_verdict go() noexcept {
    std::exchange(next_, nullptr).resume();
    if (next_) {
      link();
      return SLUICE_PAUSE;
    }
    auto verdict = task_.handle().done()
                       ? finish()
                       : failed("a coroutine waited for something that is not of <sluice/...>");
    unlink();
    delete this;
    return verdict;
  }

  // From an awaiter: `handle` goes on when `wait` ends. Throws, unchanged, when there is no token to be had.
  void wait(std::coroutine_handle<> handle, Wait& wait) {
    wait.token = exchange_api().pause(ex_);
    if (!wait.token) throw std::logic_error("cannot wait here");
    wait.run = this;
    next_ = handle;
  }

  sluice_verdict failed(const char* reason) {
    exchange_api().fail_reason(ex_, reason, length(reason));
    return SLUICE_FAIL;
  }

 private:
  ~Run() = default;

  // The slot's free function: the exchange is over.
  static void abandon_all(void* first) {
    for (auto* run = static_cast<Run*>(first); run;)
      delete std::exchange(run, run->after_);
  }

  sluice_verdict finish() {
    try {
      return static_cast<sluice_verdict>(task_.handle().promise().take());
    } catch (const std::exception& fault) {
      return failed(fault.what());
    } catch (...) {
      return failed("an exception that is no std::exception");
    }
  }

  void link() {
    if (is_linked_) return;
    is_linked_ = true;
    after_ = static_cast<Run*>(exchange_api().slot_get(ex_, slot_));
    if (after_) after_->before_ = this;
    exchange_api().slot_set(ex_, slot_, this);
  }
  void unlink() {
    if (!is_linked_) return;
    if (after_) after_->before_ = before_;
    if (before_)
      before_->after_ = after_;
    else
      exchange_api().slot_set(ex_, slot_, after_);
  }

  static inline std::int32_t slot_ = -1;

  sluice_exchange* ex_;
  Task<Verdict> task_;
  std::coroutine_handle<> next_;
  bool is_linked_ = false;
  Run* before_ = nullptr;
  Run* after_ = nullptr;
};

inline sluice_verdict Wait::on_resume(sluice_exchange*, void* user) {
  auto* wait = static_cast<Wait*>(user);
  auto* run = wait->run;
  wait->release();
  return run ? run->go() : SLUICE_FAIL;
}

inline sluice_verdict start(sluice_exchange* ex, Task<Verdict> task) {
  return (new Run(ex, std::move(task)))->go();
}
inline Task<Verdict> then_proceed(Task<void> task) {
  co_await std::move(task);
  co_return Verdict::proceed;
}
inline sluice_verdict start(sluice_exchange* ex, Task<void> task) {
  return start(ex, then_proceed(std::move(task)));
}

template <class T>
struct WaitFor : Wait {
  std::optional<T> value;
};
template <>
struct WaitFor<void> : Wait {};

// The coroutine's share of a wait: part of its frame, and gone with it.
template <class T>
class WaitShare {
 public:
  WaitShare() = default;
  WaitShare(const WaitShare&) = delete;
  WaitShare& operator=(const WaitShare&) = delete;
  ~WaitShare() {
    if (!wait_) return;
    wait_->run = nullptr;
    wait_->release();
  }
  // Null-safe; the other share is the caller's.
  template <class P>
  WaitFor<T>* begin(std::coroutine_handle<P> handle) {
    auto wait = std::make_unique<WaitFor<T>>();
    handle.promise().run->wait(handle, *wait);
    return wait_ = wait.release();
  }
  WaitFor<T>* get() const { return wait_; }

 private:
  WaitFor<T>* wait_ = nullptr;
};

class Sleep {
 public:
  Sleep(Exchange ex, std::chrono::milliseconds time) : ex_(ex), time_(time) {}
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;
  // While the timer lives, its share of the wait is ours to give back.
  ~Sleep() {
    if (!timer_) return;
    api_->cancel(timer_);
    exchange_api().drop(share_.get()->token);
    share_.get()->release();
  }

  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    api_ = ability<sluice_timer_api>(SLUICE_TIMER);
    if (!api_) throw std::runtime_error("this host has no timers");
    auto* wait = share_.begin(handle);
    timer_ =
        api_->after(ex_.raw(), static_cast<std::uint64_t>(time_.count() > 0 ? time_.count() : 0), fire, this);
    if (!timer_) {
      wait->dropped = true;
      wait->end();
    }
  }
  void await_resume() const {
    if (share_.get()->dropped) throw std::runtime_error("no timer to be had");
  }

 private:
  static void fire(void* user) {
    auto* sleep = static_cast<Sleep*>(user);
    sleep->timer_ = nullptr;
    sleep->share_.get()->end();
  }

  Exchange ex_;
  std::chrono::milliseconds time_;
  const sluice_timer_api* api_ = nullptr;
  sluice_timer* timer_ = nullptr;
  WaitShare<void> share_;
};

}  // namespace detail

// Ends one wait with a T, from any thread. Destroyed unused, the wait ends with an exception in the coroutine.
template <class T>
class Resumer {
 public:
  explicit Resumer(detail::WaitFor<T>* wait) : wait_(wait) {}
  Resumer(Resumer&& other) noexcept : wait_(std::exchange(other.wait_, nullptr)) {}
  Resumer& operator=(Resumer&& other) noexcept {
    std::swap(wait_, other.wait_);
    return *this;
  }
  ~Resumer() {
    if (!wait_) return;
    wait_->dropped = true;
    wait_->end();
  }

  template <class... Value>
  void resume(Value&&... value) {
    if constexpr (sizeof...(Value) > 0) wait_->value.emplace(std::forward<Value>(value)...);
    std::exchange(wait_, nullptr)->end();
  }

 private:
  detail::WaitFor<T>* wait_;
};

namespace detail {

template <class T, class Start>
class Suspend {
 public:
  explicit Suspend(Start start) : start_(std::move(start)) {}
  Suspend(const Suspend&) = delete;
  Suspend& operator=(const Suspend&) = delete;

  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    // What start throws reaches the coroutine when the wait ends, which it does: the resumer is dropped or in use.
    try {
      start_(Resumer<T>(share_.begin(handle)));
    } catch (...) {
      if (!share_.get()) throw;
      fault_ = std::current_exception();
    }
  }
  T await_resume() {
    if (fault_) std::rethrow_exception(fault_);
    if (share_.get()->dropped) throw std::runtime_error("a wait was given up");
    if constexpr (!std::is_void_v<T>) return std::move(*share_.get()->value);
  }

 private:
  Start start_;
  std::exception_ptr fault_;
  WaitShare<T> share_;
};

}  // namespace detail

// Wait at least that long; other exchanges run meanwhile. 0: until the next turn of the loop.
inline detail::Sleep sleep(Exchange ex, std::chrono::milliseconds time) { return {ex, time}; }

// Wait for a T from anywhere: `start` gets a Resumer<T>, hands it to a thread or a library, and returns.
//   int answer = co_await sluice::suspend<int>([&](sluice::Resumer<int> done) { pool.post(std::move(done)); });
// Only through resume() may another thread give something to the coroutine: its locals are gone when the exchange ends.
template <class T = void, class Start>
detail::Suspend<T, Start> suspend(Start start) {
  return detail::Suspend<T, Start>(std::move(start));
}

}  // namespace sluice SLUICE_HIDDEN

#endif
