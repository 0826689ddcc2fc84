#include "server/demo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <thread>

#include "http/h1/h1_server_session.h"
#include "net/listener.h"

namespace sluice {
namespace {

// One request at a demo origin: collects nothing, answers at its end.
struct Answer final : StreamSink {
  Answer(Loop& owner_loop, ServerStream& stream, const std::string& where)
      : loop(owner_loop), client(&stream), address(where), head(arena) {}

  void on_stream_event(const Event& event) override {
    if (auto* data = std::get_if<DataEvent>(&event)) received += data->bytes.size();
    if (std::holds_alternative<EndEvent>(event)) reply();
    if (auto* abort = std::get_if<AbortEvent>(&event)) {
      if (!abort->gone) client->finish();
      leave();
    }
  }
  void on_stream_notice(Notice) override {}

  void reply() {
    std::string text =
        fmt::format("Hello from the demo origin {}\n{} {}\n", address, head.method, head.target);
    for (auto& field : head.headers.fields())
      text += fmt::format("{}: {}\n", field.name, field.value);
    if (received > 0) text += fmt::format("({} bytes of body)\n", received);
    HeaderMap headers(arena);
    headers.add("Content-Type", "text/plain; charset=utf-8");
    headers.add("X-Origin", address);
    client->send_response(200, headers, {BodyPlan::length, text.size()}, {}, true);
    client->send_data(arena.copy(text));
    client->send_end();
    client->finish();
    leave();
  }

  void leave() {
    loop.defer([](void* self) { delete static_cast<Answer*>(self); }, this);
  }

  Loop& loop;
  ServerStream* client;
  const std::string& address;
  Arena arena;
  RequestHead head;
  std::size_t received = 0;
};

}  // namespace

struct Demo::Origin final : h1::SessionHome {
  struct Port final : ListenerOwner {
    Port(Origin& its, std::string where, int listening)
        : origin(its), address(std::move(where)), fd(listening) {}
    bool take_room() override { return true; }
    void give_back_room() override {}
    void on_finished() override {}
    void on_accept(TransportPtr transport) override { origin.serve(*this, std::move(transport)); }

    Origin& origin;
    std::string address;
    int fd;
    std::unique_ptr<Listener> listener;
  };

  Opened on_stream_open(h1::H1ServerSession& session, ServerStream& stream) override {
    auto* answer = new Answer(loop, stream, *static_cast<std::string*>(session.owner_tag));
    return {*answer, answer->head};
  }

  void on_session_closed(h1::H1ServerSession& session) override {
    (session.previous != nullptr ? session.previous->next : sessions) = session.next;
    if (session.next != nullptr) session.next->previous = session.previous;
    loop.defer([](void* dead) { delete static_cast<h1::H1ServerSession*>(dead); }, &session);
  }

  void listen() {
    for (auto& port : ports)
      port.listener = std::make_unique<Listener>(loop, port.fd, port);
  }

  void serve(Port& port, TransportPtr transport) {
    auto* session = new h1::H1ServerSession(std::move(transport), settings, *this);
    session->owner_tag = &port.address;
    session->next = sessions;
    if (sessions != nullptr) sessions->previous = session;
    sessions = session;
    session->start();
  }

  void shut() {
    Turn turn(loop);
    for (auto& port : ports) {
      port.listener.reset();
      close(port.fd);
    }
    while (sessions != nullptr)
      sessions->close();
  }

  Loop loop;
  h1::ServerSessionSettings settings;
  std::deque<Port> ports;  // they stay where they are
  h1::H1ServerSession* sessions = nullptr;
  std::thread thread;
};

Demo::~Demo() {
  if (origin_ == nullptr || !origin_->thread.joinable()) return;
  origin_->loop.post([this] { origin_->loop.stop(); });
  origin_->thread.join();
}

std::expected<std::unique_ptr<Demo>, std::string> Demo::start(const config::Config& config) {
  std::unique_ptr<Demo> demo(new Demo);
  demo->origin_ = std::make_unique<Origin>();
  auto& origin = *demo->origin_;
  for (auto& upstream : config.upstreams) {
    for (auto& endpoint : upstream.endpoints) {
      const auto text = endpoint.address.text();
      auto address = Address::parse(text);
      const bool loopback =
          address && address->ip() && (text.starts_with("127.") || text.starts_with("[::1]"));
      if (!loopback || std::ranges::find(demo->addresses_, text) != demo->addresses_.end()) continue;
      auto fd = open_listen_socket(*address, {.backlog = 128, .reuse_port = false});
      if (!fd) {
        for (auto& port : origin.ports)
          close(port.fd);
        return std::unexpected(fmt::format("demo origin: {}", fd.error()));
      }
      demo->addresses_.push_back(text);
      origin.ports.emplace_back(origin, text, *fd);
    }
  }
  // Keep-alive beyond the gateway's own idle time.
  origin.settings.keep_alive = std::chrono::seconds(60);
  origin.listen();
  origin.thread = std::thread([&origin] {
    origin.loop.run();
    origin.shut();
  });
  return demo;
}

}  // namespace sluice
