#include "check/script_origin.h"

#include <unistd.h>

#include <stdexcept>

namespace sluice::check {
namespace {

int listen_somewhere() {
  auto fd = open_listen_socket(*Address::parse("127.0.0.1:0"), {.backlog = 128, .reuse_port = false});
  if (!fd) throw std::runtime_error("no loopback port for the check's origin: " + fd.error());
  return *fd;
}

}  // namespace

// One request: answered at its end or its head, a piece a turn.
class ScriptOrigin::Answer final : public StreamSink {
 public:
  Answer(ScriptOrigin& origin, h1::H1ServerSession& session, ServerStream& stream)
      : origin_(origin), session_(session), client_(&stream), script_(origin.script), head_(arena_) {
    origin_.answers_[number_] = this;
  }
  ~Answer() override { origin_.answers_.erase(number_); }

  RequestHead& head() { return head_; }

  void on_stream_event(const Event& event) override {
    ++origin_.events_;
    if (auto* data = std::get_if<DataEvent>(&event)) {
      if (tunnel_) client_->send_data(data->bytes);
    } else if (std::holds_alternative<HeadersEvent>(event)) {
      if (script_.early || script_.switches) begin();
    } else if (std::holds_alternative<EndEvent>(event)) {
      complete_ = true;
      if (tunnel_) {
        client_->send_end();
        leave();
      } else if (!begun_) {
        begin();
      } else if (done_) {
        leave();
      }
    } else if (auto* abort = std::get_if<AbortEvent>(&event)) {
      if (abort->gone) client_ = nullptr;
      leave();
    }
  }
  void on_stream_notice(Notice) override {}

  // The next piece, or the end.
  void go_on() {
    ++origin_.events_;
    if (client_ == nullptr || done_) return;
    if (next_ < script_.pieces.size()) {
      const bool is_cut = script_.end == OriginScript::End::cut_in_body && next_ + 1 == script_.pieces.size();
      if (is_cut) {
        session_.close();
        return;
      }
      client_->send_data(script_.pieces[next_++]);
      origin_.later(number_);
      return;
    }
    done_ = true;
    if (script_.trailers) {
      HeaderMap trailers(arena_);
      trailers.add("X-Checksum", "abc");
      client_->send_trailers(trailers);
    } else {
      client_->send_end();
    }
    if (complete_ || !script_.early) leave();
  }

 private:
  void begin() {
    begun_ = true;
    if (script_.end == OriginScript::End::cut_before_head) {
      session_.close();
      return;
    }
    HeaderMap headers(arena_);
    if (script_.switches) {
      client_->send_response(101, headers, {}, "check", true);
      client_->become_tunnel();
      tunnel_ = true;
      return;
    }
    if (script_.early_hints) {
      HeaderMap hints(arena_);
      hints.add("Link", "</style.css>; rel=preload");
      client_->send_interim(103, hints);
    }
    for (auto& [name, value] : script_.headers)
      headers.add(name, value);
    std::uint64_t length = 0;
    for (auto& piece : script_.pieces)
      length += piece.size();
    BodyPlan plan{script_.chunked ? BodyPlan::unknown : BodyPlan::length, length};
    if (script_.status == 204 || script_.status == 304) plan = {};
    client_->send_response(script_.status, headers, plan, {}, true);
    origin_.later(number_);
  }

  void leave() {
    if (left_) return;
    left_ = true;
    if (client_ != nullptr) std::exchange(client_, nullptr)->finish();
    origin_.loop_.defer([](void* self) { delete static_cast<Answer*>(self); }, this);
  }

  ScriptOrigin& origin_;
  h1::H1ServerSession& session_;
  ServerStream* client_;
  const OriginScript script_;
  const std::uint64_t number_ = origin_.next_answer_++;
  Arena arena_;
  RequestHead head_;
  std::size_t next_ = 0;
  bool begun_ = false, complete_ = false, done_ = false, tunnel_ = false, left_ = false;
};

ScriptOrigin::ScriptOrigin(Loop& loop) : loop_(loop), fd_(listen_somewhere()) {
  address_ = bound_address(fd_).text();
  const int other = listen_somewhere();
  refusing_address_ = bound_address(other).text();
  ::close(other);
  settings_.limits = {.header_bytes = 4 << 20, .header_count = 4096, .uri_bytes = 1 << 20};
  listener_ = std::make_unique<Listener>(loop_, fd_, static_cast<ListenerOwner&>(*this));
}

ScriptOrigin::~ScriptOrigin() {
  *self_ = nullptr;
  Turn turn(loop_);
  listener_.reset();
  ::close(fd_);
  while (sessions_ != nullptr)
    sessions_->close();
}

void ScriptOrigin::on_accept(TransportPtr transport) {
  auto* session = new h1::H1ServerSession(std::move(transport), settings_, *this);
  session->next = sessions_;
  if (sessions_ != nullptr) sessions_->previous = session;
  sessions_ = session;
  session->start();
}

h1::SessionHome::Opened ScriptOrigin::on_stream_open(h1::H1ServerSession& session, ServerStream& stream) {
  auto* answer = new Answer(*this, session, stream);
  return {*answer, answer->head()};
}

void ScriptOrigin::on_session_closed(h1::H1ServerSession& session) {
  (session.previous != nullptr ? session.previous->next : sessions_) = session.next;
  if (session.next != nullptr) session.next->previous = session.previous;
  loop_.defer([](void* dead) { delete static_cast<h1::H1ServerSession*>(dead); }, &session);
}

// The answer goes on in a turn of its own, if both still live.
void ScriptOrigin::later(std::uint64_t answer) {
  loop_.post([self = self_, answer] {
    if (*self == nullptr) return;
    auto found = (*self)->answers_.find(answer);
    if (found != (*self)->answers_.end()) found->second->go_on();
  });
}

}  // namespace sluice::check
