#include "upstream/queue.h"

#include <algorithm>

namespace sluice {

Queue::Place Queue::push(std::shared_ptr<QueueTicket> ticket, std::size_t most) {
  std::lock_guard lock(lock_);
  if (waiting_.size() >= most) return Place::none;
  const auto place = waiting_.empty() ? Place::first : Place::behind;
  waiting_.push_back(std::move(ticket));
  publish();
  return place;
}

// In one order with Endpoint::in_flight() and leave(): whoever enqueues and looks once more sees the room, or who makes it sees the
// ticket.
void Queue::publish() { size_.store(waiting_.size(), std::memory_order_seq_cst); }

void Queue::push_front(std::shared_ptr<QueueTicket> ticket) {
  std::lock_guard lock(lock_);
  waiting_.push_front(std::move(ticket));
  publish();
}

bool Queue::remove(const QueueTicket& ticket) {
  std::lock_guard lock(lock_);
  const auto found =
      std::ranges::find_if(waiting_, [&ticket](auto& waiting) { return waiting.get() == &ticket; });
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  publish();
  return true;
}

void Queue::tell(std::size_t count) {
  for (; count > 0; --count) {
    std::shared_ptr<QueueTicket> first;
    {
      std::lock_guard lock(lock_);
      if (waiting_.empty()) return;
      first = std::move(waiting_.front());
      waiting_.pop_front();
      publish();
    }
    const auto mailbox = first->mailbox;
    // A worker that has ended takes nothing: the next one is told.
    const bool told = mailbox->post([ticket = std::move(first)] {
      if (ticket->owner != nullptr) ticket->on_room(ticket->owner);
    });
    if (!told) ++count;
  }
}

}  // namespace sluice
