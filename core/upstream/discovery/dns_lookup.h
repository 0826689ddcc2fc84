// One lookup from its first question to its last answer: the names of the search list in turn, a service and then its targets,
// both families side by side.
//
//   address:  name -> hosts file, or A and AAAA -> (no such name: the next of the search list) -> done
//   service:  name -> SRV -> each target: glue, hosts file, or A and AAAA -> done
//
// Held by its source; questions hold it weakly, so a source that dies while some are open hears nothing. [loop]
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "upstream/discovery/dns_channel.h"
#include "upstream/discovery/dns_found.h"
#include "upstream/discovery/hosts_file.h"

namespace sluice {

// Addresses by question ("A app.internal"), as they were last answered.
using DnsMemory = std::unordered_map<std::string, std::vector<Ip>>;

struct DnsFinding {
  std::vector<DnsTarget> targets;   // with what is remembered of questions that failed
  std::uint32_t ttl = 0;            // seconds, the least of all answers
  std::size_t answered = 0;         // questions for addresses that brought some
  bool has_failures = false;        // not all is known: a question failed, or a service cannot be used
  bool is_unavailable = false;      // the service's target is ".": decidedly not available (RFC 2782)
  std::vector<std::string> faults;  // "A app.internal: NXDOMAIN", in the order asked
  DnsMemory memory;                 // for the next lookup
};

class DnsLookup final : public DnsAsker, public std::enable_shared_from_this<DnsLookup> {
 public:
  // `done(arg)` in a later turn, once, unless `timers` are cancelled before; hosts and query outlive the lookup.
  DnsLookup(Loop& loop, std::shared_ptr<DnsChannel> channel, HostsFile& hosts, const DnsQuery& query,
            TimerList& timers, void (*done)(void*), void* arg);
  void start();
  // What is known by now; `before` stands in for questions that failed. All of it once done.
  DnsFinding finding(const DnsMemory& before) const;

  void on_reply(std::size_t tag, DnsReply&& reply) override;

 private:
  struct Question {
    std::string name;
    DnsType type;
    std::size_t target;  // index; of SRV none
    bool is_open = true;
    DnsReply reply;
    std::string text() const { return std::string(name_of(type)) + " " + name; }
  };
  bool wants(DnsType type) const;
  void ask(const std::string& name, DnsType type, std::size_t target);
  void try_candidate();
  void resolve(const std::string& name, std::size_t target, const std::vector<DnsAnswer::Glue>& glue);
  void take_services(const DnsAnswer& answer);
  void step();
  void finish();

  Loop& loop_;
  std::shared_ptr<DnsChannel> channel_;
  HostsFile& hosts_;
  const DnsQuery& query_;
  TimerList& timers_;
  void (*done_)(void*);
  void* arg_;
  std::vector<std::string> candidates_;
  std::size_t candidate_ = 0;
  std::size_t first_ = 0;  // of the candidate's questions
  std::vector<Question> questions_;
  std::size_t open_ = 0;
  std::vector<DnsTarget> targets_;  // addresses: those that needed no question
  std::uint32_t ttl_;
  std::size_t unasked_ = 0;  // targets' addresses that needed no question
  bool has_services_ = false, is_unavailable_ = false;
  std::vector<std::string> odd_;  // services that cannot be used
};

}  // namespace sluice
