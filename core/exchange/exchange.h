// One request and its response: runs the hooks, finds an endpoint, and pumps events between a client stream and an upstream
// stream. Knows neither bytes nor protocols (http/stream.h) nor plugins (hook/chain.h calls through the ABI).
//
//   request side   head -> on_request -> [gather body] -> on_route -> on_balance -> acquire -> on_upstream_request -> pump
//   an attempt     on_balance -> [queue] -> acquire -> on_upstream_request -> sent -> head; one that failed may be followed by another
//                  (attempt.cpp), or have another beside it (hedge.h)
//   response side  head -> on_response -> [gather body] -> pump -> end -> on_log -> over
//   fail(error)    on_error -> on_response -> local response        (nothing sent yet)
//                  cut the client's stream                          (head already out)
//
// The two sides run at once; each has a HookRun, so a request body hook may wait while response hooks run. Everything can end
// at any moment: a client's abort, an upstream's, a timeout, a token's resume. `Stage` says how far the request side is, `Answer`
// how far the response side; an event that does not fit a stage is dropped by the one function that takes it.
//
// Made by the worker for a stream; tells ExchangeHome when over. Worker's thread only, but for tokens.
#pragma once

#include <sluice/exchange.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arena_vector.h"
#include "base/byte_queue.h"
#include "exchange/facts.h"
#include "exchange/hedge.h"
#include "exchange/token.h"
#include "http/stream.h"

struct sluice_exchange {};

namespace sluice {

class Exchange final : public sluice_exchange, private PoolWaiter, private HedgeOwner {
 public:
  static constexpr std::size_t kSlots = 64;
  // Request body kept for one more sending, when a reused connection was dead or another attempt follows. Copying costs about 0.1 us
  // per KiB: forms and API calls are kept, uploads are not.
  static constexpr std::size_t kReplayBytes = 32 * 1024;
  // Routes and upstreams that hooks may choose for one request, one after the other: two that send it to each other stop.
  static constexpr std::uint8_t kChoices = 32;

  // `listener`: index in `plan`. `client`: null for on_connect.
  Exchange(ExchangeHome& home, WorkerPlan& plan, std::uint32_t listener, const ConnectionFacts& connection,
           std::uint32_t connection_requests, ServerStream* client);

  // The worker's list of those alive.
  Exchange* next = nullptr;
  Exchange* previous = nullptr;
  ~Exchange() override;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  // From a free list per thread.
  static void* operator new(std::size_t size);
  static void operator delete(void* memory);

  StreamSink& client_sink() { return client_sink_; }
  RequestHead& request() { return request_; }
  const RequestHead& request() const { return request_; }
  ResponseHead& response() { return *response_; }

  // For a connection without a request yet: run on_connect, then `done(arg, accepted)`. The exchange is over after it. Hooks
  // that take longer than `limit` (0: none) have not accepted.
  void run_on_connect(std::chrono::milliseconds limit, void (*done)(void*, bool), void* arg);
  // The worker stops: whatever is under way ends, without waiting for any hook.
  void end_now();

  // A wait ended. Only token.cpp.
  void on_token(sluice_token& token);

  // ---- what hooks do (called by the ABI's table) ----
  // Each says whether it was possible; nothing changed if not.
  sluice_token* pause();
  sluice_status respond(int status, std::string_view content_type, std::string_view body);
  void fail_reason(std::string_view text);
  sluice_status want_whole_body(bool response, std::uint64_t limit);
  sluice_status replace_chunk(std::string_view bytes);
  std::optional<std::string_view> whole_request_body() const;
  sluice_status select_route(int index);
  sluice_status select_group(int index);
  // What after_route() puts in the place of the group that routing came to; -1: nothing.
  sluice_status override_group(int index);
  sluice_status select_endpoint(int member);
  sluice_status set_hash(std::string_view key);
  // In on_response: another attempt instead of this response.
  sluice_status retry_response();
  sluice_status set_path(std::string_view path);
  sluice_status set_query(std::string_view query, bool present);
  sluice_status set_method(std::string_view method);
  sluice_status set_authority(std::string_view authority);
  sluice_status set_status(int status);
  sluice_status note(std::string_view name, std::string_view value);
  // The map for reading; null when it does not exist now. `writable` for changing.
  HeaderMap* header_map(sluice_map which, bool writable);

