// Endpoints from the DNS: A and AAAA, or SRV with the addresses of its targets, asked again when their TTL is over. With c-ares.
//
// Names are absolute (no search list) unless asked otherwise; /etc/hosts counts. An error names the questions that were asked.
// One channel per process and settings; never blocks the loop or a thread of libuv's pool, and a slow server of one name holds up
// no other. Control thread's loop.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "upstream/discovery/source.h"

namespace sluice {

struct DnsSettings {
  std::vector<std::string>
      servers;  // "10.0.0.2", "10.0.0.2:5353", "[::1]:53"; empty: those of /etc/resolv.conf
  bool search = false;
  std::chrono::milliseconds timeout{
      2'000};  // of one question to one server; c-ares before 1.22 doubles it for each further try
  std::uint32_t tries = 2;                                       // per server
  std::chrono::milliseconds min_ttl{1'000}, max_ttl{3'600'000};  // between which a TTL is kept
  std::chrono::milliseconds retry{1'000};  // after a failure, doubled each time up to 30 s
  // Both are read again when they have changed.
  std::string hosts_file = "/etc/hosts";
  std::string resolv_conf = "/etc/resolv.conf";  // servers (where none are named above), search list, options
  bool operator==(const DnsSettings&) const = default;
};

struct DnsQuery {
  enum class Kind : std::uint8_t { address, service } kind = Kind::address;
  enum class Family : std::uint8_t { any, ipv4, ipv6 } family = Family::any;
  std::string name;
  std::uint16_t port = 0;  // of addresses; services bring their own
  // For every endpoint found. A service's own weights and priorities (RFC 2782: lower first, numbered here from `priority` up) come
  // in their place; a service's weight of 0 counts as 1 where all are 0, else as a small share.
  std::uint32_t weight = 1, priority = 0;
  std::string zone;
};

class Dns {
 public:
  Dns(Loop& loop, DnsSettings settings);
  ~Dns();  // after all of its sources
  Dns(const Dns&) = delete;
  Dns& operator=(const Dns&) = delete;
  const DnsSettings& settings() const;
  // Asks at once, then again and again. `sink` outlives the source.
  std::unique_ptr<Source> watch(DnsQuery query, SourceSink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
