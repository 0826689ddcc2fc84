// c-ares on the Loop: questions go out, answers come back, nothing waits.
//
//   ask() -> queue -> (64 each 5 ms) -> c-ares -> sockets in uv_poll, one timer -> parse_dns_answer -> DnsAsker::on_reply
//
// Questions are paced because a server's socket holds some hundred packets, and ten thousand names that start together would lose
// most of theirs. There is no limit of open ones: a slow server of one name holds up no other. [loop]
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/loop.h"
#include "net/timer.h"
#include "upstream/discovery/dns.h"
#include "upstream/discovery/dns_answer.h"
#include "upstream/discovery/search_list.h"

struct ares_channeldata;

namespace sluice {

struct DnsReply {
  enum class Outcome : std::uint8_t {
    answered,
    nothing,  // the server is sure that there is no such name, or nothing of this type
    failed,   // anything else: another question may bring more
  } outcome = Outcome::failed;
  DnsAnswer answer;
  std::string error;  // "NXDOMAIN", "no answer in time", ...; empty: answered
};

class DnsAsker {
 public:
  // From c-ares: may ask more, may not destroy the channel.
  virtual void on_reply(std::size_t tag, DnsReply&& reply) = 0;

 protected:
  ~DnsAsker() = default;
};

class DnsChannel {
 public:
  // Servers that cannot be used, or no memory, make every question fail with that reason.
  DnsChannel(Loop& loop, const DnsSettings& settings);
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  // `name` is absolute. One on_reply(tag) later, never within the call; none when the asker or the channel is gone by then.
  void ask(std::string name, DnsType type, std::weak_ptr<DnsAsker> asker, std::size_t tag);
  // The names to ask for `name`, in order; without search just the name.
  std::vector<std::string> candidates(const std::string& name) const;

 private:
  struct Question;
  struct Poll;
  void set_up(const DnsSettings& settings);
  void pump();
  void arm();
  void watch(int fd, bool readable, bool writable);
  static void on_event(uv_poll_t* handle, int status, int events);
  static void answered(void* arg, int status, int timeouts, unsigned char* bytes, int size);

  Loop& loop_;
  ares_channeldata* ares_ = nullptr;
  std::string fault_;  // why nothing can be asked
  std::optional<SearchList> search_;
  std::deque<std::unique_ptr<Question>> queue_;
  std::unordered_map<int, Poll*> polls_;
  TimerList timers_;
  Timer* pump_ = nullptr;
  Timer* timeout_ = nullptr;
  std::uint64_t timeout_at_ms_ = 0;
  bool ending_ = false;
};

}  // namespace sluice
