// A DNS server of a test, on a free port of 127.0.0.1, by UDP and TCP: it says exactly what it was told to, also what no server
// should say. Names that nobody set do not exist (NXDOMAIN). [any-thread]
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::test {

// One resource record, its data in wire form.
struct DnsRecord {
  std::string owner;  // empty: the name that was asked
  std::uint16_t type;
  std::uint32_t ttl;
  std::string data;
};
DnsRecord a_record(std::string_view ip, std::uint32_t ttl = 60, std::string owner = {});
DnsRecord aaaa_record(std::string_view ip, std::uint32_t ttl = 60, std::string owner = {});
DnsRecord cname_record(std::string_view target, std::uint32_t ttl = 60);
// `target` "." is the root.
DnsRecord srv_record(std::uint16_t priority, std::uint16_t weight, std::uint16_t port,
                     std::string_view target, std::uint32_t ttl = 60);

struct DnsScript {
  std::vector<DnsRecord> answers, additional;
  int code = 0;  // RCODE: 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
  bool is_silent = false;
  bool is_cut_by_udp = false;  // TC and no records by UDP, all of it by TCP
  std::string
      garbage{};  // stands behind header and question in the place of records, of which the header promises one
};

class DnsServer {
 public:
  DnsServer();
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  std::string address() const;  // "127.0.0.1:port"
  // From now on; `type` is "A", "AAAA" or "SRV".
  void set(const std::string& name, const std::string& type, DnsScript script);
  void forget(const std::string& name, const std::string& type);
  // Questions so far, as "A app.test", in their order.
  std::vector<std::string> asked() const;
  std::size_t count(const std::string& question) const;
  std::size_t by_tcp() const { return by_tcp_; }

 private:
  void serve();
  std::string answer(std::string_view question, bool is_tcp);

  int udp_ = -1, tcp_ = -1, wake_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, DnsScript> scripts_;  // by question
  std::vector<std::string> asked_;
  std::atomic<std::size_t> by_tcp_ = 0;
  std::thread thread_;
};

}  // namespace sluice::test
