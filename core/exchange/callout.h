// A plugin's own request to an upstream (sluice/ext/callout.h): one attempt, without hooks, beside or after its exchange.
//
//   start: pick -> enter -> acquire -> send -> head -> body -> end ----------> on_done -> gone at the end of the turn
//            |               |          '-- a dead pooled connection: acquire a fresh one, once
//            '---------------'-- failure, timeout, the worker's end ----------> on_done with its reason
//            cancel, at any time ---------------------------------------------> gone, silently
//
// Stands in its WorkerPlan's CalloutList and keeps the plan in use until it is gone; deletes itself through the loop. [loop]
#pragma once

#include <sluice/ext/callout.h>

#include <memory>
#include <optional>
#include <string>

#include "exchange/facts.h"
#include "http/stream.h"

struct sluice_callout {};

namespace sluice {

class Callout final : public sluice_callout, private PoolWaiter, private StreamSink {
 public:
  // As sluice_callout_api.start; in a turn. The callout owns itself.
  static sluice_status start(CalloutList& list, const sluice_callout_request& request,
                             sluice_callout_fn on_done, void* user, sluice_callout** out);
  // As sluice_callout_api.cancel; in a turn.
  void cancel();
  // Ends it with this reason, which on_done hears; once.
  void finish(const Error& error);

 private:
  Callout(CalloutList& list, const Group& group, sluice_callout_fn on_done, void* user);
  ~Callout() override;

  sluice_status take(const sluice_callout_request& request);
  sluice_status take_headers(const sluice_callout_request& request);
  void link();
  void unlink();
  void begin();
  int choose(bool& full);
  void acquire();
  void send(UpstreamStream& stream);
  void fail_later(Error error);
  void on_pool_ready(h1::H1UpstreamSession* session, const Error& error) override;
  void on_stream_event(const Event& event) override;
  void on_stream_notice(Notice) override {}  // the whole body is here: there is no source to hold
  void on_head();
  void on_data(std::string_view bytes);
  void on_abort(const AbortEvent& abort);
  void judge(const Error& error);
  void tell(const Error& error);
  void leave();
  void let_go();
  void bury();
  bool may_repeat() const;
  Endpoint& endpoint() { return *set_->members()[static_cast<std::size_t>(member_)].endpoint; }
  Loop& loop() { return home_.loop(); }

  friend class CalloutList;
  CalloutList& list_;
  ExchangeHome& home_;
  WorkerPlan& plan_;
  const Group& group_;
  const sluice_callout_fn on_done_;
  void* const user_;
  Callout* next_ = nullptr;
  Callout* previous_ = nullptr;

  Arena arena_;
  HeaderMap headers_;
  ResponseHead head_;
  std::string_view method_, target_, host_;  // in the arena
  std::string body_;                         // of the request
  std::optional<std::uint64_t> hash_;
  std::uint64_t body_limit_ = 0;
  bool cut_body_ = false;

  std::shared_ptr<const EndpointSet> set_;
  int member_ = -1;
  Pool* pool_ = nullptr;  // while acquiring
  UpstreamStream* stream_ = nullptr;
  Timeout timeout_;
  Error failed_;  // to be told when the turn ends
  std::string kept_;
  std::uint64_t body_bytes_ = 0;
  const std::uint64_t started_ns_;
  std::uint64_t sent_ns_ = 0;
  bool counted_ = false;   // at the endpoint
  bool replaced_ = false;  // the connection, once
  bool judged_ = false;
  bool done_ = false;
};

}  // namespace sluice
