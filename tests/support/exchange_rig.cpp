#include "support/exchange_rig.h"

#include <fmt/format.h>

#include <stdexcept>

namespace sluice::test {

ExchangeRig::ExchangeRig() : pool_table(std::make_unique<PoolTable>(event_loop, net.connector())) {
  // Counts what every exchange must do; the first use, so that its on_request runs before any other hook's verdict.
  record_.label = "record@global";
  record_[SLUICE_ON_REQUEST] = [this](Exchange& exchange, const sluice_chunk*) {
    exchange.set_slot(0, new int(1));
    ++slots_made;
    if (want_whole_request != 0) exchange.want_whole_body(false, want_whole_request);
    return SLUICE_CONTINUE;
  };
  record_[SLUICE_ON_ROUTE] = [](Exchange& exchange, const sluice_chunk*) {
    if (exchange.route() < 0) exchange.select_route(0);
    return SLUICE_CONTINUE;
  };
  record_[SLUICE_ON_LOG] = [this](Exchange& exchange, const sluice_chunk*) {
    if (exchange.slot(1) != nullptr) failure = "on_log ran twice for one exchange";
    exchange.set_slot(1, new int(1));
    ++slots_made;
    ++logged;
    reasons.emplace_back(exchange.error() ? reason(exchange.error().code) : "");
    statuses.push_back(static_cast<int>(exchange.number(SLUICE_STATUS)));
    return SLUICE_CONTINUE;
  };
}

ExchangeRig::~ExchangeRig() {
  stop_now();
  while (!tokens.empty())
    token_resume(take_token(), SLUICE_CONTINUE);
  event_loop.run_once(false);
  pool_table.reset();
}

void ExchangeRig::set_up() {
  is_set_up_ = true;
  plan->listeners.push_back({"listener", policy});
  Members members;
  for (int i = 0; i < (endpoints_resolve ? endpoints : 0); ++i)
    members.push_back(
        {std::make_shared<Endpoint>("app", *Address::parse(fmt::format("192.0.2.{}:80", i + 1))), 1, 0,
         max_in_flight});
  plan->groups.push_back(std::make_shared<Group>("app", group, std::move(members)));
  plan->groups.push_back(std::make_shared<Group>(
      "other", group, Members{{std::make_shared<Endpoint>("other", *Address::parse("198.51.100.1:80"))}}));
  plan->group_by_name = {{"app", 0}, {"other", 1}};
  plan->routes.push_back({"route", {}, 0, {policy}});
  worker_plan.plan = plan;
  worker_plan.uses.push_back({record_.bound()});
  if (!hooks_at_route) worker_plan.uses.back().push_back(hooks.bound());
  worker_plan.global = Chain(worker_plan.uses.back());
  worker_plan.listeners.resize(1);
  worker_plan.routes.resize(1);
  if (hooks_at_route) {
    worker_plan.uses.push_back({hooks.bound()});
    worker_plan.routes[0] = Chain(worker_plan.uses.back());
  }
  worker_plan.groups.resize(2);
  worker_plan.views.resize(2);
}

// ---- clients ----

ExchangeRig::Client& ExchangeRig::client() {
  if (!is_set_up_) set_up();
  auto [transport, far] = net.open();
  Turn turn(event_loop);
  auto made = std::make_unique<h1::H1ServerSession>(std::move(transport), session, *this);
  auto& fresh = clients_.emplace_back(Client{far, made.get(), {}, {}});
  sessions_.emplace(made.get(), std::move(made));
  fresh.session->start();
  return fresh;
}

void ExchangeRig::ask(Client& client, std::string_view request) {
  const auto space = request.find(' ');
  client.methods.emplace_back(request.substr(0, space));
  client.targets.emplace_back(request.substr(space + 1, request.find(' ', space + 1) - space - 1));
  client.far->feed(request);
}

std::vector<SeenResponse> ExchangeRig::responses(const Client& client) const {
  return read_responses(client.far->sent, client.methods, client.far->has_ended());
}

h1::SessionHome::Opened ExchangeRig::on_stream_open(h1::H1ServerSession& from, ServerStream& stream) {
  ++begun;
  auto* exchange =
      new Exchange(*this, worker_plan, 0, {from.transport()->remote(), 1}, from.requests(), &stream);
  exchanges.insert(exchange);
  return {exchange->client_sink(), exchange->request()};
}

void ExchangeRig::on_session_closed(h1::H1ServerSession& ended) {
  auto held = sessions_.extract(&ended);
  if (held.empty()) {
    failure = "a session closed twice";
    return;
  }
  for (auto& client : clients_)
    if (client.session == &ended) client.session = nullptr;
  event_loop.defer([](void* dead) { delete static_cast<h1::H1ServerSession*>(dead); },
                   held.mapped().release());
}

void ExchangeRig::on_exchange_over(Exchange& exchange) {
  if (exchanges.erase(&exchange) == 0) failure = "an exchange was over twice";
  event_loop.defer([](void* dead) { delete static_cast<Exchange*>(dead); }, &exchange);
}

void ExchangeRig::free_slot(std::size_t, void* value) {
  delete static_cast<int*>(value);
  ++slots_freed;
}

// ---- far ends ----

bool ExchangeRig::serve() {
  bool any = false;
  for (std::size_t i = 0; i < net.connected.size(); ++i)
    any |= serve(*net.connected[i], served_[net.connected[i]]);
  return any;
}

bool ExchangeRig::serve(FakeTransport& far, Served& served) {
  if (far.is_broken || far.is_closed) return false;
  std::string_view wire = std::string_view(far.sent).substr(served.taken);
  if (served.tunnel) {
    if (!wire.empty()) far.feed(wire);
    served.taken += wire.size();
    if (far.fin_sent) far.incoming_end = true;
    return !wire.empty();
  }
  const auto end = wire.find("\r\n\r\n");
  if (end == wire.npos) return false;
  const auto before = wire.size();
  Message request = parse_head(std::string(wire.substr(0, end + 4)));
  const auto found = answers.find(request.target());
  wire.remove_prefix(end + 4);
  if (found != answers.end() && found->second.at_head && !served.head_answered) {
    served.head_answered = true;
    play(far, found->second, served);
    if (served.tunnel) served.taken += end + 4;
    return true;
  }
  if (!take_body(wire, request_body_length(request), request, false)) return false;
  served.taken += before - wire.size();
  if (found != answers.end() && !std::exchange(served.head_answered, false)) play(far, found->second, served);
  served.head_answered = false;
  return true;
}

void ExchangeRig::play(FakeTransport& far, Answer& answer, Served& served) {
  if (answer.breaks > 0) {
    --answer.breaks;
    far.incoming_error = UV_ECONNRESET;
    return;
  }
  if (answer.silences > 0) {
    --answer.silences;
    return;
  }
  if (!answer.first.empty()) {
    far.feed(answer.first.front());
    answer.first.pop_front();
    return;
  }
  if (answer.pieces.empty() && !answer.bytes.empty()) far.feed(answer.bytes);
  for (auto& piece : answer.pieces)
    far.feed(piece);
  far.incoming_end |= answer.then_close;
  if (answer.then_reset) far.incoming_error = UV_ECONNRESET;
  served.tunnel = answer.echo;
}

std::vector<SeenRequest> ExchangeRig::seen_requests() const {
  std::vector<SeenRequest> seen;
  for (auto* far : net.connected) {
    std::string_view wire = far->sent;
    while (!wire.empty()) {
      const auto end = wire.find("\r\n\r\n");
      if (end == wire.npos) break;
      SeenRequest next{parse_head(std::string(wire.substr(0, end + 4))), false, far};
      wire.remove_prefix(end + 4);
      next.whole = take_body(wire, request_body_length(next.message), next.message, false);
      const bool tunnel = next.message.has("Upgrade");
      seen.push_back(std::move(next));
      if (!seen.back().whole || tunnel) break;
    }
  }
  return seen;
}

// ---- events ----

bool ExchangeRig::step() {
  if (interrupt_at_ > 0 && --interrupt_at_ == 0) {
    interruption_();
    return true;
  }
  return net.step() || serve();
}

void ExchangeRig::settle() {
  do {
    while (step()) {}
    // What came through the mailbox.
    event_loop.run_once(false);
  } while (step());
}

void ExchangeRig::interrupt(int at, std::function<void()> action) {
  interrupt_at_ = at;
  interruption_ = std::move(action);
}

void ExchangeRig::advance(std::chrono::milliseconds by) {
  event_loop.advance(by);
  settle();
}

void ExchangeRig::stop_now() {
  Turn turn(event_loop);
  while (!sessions_.empty())
    sessions_.begin()->second->close();
  while (!exchanges.empty())
    (*exchanges.begin())->end_now();
  worker_plan.callouts.end_all();
}

void ExchangeRig::drain() {
  is_draining = true;
  Turn turn(event_loop);
  for (auto& one : clients_)
    if (one.session != nullptr) one.session->drain();
}

void ExchangeRig::finish() {
  settle();
  if (!tokens_last) give_back();
  for (auto& one : clients_)
    one.far->incoming_end = true;
  settle();
  // Longer than every timeout, as often as they can follow one another.
  for (int i = 0; i < 4; ++i) {
    advance(std::chrono::hours(1));
    if (!tokens_last) give_back();
  }
  if (!tokens_last) return;
  give_back();
  tokens_last = false;
  finish();
}

void ExchangeRig::give_back() {
  while (!tokens.empty()) {
    token_resume(take_token(), SLUICE_CONTINUE);
    settle();
  }
}

sluice_verdict ExchangeRig::pause(Exchange& exchange) {
  tokens.push_back(exchange.pause());
  return SLUICE_PAUSE;
}

sluice_token* ExchangeRig::take_token() {
  auto* token = tokens.front();
  tokens.erase(tokens.begin());
  return token;
}

// ---- invariants ----

void ExchangeRig::check() {
  auto require = [](bool holds, std::string what) {
    if (!holds) throw std::runtime_error(what);
  };
  require(failure.empty(), failure);
  require(exchanges.empty(), "exchanges are left");
  require(sessions_.empty(), "client sessions are left");
  require(net.alive() == 0, fmt::format("{} connections are left", net.alive()));
  require(logged == begun, fmt::format("{} requests, {} log lines", begun, logged));
  require(slots_made == slots_freed, fmt::format("{} slots set, {} freed", slots_made, slots_freed));
  require(counters_.begun == counters_.ended, "begun and ended exchanges differ");
  require(worker_plan.callouts.size() == 0, "callouts are left");
  require(worker_plan.in_use == 0, "the plan is still in use");
  for (auto& one : plan->groups)
    for (auto& member : one->set()->members())
      require(member.endpoint->in_flight() == 0, "requests are still counted in flight");
  for (auto& one : clients_)
    check_client(one);
  for (auto& one : seen_requests())
    if (one.whole && request_bodies.contains(one.message.target()))
      require(one.message.body == request_bodies[one.message.target()],
              "upstream took a broken request for a whole one: " + one.message.body);
}

void ExchangeRig::check_client(const Client& client) const {
  const auto seen = responses(client);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto expected = response_bodies.find(client.targets[i]);
    if (!seen[i].whole || seen[i].message.status() != 200 || expected == response_bodies.end()) continue;
    if (seen[i].message.body != expected->second)
      throw std::runtime_error("the client got as a whole response: " + seen[i].message.body);
  }
}

}  // namespace sluice::test
