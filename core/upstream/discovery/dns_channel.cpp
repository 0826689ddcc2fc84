// ares_query is deprecated since 1.28 for a function that 1.18 (Debian 12) does not have; this is c-ares' own switch for that.
#define CARES_NO_DEPRECATED
#include "upstream/discovery/dns_channel.h"

#include <ares.h>
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.h"

namespace sluice {
namespace {

constexpr std::size_t kBurst =
    64;  // questions at once: a quarter of what a socket's default buffer holds (212,992 bytes)
constexpr std::uint64_t kPauseMs = 5;  // between bursts: 12,800 questions a second
constexpr int kUdpSize = 1232;  // bytes of an answer by UDP that no path cuts to pieces (DNS flag day 2020)
constexpr int kInternet = 1;    // class IN

using Options = std::unique_ptr<ares_options, void (*)(ares_options*)>;

std::string describe(int status) {
  switch (status) {
    case ARES_ENODATA: return "no such record";
    case ARES_ENOTFOUND: return "NXDOMAIN";
    case ARES_ESERVFAIL: return "SERVFAIL";
    case ARES_EFORMERR: return "FORMERR";
    case ARES_ENOTIMP: return "NOTIMP";
    case ARES_EREFUSED: return "REFUSED";
    case ARES_EBADRESP: return "an answer that is none";
    case ARES_EBADNAME: return "not a name that can be asked";
    // c-ares 1.18 also gives this when each of several servers was reached and answered with an error.
    case ARES_ECONNREFUSED: return "no server could be reached, or each gave an error (SERVFAIL, REFUSED)";
    case ARES_ETIMEOUT: return "no answer in time";
    default: return ares_strerror(status);
  }
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& each : texts)
    all += (all.empty() ? "" : ",") + each;
  return all;
}

}  // namespace

struct DnsChannel::Question {
  DnsChannel* channel;
  std::string name;
  DnsType type;
  std::weak_ptr<DnsAsker> asker;
  std::size_t tag;
};

// Closed by libuv after its socket; the block outlives the channel until then.
struct DnsChannel::Poll {
  uv_poll_t handle;
  DnsChannel* channel;
  int events = 0;
};

DnsChannel::DnsChannel(Loop& loop, const DnsSettings& settings) : loop_(loop) {
  if (settings.search) search_ = SearchList::read(settings.resolv_conf);
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS)
    fault_ = describe(library);
  else
    set_up(settings);
  if (!fault_.empty()) log::error("discovery: the DNS cannot be asked: {}", fault_);
}

