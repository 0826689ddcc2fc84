#include "net/loop.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace sluice {
namespace {
thread_local Loop* current_loop = nullptr;
}

Loop* Loop::current() { return current_loop; }

Flushable::~Flushable() {
  // A flushable may die in the turn that queued it; its place in the list is left empty.
  if (queued_in_ != nullptr)
    std::replace(queued_in_->flush_.begin(), queued_in_->flush_.end(), this,
                 static_cast<Flushable*>(nullptr));
}

Loop::Loop() : read_buffer_(static_cast<char*>(::operator new(kReadBuffer, std::align_val_t{kPage}))) {
  if (int status = uv_loop_init(&loop_); status != 0) throw std::runtime_error(uv_strerror(status));
  uv_async_init(&loop_, &wake_, [](uv_async_t* handle) { static_cast<Loop*>(handle->data)->run_posted(); });
  wake_.data = this;
  uv_timer_init(&loop_, &tick_);
  tick_.data = this;
  uv_prepare_init(&loop_, &prepare_);
  prepare_.data = this;
  uv_prepare_start(&prepare_, [](uv_prepare_t* handle) { ++static_cast<Loop*>(handle->data)->pass_; });
  uv_unref(reinterpret_cast<uv_handle_t*>(&prepare_));
  uv_unref(reinterpret_cast<uv_handle_t*>(&tick_));
  uv_unref(reinterpret_cast<uv_handle_t*>(&wake_));
  mailbox_ = std::make_shared<Mailbox>();
  mailbox_->wake_ = &wake_;
  flush_.reserve(64);
  deferred_.reserve(64);
}

Loop::~Loop() {
  // What post() has taken is run: the mailbox closes in the moment in which it is found empty.
  for (bool is_open = true; is_open;) {
    run_posted();
    std::lock_guard lock(mailbox_->mutex_);
    is_open = !mailbox_->tasks_.empty();
    if (!is_open) mailbox_->wake_ = nullptr;
  }
  run_posted();
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&tick_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), nullptr);
  while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {}
  if (current_loop == this) current_loop = nullptr;
  [[maybe_unused]] int status = uv_loop_close(&loop_);
  assert(status == 0 && "a handle outlived its loop");
}

void Loop::run() {
  current_loop = this;
  uv_ref(reinterpret_cast<uv_handle_t*>(&wake_));
  uv_run(&loop_, UV_RUN_DEFAULT);
  current_loop = nullptr;
  uv_unref(reinterpret_cast<uv_handle_t*>(&wake_));
}

bool Loop::run_once(bool wait) {
  current_loop = this;
  // Without a handle that counts, libuv would not look for posted tasks either.
  auto* wake = reinterpret_cast<uv_handle_t*>(&wake_);
  if (!wait) uv_ref(wake);
  uv_run(&loop_, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
  uv_unref(wake);
  return uv_loop_alive(&loop_) != 0;
}

void Loop::stop() { uv_stop(&loop_); }

void Loop::flush_later(Flushable& item) {
  if (item.queued_in_ != nullptr) return;
  assert(depth_ > 0 && "output outside a turn would never be written");
  item.queued_in_ = this;
  flush_.push_back(&item);
}

void Loop::defer(void (*fn)(void*), void* arg) {
  assert(depth_ > 0);
  deferred_.push_back({fn, arg});
}

bool Mailbox::post(std::function<void()> task) {
  std::lock_guard lock(mutex_);
  if (wake_ == nullptr) return false;
  tasks_.push_back(std::move(task));
  uv_async_send(wake_);
  return true;
}

void Loop::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    std::lock_guard lock(mailbox_->mutex_);
    tasks.swap(mailbox_->tasks_);
  }
  for (auto& task : tasks) {
    Turn turn(*this);
    task();
  }
}

void Loop::end_turn() {
  // Flushing can queue more output (back-pressure released) and deferred tasks; both lists may grow while they are walked.
  while (!flush_.empty() || !deferred_.empty()) {
    for (std::size_t i = 0; i < flush_.size(); ++i) {
      if (Flushable* item = flush_[i]) {
        item->queued_in_ = nullptr;
        flush_[i] = nullptr;
        item->flush();
      }
    }
    flush_.clear();
    kept_.clear();
    std::size_t ready = deferred_.size();
    for (std::size_t i = 0; i < ready; ++i) {
      auto [fn, arg] = deferred_[i];
      fn(arg);
    }
    deferred_.erase(deferred_.begin(), deferred_.begin() + static_cast<std::ptrdiff_t>(ready));
  }
}

TimeoutList& Loop::timeouts(std::chrono::milliseconds length) {
  for (auto& list : timeouts_)
    if (list->length() == length) return *list;
  return *timeouts_.emplace_back(std::make_unique<TimeoutList>(*this, length));
}

void Loop::wake_by(std::uint64_t deadline_ms) {
  if (deadline_ms >= wake_at_ms_) return;
  wake_at_ms_ = deadline_ms;
  auto tick = static_cast<std::uint64_t>(TimeoutList::kTick.count());
  std::uint64_t wait = deadline_ms > now_ms() + tick ? deadline_ms - now_ms() : tick;
  uv_timer_start(&tick_, [](uv_timer_t* handle) { static_cast<Loop*>(handle->data)->tick(); }, wait, 0);
}

void Loop::advance(std::chrono::milliseconds by) {
  ahead_ms_ += static_cast<std::uint64_t>(by.count());
  tick();
}

void Loop::tick() {
  wake_at_ms_ = ~std::uint64_t{0};
  std::uint64_t next = wake_at_ms_;
  // Expiring may add lists.
  for (std::size_t i = 0; i < timeouts_.size(); ++i) {
    timeouts_[i]->expire(now_ms());
    next = std::min(next, timeouts_[i]->next_ms());
  }
  if (next != ~std::uint64_t{0}) wake_by(next);
}

}  // namespace sluice
