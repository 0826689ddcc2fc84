// A range of IP addresses, "10.0.0.0/8" or "2001:db8::/32", and whether an address is in it. Pure values. [any-thread]
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

// 16 bytes in network order; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that both kinds compare alike.
using IpBytes = std::array<std::uint8_t, 16>;

// The address a literal stands for; nothing for names, ports, zones and brackets.
std::optional<IpBytes> parse_ip(std::string_view text);

struct Cidr {
  IpBytes address{};      // bits behind the prefix are zero
  std::uint8_t bits = 0;  // of 128; IPv4 prefixes count from 96

  bool contains(const IpBytes& ip) const;
  bool operator==(const Cidr&) const = default;
};

// An address alone stands for itself. The error says what is wrong and how to write it.
std::expected<Cidr, std::string> parse_cidr(std::string_view text);

}  // namespace sluice::config
