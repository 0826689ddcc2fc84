// Exchanges that wait for an endpoint with room: one queue per upstream for the whole process, first come, first served.
//
//   pick() finds all full -> push() -> ... somebody leaves an endpoint: room() -> the first one's worker is told -> it picks again
//
// Whoever is told has left the queue and picks like anyone else; one that finds no room again goes back to the front with
// push_front(). Whoever comes while others wait goes behind them without looking. [any-thread]
#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>

#include "net/loop.h"

namespace sluice {

// One wait. `on_room(owner)` runs in a turn of the loop that waits, unless `owner` was set to null there before.
struct QueueTicket {
  std::shared_ptr<Mailbox> mailbox;
  void (*on_room)(void* owner);
  void* owner;  // on the loop's thread only
};

class Queue {
 public:
  enum class Place : std::uint8_t { none, first, behind };
  // `none`: `most` wait already, and nothing is queued. `first`: nobody was before it, so it must look once more; room that comes
  // while somebody waits always tells somebody.
  Place push(std::shared_ptr<QueueTicket> ticket, std::size_t most);
  void push_front(std::shared_ptr<QueueTicket> ticket);
  // It waits no more; whether it was still queued. One that was told already and does not want its turn calls room().
  bool remove(const QueueTicket& ticket);
  // An endpoint has room for one more. Costs one load while nobody waits.
  void room() {
    if (size_.load(std::memory_order_seq_cst) != 0) tell(1);
  }
  // Endpoints have come, or are available again.
  void room_for_all() {
    if (size_.load(std::memory_order_acquire) != 0) tell(size());
  }
  std::size_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  void tell(std::size_t count);
  void publish();

  std::mutex lock_;
  std::list<std::shared_ptr<QueueTicket>> waiting_;  // allocates nothing while it is empty
  std::atomic<std::size_t> size_{0};
};

}  // namespace sluice
