#include "server/admin.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/ascii.h"
#include "config/problem.h"
#include "config/value.h"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::size_t kMostBody = 64 * 1024;
// An owner's name stands in every line of its order.
constexpr std::size_t kLongestOwner = 128;  // bytes
// How long the client waits for a gateway that does not move (stopped, or busy with a large reload): seconds.
constexpr int kAnswerSeconds = 30;

Admin::Answer refuse(int status, const std::string& why) {
  // What was asked for may be no UTF-8.
  return {status, json{{"error", why}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? ascii::hex(text[i + 1]) : -1;
    const int low = high >= 0 ? ascii::hex(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    parts.push_back(decode(path.substr(0, end)));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return parts;
}

}  // namespace

// One request: collects its body, answers at its end.
struct Admin::Visit final : StreamSink {
  Visit(Admin& its, ServerStream& client) : admin(its), stream(&client), head(arena) {}

  void on_stream_event(const Event& event) override {
    if (auto* data = std::get_if<DataEvent>(&event)) {
      if (body.size() <= kMostBody) body.append(data->bytes);
    } else if (std::holds_alternative<EndEvent>(event)) {
      reply(body.size() > kMostBody ? refuse(413, "more than 64 KiB")
                                    : admin.answer(head.method, head.target, body));
    } else if (auto* abort = std::get_if<AbortEvent>(&event)) {
      if (!abort->gone) stream->finish();
      leave();
    }
  }
  void on_stream_notice(Notice) override {}

  void reply(const Answer& answer) {
    HeaderMap headers(arena);
    headers.add("Content-Type", "application/json");
    stream->send_response(answer.status, headers, {BodyPlan::length, answer.json.size()}, {}, true);
    if (!head.is_head()) stream->send_data(arena.copy(answer.json));
    stream->send_end();
    stream->finish();
    leave();
  }

  void leave() {
    admin.loop_.defer([](void* self) { delete static_cast<Visit*>(self); }, this);
  }

  Admin& admin;
  ServerStream* stream;
  Arena arena;
  RequestHead head;
  std::string body;
};

std::expected<std::unique_ptr<Admin>, std::string> Admin::open(Loop& loop, const std::string& path,
                                                               Directory& directory) {
  auto address = Address::parse("unix:" + path);
  if (!address) return std::unexpected(address.error());
  // From its first moment on for nobody else.
  const auto before = umask(0177);
  auto fd = open_listen_socket(*address, {.backlog = 16, .reuse_port = false});
  umask(before);
  if (!fd) return std::unexpected(fd.error());
  return std::unique_ptr<Admin>(new Admin(loop, path, *fd, directory));
}

Admin::Admin(Loop& loop, std::string path, int fd, Directory& directory)
    : loop_(loop), path_(std::move(path)), fd_(fd), directory_(directory) {
  struct stat file{};
  if (lstat(path_.c_str(), &file) == 0) {
    device_ = file.st_dev;
    inode_ = file.st_ino;
  }
  listener_ = std::make_unique<Listener>(loop_, fd_, static_cast<ListenerOwner&>(*this));
}

Admin::~Admin() {
  Turn turn(loop_);
  listener_.reset();
  struct stat file{};
  if (lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_)
    unlink(path_.c_str());
  ::close(fd_);
  while (sessions_ != nullptr)
    sessions_->close();
}

h1::SessionHome::Opened Admin::on_stream_open(h1::H1ServerSession&, ServerStream& stream) {
  auto* visit = new Visit(*this, stream);
  return {*visit, visit->head};
}

void Admin::on_session_closed(h1::H1ServerSession& session) {
  (session.previous != nullptr ? session.previous->next : sessions_) = session.next;
  if (session.next != nullptr) session.next->previous = session.previous;
  loop_.defer([](void* dead) { delete static_cast<h1::H1ServerSession*>(dead); }, &session);
}

void Admin::on_accept(TransportPtr transport) {
  auto* session = new h1::H1ServerSession(std::move(transport), settings_, *this);
  session->next = sessions_;
  if (sessions_ != nullptr) sessions_->previous = session;
  sessions_ = session;
  session->start();
}

Admin::Answer Admin::answer(std::string_view method, std::string_view target, std::string_view body) {
  const auto parts = segments(target.substr(0, target.find('?')));
  if (parts == std::vector<std::string>{"upstreams"}) {
    if (method != "GET" && method != "HEAD") return refuse(405, "/upstreams takes GET");
    return {200, directory_.describe() + "\n"};
  }
  if (parts.size() == 2 && parts[0] == "upstreams") {
    if (method != "GET" && method != "HEAD") return refuse(405, "an upstream takes GET");
    auto shown = directory_.describe(parts[1]);
    if (shown.empty()) return refuse(404, fmt::format("no upstream is named {}", config::quote(parts[1])));
    return {200, std::move(shown) + "\n"};
  }
  if (parts.size() == 4 && parts[0] == "upstreams" && parts[2] == "endpoints") {
    if (method != "PUT") return refuse(405, "an endpoint takes PUT");
    return give_order(parts[1], parts[3], body);
  }
  return refuse(404,
                "known here: GET /upstreams, GET /upstreams/NAME, PUT /upstreams/NAME/endpoints/ADDRESS");
}

Admin::Answer Admin::give_order(std::string_view upstream, std::string_view endpoint, std::string_view body) {
  const auto wanted = json::parse(body, nullptr, false);
  if (!wanted.is_object())
    return refuse(400, "the body is no JSON object; write one as in {\"state\": \"draining\"}");
  Directory::Order order;
  bool has_state = false;
  for (auto& [key, value] : wanted.items()) {
    if (!value.is_string()) return refuse(400, fmt::format("\"{}\" needs a string", key));
    const auto text = value.get<std::string>();
    if (key == "state") {
      has_state = true;
      if (text == "active")
        order.state = Directory::State::active;
      else if (text == "draining")
        order.state = Directory::State::draining;
      else if (text == "disabled")
        order.state = Directory::State::disabled;
      else
        return refuse(400, fmt::format("{} is no state; needs \"active\", \"draining\" or \"disabled\"",
                                       config::quote(text)));
    } else if (key == "owner") {
      const bool is_plain = std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
      if (text.empty() || text.size() > kLongestOwner || !is_plain)
        return refuse(400,
                      fmt::format("\"owner\" needs 1 to {} bytes without control characters", kLongestOwner));
      order.owner = text;
    } else if (key == "for") {
      const auto time = config::parse_duration(text);
      if (!time || time->count() == 0)
        return refuse(400, fmt::format("{} is no duration; write a number and its unit, as in \"10m\"",
                                       config::quote(text)));
      const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::system_clock::now().time_since_epoch());
      order.until_ms = static_cast<std::uint64_t>((now + *time).count());
    } else {
      return refuse(400, fmt::format("\"{}\" is not known; known here: state, owner, for", key));
    }
  }
  if (!has_state) return refuse(400, "\"state\" is missing: \"active\", \"draining\" or \"disabled\"");
  if (order.owner.empty()) order.owner = "somebody";
  if (directory_.order(std::string(upstream), std::string(endpoint), std::move(order)))
    return {200, directory_.describe(upstream) + "\n"};
  return refuse(404, directory_.describe(upstream).empty()
                         ? fmt::format("no upstream is named {}", config::quote(upstream))
                         : fmt::format("upstream {} has no endpoint {}", upstream, config::quote(endpoint)));
}

// ---- its client ----

std::string percent_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~')
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::expected<Admin::Answer, std::string> ask_admin(const std::string& path, std::string_view method,
                                                    std::string_view target, std::string_view body) {
  const auto failed = [&path](int fd, const char* what) {
    const int why = errno;
    if (fd >= 0) ::close(fd);
    if (why == EAGAIN) return std::unexpected(fmt::format("{}: no answer within {} s", path, kAnswerSeconds));
    return std::unexpected(
        fmt::format("{}: {}: {}{}", path, what, std::strerror(why),
                    why == ENOENT || why == ECONNREFUSED ? "; is the gateway running?" : ""));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::unexpected(path + ": too long for a Unix socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed(fd, "socket");
  const timeval patience{kAnswerSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return failed(fd, "cannot connect");
  const auto request =
      fmt::format("{} {} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                  method, target, body.size(), body);
  for (std::string_view rest = request; !rest.empty();) {
    const auto sent = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return failed(fd, "cannot send");
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  char piece[16384];
  for (;;) {
    const auto got = recv(fd, piece, sizeof piece, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(fd, "cannot read");
    if (got == 0) break;
    answer.append(piece, static_cast<std::size_t>(got));
  }
  ::close(fd);
  const auto head_end = answer.find("\r\n\r\n");
  const auto status =
      answer.size() > 12 ? ascii::to_number(std::string_view(answer).substr(9, 3)) : std::nullopt;
  if (head_end == std::string::npos || !status) return std::unexpected(path + ": an answer that is no HTTP");
  return Admin::Answer{static_cast<int>(*status), answer.substr(head_end + 4)};
}

}  // namespace sluice