  // ---- facts for hooks and logs ----
  struct Note {
    std::string_view name, value;
  };
  std::span<const Note> notes() const { return notes_.view(); }
  std::string_view path() const { return path_; }
  std::string_view authority() const { return authority_; }
  std::string_view scheme();
  std::string_view host();
  std::string_view client_address();
  std::string_view remote_text();
  std::string_view request_id();
  std::string_view method() const { return request_.method; }
  int route() const { return route_; }
  int group() const { return group_; }
  // The endpoint of the current attempt, or else of the latest; null before the first.
  const Member* member() const;
  const Group* group_object() const;
  // Its endpoints, as they were when this exchange last chose among them; null before there is a group.
  const EndpointSet* set();
  std::span<const int> tried() const { return tried_.view(); }
  const Plan& plan() const { return *plan_.plan; }
  WorkerPlan& worker_plan() { return plan_; }
  const ConnectionFacts& connection() const { return connection_; }
  const ListenerPlan& listener() const { return plan_.plan->listeners[listener_]; }
  const Error& error() const { return error_; }
  const BoundUse* blamed() const { return blamed_; }
  // Of the hook that runs or, outside of any, of the one that waits.
  sluice_phase phase() const;
  bool is_local() const { return local_; }
  Origin origin() const;
  int status() const { return response_->status; }
  std::int64_t number(sluice_number which) const;
  void* slot(std::size_t index) const { return slots_ != nullptr ? slots_[index] : nullptr; }
  void set_slot(std::size_t index, void* value);
  ExchangeHome& home() { return home_; }
  Arena& arena() { return arena_; }

 private:
  enum class Stage : std::uint8_t { head, hooks, gathering, waiting, acquiring, preparing, streaming, done };
  enum class Answer : std::uint8_t { none, hooks, gathering, head_sent, done };
  enum Side : std::uint8_t { request_side = 0, response_side = 1 };

  // One walk through a phase's hooks.
  struct HookRun {
    sluice_phase phase = SLUICE_PHASES;
    Side side = request_side;
    bool active = false;
    ChainCursor cursor;
    const Hook* hook = nullptr;
    sluice_token* token = nullptr;  // while waiting
    sluice_chunk chunk{};
    bool responded = false;  // respond() by the hook that runs or waits
    std::string held;        // the chunk's bytes while waiting, or their replacement
  };
  struct ClientSink final : StreamSink {
    explicit ClientSink(Exchange& exchange) : owner(exchange) {}
    void on_stream_event(const Event& event) override { owner.on_client_event(event); }
    void on_stream_notice(Notice notice) override { owner.on_client_notice(notice); }
    Exchange& owner;
  };
  struct UpstreamSink final : StreamSink {
    explicit UpstreamSink(Exchange& exchange) : owner(exchange) {}
    void on_stream_event(const Event& event) override { owner.on_upstream_event(event); }
    void on_stream_notice(Notice notice) override { owner.on_upstream_notice(notice); }
    Exchange& owner;
  };

  // request_side.cpp
  void on_client_event(const Event& event);
  void on_client_notice(Notice notice);
  void begin();
  Error check_head();
  bool is_idempotent() const;
  bool answer_max_forwards();
  void after_request();
  void find_route();
  void after_route();
  bool run_chosen_requests();
  void use_group(int index);
  // True when the whole body was asked for and is still coming; the stage goes on when it is there.
  bool must_gather(Stage after);
  void request_data(std::string_view bytes);
  void request_end();
  void request_chunk_done(std::string_view bytes, bool last);
  void start_streaming();
  void forward_request(std::string_view bytes, bool last);
  void expect_request();
  void send_kept(Stream& stream, std::string_view bytes, const HookRun& run);