void DnsChannel::set_up(const DnsSettings& settings) {
  ares_options options{};
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ;
  options.flags = ARES_FLAG_EDNS;
  // An error such as SERVFAIL is for the next server to mend; where there is none, it is the answer (c-ares 1.18 would forget it).
  if (settings.servers.size() == 1) options.flags |= ARES_FLAG_NOCHECKRESP;
  options.ednspsz = kUdpSize;
  options.timeout = static_cast<int>(std::clamp<std::int64_t>(settings.timeout.count(), 1, 60'000));
  options.tries = static_cast<int>(std::clamp<std::uint32_t>(settings.tries, 1, 100));
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<DnsChannel*>(self)->watch(fd, readable != 0, writable != 0);
  };
  std::string resolv_conf = settings.resolv_conf;
  options.resolvconf_path = resolv_conf.data();
  mask |= ARES_OPT_RESOLVCONF;
#ifdef ARES_OPT_QUERY_CACHE
  mask |= ARES_OPT_QUERY_CACHE;  // none: an answer's TTL is kept here, once
  options.qcache_max_ttl = 0;
#endif
#ifdef ARES_OPT_MAXTIMEOUTMS
  mask |= ARES_OPT_MAXTIMEOUTMS;  // versions that have it would wait longer for a server each time
  options.maxtimeout = options.timeout;
#endif
  if (int status = ares_init_options(&ares_, &options, mask); status != ARES_SUCCESS) {
    ares_ = nullptr;
    fault_ = describe(status);
    return;
  }
  if (!settings.servers.empty()) {
    const auto servers = joined(settings.servers);
    if (int status = ares_set_servers_ports_csv(ares_, servers.c_str()); status != ARES_SUCCESS)
      fault_ = fmt::format("servers \"{}\": {}; write addresses, as in \"10.0.0.2:53\"", servers,
                           ares_strerror(status));
  }
}

DnsChannel::~DnsChannel() {
  ending_ = true;
  timers_.cancel_all();
  if (ares_ != nullptr)
    ares_destroy(ares_);  // frees the open questions, and says of every socket that it is closed
  for (auto& [fd, poll] : std::exchange(polls_, {}))
    uv_close(reinterpret_cast<uv_handle_t*>(&poll->handle),
             [](uv_handle_t* handle) { delete static_cast<Poll*>(handle->data); });
}

std::vector<std::string> DnsChannel::candidates(const std::string& name) const {
  return search_ ? search_->candidates(name) : std::vector{name};
}

void DnsChannel::ask(std::string name, DnsType type, std::weak_ptr<DnsAsker> asker, std::size_t tag) {
  queue_.push_back(std::make_unique<Question>(this, std::move(name), type, std::move(asker), tag));
  if (pump_ != nullptr) return;
  pump_ = Timer::start(loop_, 0, [](void* self) { static_cast<DnsChannel*>(self)->pump(); }, this, &timers_);
}

void DnsChannel::pump() {
  pump_ = nullptr;
  for (std::size_t sent = 0; sent < kBurst && !queue_.empty();) {
    auto question = std::move(queue_.front());
    queue_.pop_front();
    auto asker = question->asker.lock();
    if (asker == nullptr) continue;
    if (!fault_.empty()) {
      asker->on_reply(question->tag, {DnsReply::Outcome::failed, {}, fault_});
      continue;
    }
    asker.reset();
    ++sent;
    auto* asked = question.release();  // answered() takes it back
    ares_query(ares_, asked->name.c_str(), kInternet, static_cast<int>(asked->type), answered, asked);
  }
  if (!queue_.empty() && pump_ == nullptr)
    pump_ = Timer::start(
        loop_, kPauseMs, [](void* self) { static_cast<DnsChannel*>(self)->pump(); }, this, &timers_);
  arm();
}

void DnsChannel::answered(void* arg, int status, int, unsigned char* bytes, int size) {
  const std::unique_ptr<Question> question(static_cast<Question*>(arg));
  const auto asker = question->asker.lock();
  if (asker == nullptr || question->channel->ending_) return;
  DnsReply reply;
  if (status == ARES_SUCCESS && bytes != nullptr && size > 0) {
    auto answer = parse_dns_answer({bytes, static_cast<std::size_t>(size)}, question->type);
    if (!answer) {
      reply.error = std::move(answer.error());
    } else if (answer->addresses.empty() && answer->services.empty()) {
      reply.outcome = DnsReply::Outcome::nothing;
      reply.error = describe(ARES_ENODATA);
    } else {
      reply.outcome = DnsReply::Outcome::answered;
      reply.answer = std::move(*answer);
    }
  } else {
    if (status == ARES_ENODATA || status == ARES_ENOTFOUND) reply.outcome = DnsReply::Outcome::nothing;
    reply.error = describe(status == ARES_SUCCESS ? ARES_EBADRESP : status);
  }
  asker->on_reply(question->tag, std::move(reply));
}

// One timer for the question whose time is over first; firing early does no harm.
void DnsChannel::arm() {
  timeval wait{};
  if (ares_ == nullptr || ares_timeout(ares_, nullptr, &wait) == nullptr) {
    if (timeout_ != nullptr) std::exchange(timeout_, nullptr)->cancel();
    return;
  }
  const auto wait_ms = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wait.tv_sec) * 1000 +
                                                      static_cast<std::uint64_t>(wait.tv_usec + 999) / 1000);
  const auto at_ms = uv_hrtime() / 1'000'000 + wait_ms;
  if (timeout_ != nullptr && timeout_at_ms_ <= at_ms) return;
  if (timeout_ != nullptr) timeout_->cancel();
  timeout_at_ms_ = at_ms;
  timeout_ = Timer::start(
      loop_, wait_ms,
      [](void* arg) {
        auto& self = *static_cast<DnsChannel*>(arg);
        self.timeout_ = nullptr;
        ares_process_fd(self.ares_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        self.arm();
      },
      this, &timers_);
}

void DnsChannel::watch(int fd, bool readable, bool writable) {
  const auto found = polls_.find(fd);
  const int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  if (events == 0) {
    if (found == polls_.end()) return;
    // Stops at once, before c-ares closes the socket and the kernel gives its number to another.
    uv_close(reinterpret_cast<uv_handle_t*>(&found->second->handle),
             [](uv_handle_t* handle) { delete static_cast<Poll*>(handle->data); });
    polls_.erase(found);
    return;
  }
  auto* poll = found == polls_.end() ? nullptr : found->second;
  if (poll == nullptr) {
    auto fresh = std::make_unique<Poll>();
    fresh->channel = this;
    if (int status = uv_poll_init(loop_.uv(), &fresh->handle, fd); status != 0) {
      // The questions on it end by their timeout.
      log::error("discovery: a DNS socket cannot be polled: {}", uv_strerror(status));
      return;
    }
    poll = fresh.release();
    poll->handle.data = poll;
    polls_[fd] = poll;
  }
  poll->events = events;
  uv_poll_start(&poll->handle, events, on_event);
}

void DnsChannel::on_event(uv_poll_t* handle, int status, int events) {
  auto& self = *static_cast<Poll*>(handle->data)->channel;
  Turn turn(self.loop_);
  uv_os_fd_t fd = ARES_SOCKET_BAD;
  uv_fileno(reinterpret_cast<uv_handle_t*>(handle), &fd);
  // An error shows itself to c-ares when it reads or writes.
  const auto readable = status != 0 || (events & UV_READABLE) != 0;
  const auto writable = status != 0 || (events & UV_WRITABLE) != 0;
  ares_process_fd(self.ares_, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
  // libuv stops a poll that had an error; c-ares may go on with the socket.
  if (const auto still = self.polls_.find(fd);
      status != 0 && still != self.polls_.end() && &still->second->handle == handle)
    uv_poll_start(handle, still->second->events, on_event);
  self.arm();
}

}  // namespace sluice
