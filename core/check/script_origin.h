// The origin behind the exchanges under check: a real HTTP/1 server on a loopback port, on the same loop, that answers as its
// script says. And a port of which every connection is refused.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/h1/h1_server_session.h"
#include "net/listener.h"
#include "net/loop.h"

namespace sluice::check {

// How every request is answered until the script changes.
struct OriginScript {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "text/plain"}};
  std::vector<std::string> pieces{"hello from the origin\n"};  // each in a turn of its own
  bool chunked = false;                                        // else with Content-Length
  bool trailers = false;
  bool early_hints = false;  // a 103 first
  bool early = false;        // does not wait for the request's body
  bool switches = false;     // 101, then everything is echoed
  enum class End : std::uint8_t { whole, cut_in_body, cut_before_head } end = End::whole;
};

class ScriptOrigin final : private h1::SessionHome, private ListenerOwner {
 public:
  // Throws std::runtime_error when there is no port to be had.
  explicit ScriptOrigin(Loop& loop);
  ~ScriptOrigin() override;

  OriginScript script;
  const std::string& address() const { return address_; }
  const std::string& refusing_address() const { return refusing_address_; }
  // Requests and pieces so far; for telling whether anything moves.
  std::size_t events() const { return events_; }

 private:
  class Answer;
  Opened on_stream_open(h1::H1ServerSession& session, ServerStream& stream) override;
  void on_session_closed(h1::H1ServerSession& session) override;
  bool take_room() override { return true; }
  void give_back_room() override {}
  void on_accept(TransportPtr transport) override;
  void on_finished() override {}
  void later(std::uint64_t answer);

  Loop& loop_;
  h1::ServerSessionSettings settings_;
  int fd_ = -1;
  std::string address_, refusing_address_;
  std::unique_ptr<Listener> listener_;
  h1::H1ServerSession* sessions_ = nullptr;
  std::map<std::uint64_t, Answer*> answers_;
  std::uint64_t next_answer_ = 1;
  std::size_t events_ = 0;
  // For tasks that come when it is gone.
  std::shared_ptr<ScriptOrigin*> self_ = std::make_shared<ScriptOrigin*>(this);
};

}  // namespace sluice::check
