// A second request beside a slow first one: the first response to begin counts, and the other request is cancelled.
//
//   primary sent --delay--> Hedge: acquire -> send -> head --good--> the exchange takes its stream over, the primary is cancelled
//                                                   '--bad status, failure--> the hedge is dropped, the primary goes on
//   the primary fails while the hedge is under way: the exchange takes the hedge's stream over as its attempt
//   the primary's head comes: the hedge is dropped
//
// For requests without a body that may be sent twice, on the first attempt, and not where a hook has picked the endpoint. The hedge
// carries the same header that on_upstream_request has made for the primary; hooks do not run for it. Owned by its exchange. [loop]
#pragma once

#include <memory>

#include "exchange/facts.h"
#include "http/stream.h"

namespace sluice {

class Hedge;

class HedgeOwner {
 public:
  virtual ~HedgeOwner() = default;
  // Send the request on this stream; the response goes to `head`.
  virtual void send_hedge(UpstreamStream& stream, const Endpoint& endpoint, ResponseHead& head) = 0;
  // The final head is in head(); nothing else has been read.
  virtual void on_hedge_head(Hedge& hedge) = 0;
  virtual void on_hedge_failed(Hedge& hedge, const Error& error) = 0;
};

class Hedge final : private PoolWaiter, private StreamSink {
 public:
  // `member` of `set`, whose endpoint counts it already (Endpoint::enter).
  Hedge(HedgeOwner& owner, ExchangeHome& home, const Group& group, std::shared_ptr<const EndpointSet> set,
        int member, Arena& arena);
  ~Hedge() override;  // what is under way is cancelled
  Hedge(const Hedge&) = delete;
  Hedge& operator=(const Hedge&) = delete;

  // Ends what is under way; the owner hears nothing more.
  void cancel();
  // May end in a call of the owner's.
  void start();
  int member() const { return member_; }
  const std::shared_ptr<const EndpointSet>& set() const { return set_; }
  ResponseHead& head() { return head_; }
  std::uint64_t began_ns() const { return began_ns_; }
  std::uint64_t sent_ns() const { return sent_ns_; }
  // Its connection had served before and died without an answer: that says nothing of the endpoint.
  bool may_be_stale() const { return stale_; }
  bool is_sent() const { return stream_ != nullptr; }
  // The stream and the endpoint's count are the owner's now.
  UpstreamStream* release();

 private:
  void on_pool_ready(h1::H1UpstreamSession* session, const Error& error) override;
  void on_stream_event(const Event& event) override;
  void on_stream_notice(Notice) override {}
  void send(UpstreamStream& stream);
  void fail(const Error& error);
  Endpoint& endpoint() { return *set_->members()[static_cast<std::size_t>(member_)].endpoint; }

  HedgeOwner& owner_;
  ExchangeHome& home_;
  const Group& group_;
  std::shared_ptr<const EndpointSet> set_;
  int member_;
  ResponseHead head_;
  Pool* pool_ = nullptr;  // while acquiring
  UpstreamStream* stream_ = nullptr;
  std::uint64_t began_ns_;
  std::uint64_t sent_ns_ = 0;
  bool counted_ = true;
  bool stale_ = false;
};

}  // namespace sluice
