// A gateway's middle without its edges: real sessions, pool and exchange between fake connections, driven event by event.
//
//   client --FakeTransport--> H1ServerSession -> Exchange -> Pool -> H1UpstreamSession --FakeTransport--> scripted far ends
//
// The far ends answer by path (answer()). Invariants that must hold whatever happens are checked by check(): each request is
// logged once, every slot freed once, nothing is left, and no client takes a broken response for a whole one.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "http/h1/h1_server_session.h"
#include "support/fake_transport.h"
#include "support/hook_script.h"
#include "support/responses.h"

namespace sluice::test {

// How a far end answers a request for a path.
struct Answer {
  std::string bytes;                // sent as one read
  bool at_head = false;             // when the head is there, not the whole request
  bool then_close = false;          // FIN behind it
  bool then_reset = false;          // RST behind it
  bool echo = false;                // a tunnel: what follows comes back
  int breaks = 0;                   // so many times the connection is reset instead
  int silences = 0;                 // so many times nothing comes instead
  std::deque<std::string> first;    // each once, instead of `bytes`
  std::vector<std::string> pieces;  // instead of `bytes`: one read each
};

// A request as a far end saw it.
struct SeenRequest {
  Message message;
  bool whole = false;
  FakeTransport* far = nullptr;
};

class ExchangeRig final : public ExchangeHome, public h1::SessionHome {
 public:
  ExchangeRig();
  ~ExchangeRig() override;

  // ---- the setting, before the first client() ----
  HookScript hooks;  // the one plugin use
  bool hooks_at_route = false;
  std::uint64_t want_whole_request = 0;  // asked for in on_request, before any route is known
  Policy policy;
  GroupSettings group;
  int endpoints = 1;
  std::uint32_t max_in_flight = 0;  // of each
  bool endpoints_resolve = true;
  h1::ServerSessionSettings session;

  // ---- the far ends ----
  std::map<std::string, Answer> answers;  // by target
  std::vector<SeenRequest> seen_requests() const;

  // ---- clients ----
  struct Client {
    FakeTransport* far = nullptr;
    h1::H1ServerSession* session = nullptr;
    std::vector<std::string> methods, targets;  // of the requests that were sent
  };
  Client& client();
  std::list<Client>& clients() { return clients_; }
  // Send a request as one read: its first line says method and target.
  void ask(Client& client, std::string_view request);
  std::vector<SeenResponse> responses(const Client& client) const;

  // ---- events ----
  bool step();
  void settle();
  // After `at` more steps `action` runs, once.
  void interrupt(int at, std::function<void()> action);
  bool has_interrupted() const { return interrupt_at_ == 0; }
  void advance(std::chrono::milliseconds by);
  // As a worker that stops.
  void stop_now();
  // As a worker that takes no more requests.
  void drain();
  // Tokens go back, clients leave, time passes.
  void finish();
  bool tokens_last = false;  // finish() gives tokens back when all else is over

  // ---- waiting ----
  // For a hook: takes a token, which is kept; its verdict is PAUSE.
  sluice_verdict pause(Exchange& exchange);
  std::vector<sluice_token*> tokens;
  sluice_token* take_token();

  // Bodies that a response or request of this target must have when it is whole. Responses: only of status 200.
  std::map<std::string, std::string> response_bodies, request_bodies;
  // After finish(). Throws std::runtime_error saying what does not hold.
  void check();

  Loop event_loop;
  FakeNet net{event_loop};
  std::unique_ptr<PoolTable> pool_table;
  std::shared_ptr<Plan> plan = std::make_shared<Plan>();
  WorkerPlan worker_plan;
  std::set<Exchange*> exchanges;
  std::string failure;  // the first thing that a callback found wrong
  int begun = 0, logged = 0, slots_made = 0, slots_freed = 0;
  std::vector<std::string> reasons;  // of each logged exchange; "" for none
  std::vector<int> statuses;
  bool is_draining = false;
  Ejector* judge = nullptr;

  // ---- ExchangeHome, SessionHome ----
  Loop& loop() override { return event_loop; }
  PoolTable& pools() override { return *pool_table; }
  std::uint32_t worker() const override { return 0; }
  ExchangeCounters& counters() override { return counters_; }
  Random& random() override { return random_; }
  Ejector* ejector() override { return judge; }
  bool draining() const override { return is_draining; }
  void free_slot(std::size_t slot, void* value) override;
  void on_exchange_over(Exchange& exchange) override;
  void on_token_back(WorkerPlan& of) override { --of.in_use; }
  Opened on_stream_open(h1::H1ServerSession& session, ServerStream& stream) override;
  void on_session_closed(h1::H1ServerSession& session) override;

 private:
  struct Served {
    std::size_t taken = 0;  // bytes of `sent` that are dealt with
    bool head_answered = false;
    bool tunnel = false;
  };
  void set_up();
  bool serve();
  bool serve(FakeTransport& far, Served& served);
  void play(FakeTransport& far, Answer& answer, Served& served);
  void check_client(const Client& client) const;
  void give_back();

  HookScript record_;
  ExchangeCounters counters_;
  Random random_{1};
  std::list<Client> clients_;
  std::map<h1::H1ServerSession*, std::unique_ptr<h1::H1ServerSession>> sessions_;
  std::map<FakeTransport*, Served> served_;
  std::function<void()> interruption_;
  int interrupt_at_ = -1;
  bool is_set_up_ = false;
};

}  // namespace sluice::test
