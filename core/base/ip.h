// IP addresses as 16 bytes (IPv4 mapped into ::ffff:0:0/96), and networks of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace sluice {

struct Ip {
  std::array<std::uint8_t, 16> bytes{};

  // "192.0.2.1", "2001:db8::1", brackets allowed. Nothing else (no names, no zone, no port).
  static std::optional<Ip> parse(std::string_view text);
  // Of an AF_INET or AF_INET6 address; nothing for others.
  static std::optional<Ip> of(const sockaddr* address);
  bool is_v4() const;
  std::string text() const;
  // Writes text() to `out` (at least 46 bytes); returns its length.
  std::size_t text_to(char* out) const;
  bool operator==(const Ip&) const = default;
};

// A range of addresses, or a single one. config/cidr.h reads it from text.
struct Network {
  Ip base;                // bits behind the prefix are zero
  unsigned prefix = 128;  // bits of the 16-byte form

  bool contains(const Ip& ip) const;
  bool operator==(const Network&) const = default;
};

}  // namespace sluice
