#include "net/timeout.h"

#include "net/loop.h"

namespace sluice {

void Timeout::arm(TimeoutList& list) {
  cancel();
  list.push(*this);
}

void Timeout::cancel() {
  if (list_ != nullptr) list_->unlink(*this);
}

void TimeoutList::push(Timeout& entry) {
  entry.list_ = this;
  entry.deadline_ms_ = loop_.now_ms() + static_cast<std::uint64_t>(length_.count());
  entry.previous_ = tail_;
  entry.next_ = nullptr;
  (tail_ != nullptr ? tail_->next_ : head_) = &entry;
  tail_ = &entry;
  loop_.wake_by(entry.deadline_ms_);
}

void TimeoutList::unlink(Timeout& entry) {
  (entry.previous_ != nullptr ? entry.previous_->next_ : head_) = entry.next_;
  (entry.next_ != nullptr ? entry.next_->previous_ : tail_) = entry.previous_;
  entry.next_ = entry.previous_ = nullptr;
  entry.list_ = nullptr;
}

void TimeoutList::expire(std::uint64_t now_ms) {
  while (head_ != nullptr && head_->deadline_ms_ <= now_ms) {
    Timeout& due = *head_;
    unlink(due);
    Turn turn(loop_);
    due.fn_(due.arg_);
  }
}

}  // namespace sluice
