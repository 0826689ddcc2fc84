#include "exchange/hedge.h"

#include <utility>

namespace sluice {

Hedge::Hedge(HedgeOwner& owner, ExchangeHome& home, const Group& group,
             std::shared_ptr<const EndpointSet> set, int member, Arena& arena)
    : owner_(owner),
      home_(home),
      group_(group),
      set_(std::move(set)),
      member_(member),
      head_(arena),
      began_ns_(home.loop().now_ns()) {}

Hedge::~Hedge() { cancel(); }

void Hedge::cancel() {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->cancel(*this);
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->finish();
  if (!std::exchange(counted_, false)) return;
  endpoint().leave();
  group_.share().queue.room();
}

void Hedge::start() {
  Pool& pool = home_.pools().of(set_->members()[static_cast<std::size_t>(member_)].endpoint);
  auto got = pool.acquire(group_.settings(), *this, Pool::Want::any);
  if (got.session != nullptr)
    send(*got.session);
  else if (got.error)
    fail(got.error);
  else
    pool_ = &pool;
}

UpstreamStream* Hedge::release() {
  counted_ = false;
  return std::exchange(stream_, nullptr);
}

void Hedge::on_pool_ready(h1::H1UpstreamSession* session, const Error& error) {
  pool_ = nullptr;
  if (session != nullptr)
    send(*session);
  else
    fail(error);
}

void Hedge::send(UpstreamStream& stream) {
  stream_ = &stream;
  stream.set_sink(*this);
  sent_ns_ = home_.loop().now_ns();
  owner_.send_hedge(stream, endpoint(), head_);
}

void Hedge::on_stream_event(const Event& event) {
  if (std::holds_alternative<HeadersEvent>(event)) {
    if (!head_.is_interim()) owner_.on_hedge_head(*this);
  } else if (auto* abort = std::get_if<AbortEvent>(&event)) {
    stale_ = stream_ != nullptr && stream_->is_reused() && !stream_->has_response_bytes();
    if (abort->gone) stream_ = nullptr;
    fail(abort->error);
  }
}

void Hedge::fail(const Error& error) { owner_.on_hedge_failed(*this, error); }

}  // namespace sluice
