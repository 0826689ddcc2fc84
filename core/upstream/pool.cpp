#include "upstream/pool.h"

#include <algorithm>
#include <bit>

namespace sluice {

using h1::H1UpstreamSession;

namespace {

// Down to a power of two: each length of time has a list of its own in the loop (net/timeout.h), and servers choose this one.
std::chrono::seconds rounded(std::chrono::seconds time) {
  return std::chrono::seconds(std::bit_floor(static_cast<std::uint64_t>(time.count())));
}

}  // namespace

void Pool::List::push(Session& session) {
  session.owner_list = this;
  session.previous = nullptr;
  session.next = head;
  if (head != nullptr) head->previous = &session;
  head = &session;
  ++size;
}

void Pool::List::remove(Session& session) {
  if (session.owner_list != this) return;
  session.owner_list = nullptr;
  (session.previous != nullptr ? session.previous->next : head) = session.next;
  if (session.next != nullptr) session.next->previous = session.previous;
  session.next = session.previous = nullptr;
  --size;
}

Pool::Pool(Loop& loop, std::shared_ptr<Endpoint> endpoint, const Connector& connector)
    : loop_(loop), endpoint_(std::move(endpoint)), connector_(connector) {}

Pool::~Pool() {
  Turn turn(loop_);
  while (idle_.head != nullptr)
    idle_.head->close();
  while (connecting_.head != nullptr) {
    connecting_.head->waiter = nullptr;
    connecting_.head->close();
  }
}

Pool::Acquired Pool::acquire(const PoolSettings& settings, PoolWaiter& waiter, Want want) {
  settings_ = settings;
  while (want != Want::fresh && idle_.head != nullptr) {
    // Reading stays armed while idle, so a server's close was seen unless it came in this very pass; that case is the stale
    // connection that the exchange replaces once, or that a look at the socket finds.
    Session& session = *idle_.head;
    if (want == Want::looked_at && !session.is_quiet()) {
      session.close();
      continue;
    }
    idle_.remove(session);
    session.timeout.cancel();
    return {&session, {}};
  }
  auto transport = connector_(loop_, endpoint_->address());
  if (transport == nullptr) return {nullptr, make_error(ErrorCode::overloaded, "no socket to be had")};
  auto* session = new Session(std::move(transport), settings_.limits, *this);
  ++sessions_;
  session->waiter = &waiter;
  connecting_.push(*session);
  session->owner = this;
  session->timeout.set(
      [](void* arg) {
        auto& late = *static_cast<Session*>(arg);
        static_cast<Pool*>(late.owner)->connect_late(late);
      },
      session);
  if (settings_.connect_timeout.count() > 0) session->timeout.arm(loop_.timeouts(settings_.connect_timeout));
  return {};
}

void Pool::connect_late(Session& session) {
  auto* waiter = static_cast<PoolWaiter*>(std::exchange(session.waiter, nullptr));
  Error error = make_error(ErrorCode::connect_timeout, endpoint_->text());
  error.retryable = true;
  session.close();
  if (waiter != nullptr) waiter->on_pool_ready(nullptr, error);
}

void Pool::cancel(PoolWaiter& waiter) {
  for (auto* session = connecting_.head; session != nullptr; session = session->next)
    if (session->waiter == &waiter) session->waiter = nullptr;
}

void Pool::on_session_open(Session& session, const Error& error) {
  session.timeout.cancel();
  connecting_.remove(session);
  auto* waiter = static_cast<PoolWaiter*>(std::exchange(session.waiter, nullptr));
  if (waiter != nullptr)
    waiter->on_pool_ready(error ? nullptr : &session, error);
  else if (!error) {
    session.mark_pooled();
    on_session_idle(session);
  }
}

void Pool::on_session_idle(Session& session) {
  const bool worn = settings_.max_requests != 0 && session.requests() >= settings_.max_requests;
  const bool gone = retired_ || (endpoint_->blocks() & block_gone) != 0;
  if (gone || worn || idle_.size >= settings_.max_idle || settings_.idle_timeout.count() == 0) {
    session.close();
    return;
  }
  idle_.push(session);
  auto wait = settings_.idle_timeout;
  // A second before the server's own time, so that no request is under way when it closes.
  if (session.promised_idle().count() > 0)
    wait = std::min<std::chrono::milliseconds>(
        wait, rounded(std::max(session.promised_idle() - std::chrono::seconds(1), std::chrono::seconds(1))));
  session.timeout.set([](void* arg) { static_cast<Session*>(arg)->close(); }, &session);
  session.timeout.arm(loop_.timeouts(wait));
}

void Pool::on_session_closed(Session& session) {
  idle_.remove(session);
  connecting_.remove(session);
  --sessions_;
  loop_.defer([](void* dead) { delete static_cast<H1UpstreamSession*>(dead); }, &session);
}

void Pool::retire() {
  retired_ = true;
  drop_idle();
}

void Pool::drop_idle() {
  while (idle_.head != nullptr)
    idle_.head->close();
}

Pool& PoolTable::of(const std::shared_ptr<Endpoint>& endpoint) {
  if (pools_.size() >= look_at_) forget_gone();
  auto& pool = pools_[endpoint.get()];
  if (pool == nullptr) pool = std::make_unique<Pool>(loop_, endpoint, connector_);
  pool->revive();  // it is wanted again
  return *pool;
}

void PoolTable::drop_gone() {
  for (auto& [endpoint, pool] : pools_)
    if ((endpoint->blocks() & block_gone) != 0) pool->drop_idle();
}

void PoolTable::forget_gone() {
  std::erase_if(pools_, [](auto& entry) {
    Pool& pool = *entry.second;
    return (pool.endpoint().blocks() & block_gone) != 0 && pool.unused();
  });
  look_at_ = std::max<std::size_t>(64, 2 * pools_.size());
}

void PoolTable::keep_only(const std::unordered_set<const Endpoint*>& endpoints) {
  for (auto it = pools_.begin(); it != pools_.end();) {
    const bool wanted = endpoints.contains(it->first);
    if (wanted)
      it->second->revive();
    else
      it->second->retire();
    it = !wanted && it->second->unused() ? pools_.erase(it) : std::next(it);
  }
}

}  // namespace sluice
