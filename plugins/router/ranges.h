// Ranges of IP addresses, "10.0.0.0/8", "2001:db8::/32" or a single address, and which client is in them.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::router {

// Network order; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
using Ip = std::array<std::uint8_t, 16>;

std::optional<Ip> parse_ip(std::string_view text);
// "[2001:DB8:0::1]" as "[2001:db8::1]" (RFC 5952); nothing when it is no IPv6 address in brackets.
std::optional<std::string> normal_ip6(std::string_view literal);

struct Range {
  Ip address{};
  unsigned bits = 0;  // of 128

  // The error says how to write it.
  static std::expected<Range, std::string> parse(std::string_view text);
  // A range of IPv6 that is wider than all mapped addresses has none of them: "::/0" is every IPv6 client, not every client.
  bool has(const Ip& ip) const;
  bool covers(const Range& other) const { return bits <= other.bits && has(other.address); }
};

}  // namespace sluice::router