  // attempt.cpp
  void balance();
  void after_balance();
  int choose(bool& full);
  void enter(int member);
  void acquire();
  void on_pool_ready(h1::H1UpstreamSession* session, const Error& error) override;
  void use_session(UpstreamStream& stream);
  void build_upstream_headers();
  void send_upstream_head();
  void attempt_failed(Error error);
  bool try_again(Error& error);
  bool may_try_again(std::uint32_t condition, int status);
  bool may_repeat() const;
  bool has_body_again() const;
  void next_attempt(bool back_off);
  void note_attempt(std::string_view how);
  void judge(bool failed, std::string_view why);
  void drop_replay();
  void leave_upstream();
  std::optional<std::uint64_t> hash();
  const RetrySettings& retry_settings();
  std::string_view upstream_target();
  std::string_view upstream_authority();

  // hedging.cpp
  void expect_hedge();
  void on_hedge_due();
  void send_hedge(UpstreamStream& stream, const Endpoint& endpoint, ResponseHead& head) override;
  void on_hedge_head(Hedge& hedge) override;
  void on_hedge_failed(Hedge& hedge, const Error& error) override;
  void judge_hedge(Hedge& hedge, std::string_view why);
  void take_hedge();
  bool fall_back_on_hedge();
  void drop_hedge();

  // queue_wait.cpp
  void wait_for_room();
  void on_room();
  void leave_queue();

  // forwarding.cpp
  void find_client();
  HeaderIds rewritten_fields();
  void add_forwarding();
  void stamp_id();

  // response_side.cpp
  void on_upstream_event(const Event& event);
  void on_upstream_notice(Notice notice);
  void upstream_head();
  bool strip_response();
  void after_response();
  void send_head(BodyPlan body);
  void send_whole(std::string_view body);
  void send_switch();
  void expect_response();
  void hold_upstream();
  void release_upstream();
  void response_data(std::string_view bytes);
  void response_end();
  void response_chunk_done(std::string_view bytes, bool last);
  void forward_response(std::string_view bytes, bool last);
  void finish_response();

  // local_response.cpp
  void fail(Error error);
  void report(const Error& error);
  void leave_for_local();
  void answer_locally();
  sluice_status make_response(int status, std::string_view content_type, std::string_view body);
  void make_error_response();
  std::string_view http_date();
  void take_back_response();

  // hook_run.cpp
  const HookRun* current_run() const;
  bool has_hooks(sluice_phase phase) const;
  bool may_change(sluice_phase phase) const;
  void run(Side side, sluice_phase phase, std::uint8_t first_chain = 0,
           std::uint8_t end_chain = ChainCursor::kChains);
  void go_back_to(std::uint8_t chain);
  void run_chunk(Side side, std::string_view bytes, bool last, std::uint8_t first_chain = 0);
  void advance(HookRun& run);
  bool take_verdict(HookRun& run, sluice_verdict verdict);
  void run_done(HookRun& run);
  void cancel(HookRun& run);
  void cancel_runs();

  // exchange.cpp
  void client_gone(Error error);
  void on_timeout(ErrorCode code);
  void finish_client();
  void log();
  void over();
  void arm(Timeout& timeout, std::chrono::milliseconds length);
  void arm_total();
  void wait_for_client();
  void wait_for_upstream();
  void on_client_stuck();
  void on_upstream_stuck();
  void on_waited();
  void on_no_response();
  void expect_head();
  void stamp(sluice_number which);
  const Policy& policy() const { return *policy_; }
  bool request_is_open() const;

  ExchangeHome& home_;
  WorkerPlan& plan_;
  const ConnectionFacts connection_;  // a copy: on_log may outlive the connection
  const Policy* policy_;
  ServerStream* client_;
  UpstreamStream* upstream_ = nullptr;
  Pool* pool_ = nullptr;  // while acquiring
  Arena arena_;
  RequestHead request_;
  ResponseHead first_response_;
  ResponseHead* response_ = &first_response_;  // or that of a hedge that has become the attempt
  HeaderMap upstream_headers_;
  ClientSink client_sink_;
  UpstreamSink upstream_sink_;
  std::array<const Chain*, ChainCursor::kChains> chains_{};
  std::array<HookRun, 2> runs_;
  HookRun* running_ = nullptr;

  // Texts in the arena; empty until asked for, but for path_.
  std::string_view path_, authority_, switch_to_, host_, client_text_, remote_text_, request_id_,
      fail_reason_;
  bool target_changed_ = false, authority_changed_ = false;
  std::size_t forwarded_lines_ = 0;
  Ip client_ip_;
  ArenaVector<Note> notes_;
  ArenaVector<int> tried_;
  void** slots_ = nullptr;  // kSlots of them, from the first slot_set on

