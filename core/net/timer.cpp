#include "net/timer.h"

#include "net/loop.h"

namespace sluice {

Timer* Timer::start(Loop& loop, std::uint64_t milliseconds, void (*fn)(void*), void* arg, TimerList* list) {
  auto* timer = new Timer;
  timer->loop_ = &loop;
  timer->fn_ = fn;
  timer->arg_ = arg;
  if (list != nullptr) {
    timer->list_ = list;
    timer->next_ = list->first_;
    if (list->first_ != nullptr) list->first_->previous_ = timer;
    list->first_ = timer;
  }
  uv_timer_init(loop.uv(), &timer->handle_);
  timer->handle_.data = timer;
  // The loop's clock may be a long hook old; the wait counts from now.
  uv_update_time(loop.uv());
  uv_timer_start(
      &timer->handle_,
      [](uv_timer_t* handle) {
        auto* due = static_cast<Timer*>(handle->data);
        Turn turn(*due->loop_);
        auto* call = due->fn_;
        auto* with = due->arg_;
        due->cancel();
        call(with);
      },
      milliseconds, 0);
  return timer;
}

void Timer::cancel() {
  if (list_ != nullptr) {
    (previous_ != nullptr ? previous_->next_ : list_->first_) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_),
           [](uv_handle_t* handle) { delete static_cast<Timer*>(handle->data); });
}

void TimerList::cancel_all() {
  while (first_ != nullptr)
    first_->cancel();
}

}  // namespace sluice
