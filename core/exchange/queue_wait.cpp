// Waiting for an endpoint with room (upstream/queue.h).
#include "exchange/exchange.h"

namespace sluice {

void Exchange::wait_for_room() {
  const auto& settings = group_object()->settings().queue;
  auto& queue = group_object()->share().queue;
  if (settings.max == 0) {
    fail(make_error(ErrorCode::overloaded, group_object()->name() + ": every endpoint has max_in_flight"));
    return;
  }
  const bool fresh = ticket_ == nullptr;
  if (fresh)
    ticket_ = std::make_shared<QueueTicket>(
        home_.loop().mailbox(), [](void* owner) { static_cast<Exchange*>(owner)->on_room(); }, this);
  stage_ = Stage::waiting;
  if (fresh) {
    const auto place = queue.push(ticket_, settings.max);
    if (place == Queue::Place::none) {
      ticket_.reset();
      fail(make_error(ErrorCode::overloaded, group_object()->name() + ": its queue is full"));
      return;
    }
    arm(wait_timeout_, settings.timeout);
    if (place == Queue::Place::behind) return;
  } else {
    queue.push_front(ticket_);
  }
  // Room that came before this exchange was in the queue told nobody.
  bool full = false;
  const int chosen = choose(full);
  if (chosen < 0) return;
  leave_queue();
  wait_timeout_.cancel();
  enter(chosen);
}

void Exchange::on_room() {
  bool full = false;
  const int chosen = choose(full);
  if (chosen < 0) {
    if (full) {
      wait_for_room();
      return;
    }
    leave_queue();
    wait_timeout_.cancel();
    after_balance();
    return;
  }
  ticket_.reset();
  wait_timeout_.cancel();
  enter(chosen);
}

// One that has been told of room and does not take it tells the next.
void Exchange::leave_queue() {
  if (ticket_ == nullptr) return;
  ticket_->owner = nullptr;
  auto& queue = group_object()->share().queue;
  if (!queue.remove(*ticket_)) queue.room();
  ticket_.reset();
}

}  // namespace sluice