  Error error_;
  BodyPlan response_plan_;
  const BoundUse* blamed_ = nullptr;
  std::string_view local_body_;
  std::string whole_request_, whole_response_;
  std::uint64_t whole_request_limit_ = 0, whole_response_limit_ = 0;
  ByteQueue replay_;  // body already sent on a reused connection, while it may still prove stale
  std::uint64_t request_bytes_ = 0, response_bytes_ = 0;
  std::uint64_t started_ns_ = 0;
  std::array<std::int64_t, 5> times_{-1, -1, -1, -1, -1};  // SLUICE_T_REQUEST_HEAD ..., microseconds

  Timeout total_timeout_, request_timeout_, response_timeout_, half_close_timeout_;
  // Until the client takes more of the response, and the upstream more of the request.
  Timeout client_send_timeout_, upstream_send_timeout_;
  Timeout hedge_timeout_;  // until a second request goes out
  std::unique_ptr<Hedge> hedge_,
      taken_hedge_;                      // beside the attempt; and the one that has become it, for its head
  Timeout wait_timeout_;                 // of the back-off or in the queue
  std::shared_ptr<QueueTicket> ticket_;  // while in the queue, or just told
  std::optional<RetrySettings> retry_;   // when the route states some of its own
  void (*connect_done_)(void*, bool) = nullptr;
  void* connect_arg_ = nullptr;

  // Whose on_request hooks have run: of the route's and the upstream's chain.
  std::array<const Chain*, 2> request_seen_{};
  std::shared_ptr<const EndpointSet> set_;  // null: to be taken when it is asked for
  int route_ = -1, group_ = -1, member_ = -1, picked_ = -1, override_ = -1;
  int early_group_ = -1;           // chosen by a hook before there was a route
  std::uint8_t choices_ = 0;       // of routes and upstreams
  bool group_by_route_ = false;    // group_ came with the route
  bool routed_ = false;            // on_route of the global and the listener's uses has run
  bool route_hooks_done_ = false;  // and that of the chosen route's and upstream's
  std::uint32_t connection_requests_;
  std::uint32_t listener_;
  std::uint32_t attempts_ = 0;
  std::uint64_t attempt_ns_ = 0;                         // when the current attempt began
  std::uint64_t sent_ns_ = 0;                            // when its request went out; 0: not yet
  std::string_view hash_key_;                            // a hook's; in the arena
  std::string_view attempts_text_;                       // those that have ended, for the note
  std::size_t client_unsent_ = 0, upstream_unsent_ = 0;  // when their send timeouts were armed
  std::uint8_t gathered_chains_ = 0;                     // whose body hooks have seen the whole body
  Stage after_gathering_ = Stage::hooks;
  Stage stage_ = Stage::head;
  Answer answer_ = Answer::none;
  bool want_whole_request_ = false, want_whole_response_ = false;
  bool whole_request_ready_ = false;
  bool request_complete_ = false;  // all of it has come from the client
  bool upstream_held_ = false;
  bool client_blocked_ = false, upstream_blocked_ = false;  // it does not take what it is sent
  bool upstream_complete_ = false;                          // the upstream's response has ended
  bool body_hooks_request_ = false, body_hooks_response_ = false;
  bool local_ = false;
  bool response_hooks_done_ = false, response_body_hooks_done_ = false;
  bool stale_replaced_ = false, fresh_wanted_ = false;
  bool replayable_ = true;
  bool in_flight_ = false;
  bool retry_wanted_ = false;  // by a hook, of the response at hand
  bool try_limited_ = false;   // response_timeout_ stands for retry.per_try
  bool judged_ = false;        // the endpoint, for the current attempt
  bool hash_set_ = false;
  bool in_budget_ = false;  // this request has been counted in its group's budget
  bool tunnel_ = false;
  bool client_known_ = false, client_is_ip_ = false, from_trusted_ = false;
  bool error_hooks_done_ = false;  // on_error runs once, whatever fails after it
  bool logged_ = false, over_ = false;
};

}  // namespace sluice
