// The administrator's door: HTTP on a Unix socket that its owner alone may use. `sluice endpoints` is its client; curl is another.
//
//   GET  /upstreams                                  every upstream, endpoint and source with its state, as JSON (upstream/directory.h)
//   GET  /upstreams/NAME                             one of them
//   PUT  /upstreams/NAME/endpoints/ADDRESS           {"state": "draining" | "disabled" | "active", "owner": "who", "for": "10m"}
//
// `for` is left out for an order without an end; NAME and ADDRESS are percent-encoded where they must be. Answers are JSON, that to
// PUT is the upstream as it is then; a refusal is {"error": "..."} with 400, 404, 405 or 413. Runs on the control thread's loop, beside signals and reloads.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "http/h1/h1_server_session.h"
#include "net/listener.h"
#include "upstream/directory.h"

namespace sluice {

class Admin final : private h1::SessionHome, private ListenerOwner {
 public:
  // Listens on the socket at `path`, with mode 0600. The error says what, where and why. Both references outlive it.
  static std::expected<std::unique_ptr<Admin>, std::string> open(Loop& loop, const std::string& path,
                                                                 Directory& directory);
  ~Admin() override;  // closes every connection and removes the socket, unless another's has taken its place
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  const std::string& path() const { return path_; }

  struct Answer {
    int status;
    std::string json;
  };
  // What a request is answered with; for tests too.
  Answer answer(std::string_view method, std::string_view target, std::string_view body);

 private:
  struct Visit;
  Admin(Loop& loop, std::string path, int fd, Directory& directory);
  Answer give_order(std::string_view upstream, std::string_view endpoint, std::string_view body);

  Opened on_stream_open(h1::H1ServerSession& session, ServerStream& stream) override;
  void on_session_closed(h1::H1ServerSession& session) override;
  bool take_room() override { return true; }
  void give_back_room() override {}
  void on_finished() override {}
  void on_accept(TransportPtr transport) override;

  Loop& loop_;
  std::string path_;
  int fd_;
  std::uint64_t device_ = 0, inode_ = 0;  // of the socket's file
  Directory& directory_;
  h1::ServerSessionSettings settings_;
  h1::H1ServerSession* sessions_ = nullptr;
  std::unique_ptr<Listener> listener_;
};

// ---- its client ----

// One request over the socket at `path`. The error says what went wrong with the connection.
std::expected<Admin::Answer, std::string> ask_admin(const std::string& path, std::string_view method,
                                                    std::string_view target, std::string_view body);
// As a part of a target's path (RFC 3986 2.1).
std::string percent_encode(std::string_view text);

}  // namespace sluice
