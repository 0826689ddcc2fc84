// What discovery wants of a DNS answer, read from its wire form (RFC 1035 4.1): addresses, services (RFC 2782), the addresses of
// their targets that came along, and for how long all of it holds. Every length is checked against what was received; bytes that
// are no answer give an error, never half of one. Pure functions. [any-thread]
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"

namespace sluice {

enum class DnsType : std::uint16_t { a = 1, aaaa = 28, srv = 33 };  // RFC 1035, 3596, 2782
std::string_view name_of(DnsType type);                             // "A"

struct DnsService {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string
      target;  // without the last dot, special bytes escaped as in zone files; empty: ".", no such service
  bool operator==(const DnsService&) const = default;
};

struct DnsAnswer {
  // An address that was not asked for, of a name that an answer mentions.
  struct Glue {
    std::string owner;  // lower case
    DnsType type = DnsType::a;
    Ip ip;
    std::uint32_t ttl = 0;
  };
  std::uint32_t ttl = 0;      // seconds: the least of the answer's records, CNAMEs on the way among them
  std::vector<Ip> addresses;  // asked for A or AAAA
  std::vector<DnsService> services;  // asked for SRV
  std::vector<Glue> glue;            // asked for SRV
};

// `asked`: the type of the question; records of others are passed over, and so are the addresses 0.0.0.0 and ::, with which
// filters say "blocked". An answer without records of that type is empty, not
// an error. The error is a half sentence: "record 3 ends behind the answer".
std::expected<DnsAnswer, std::string> parse_dns_answer(std::span<const std::uint8_t> wire, DnsType asked);

}  // namespace sluice
