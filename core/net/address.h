// Where a socket is or goes: IPv4, IPv6 or a Unix socket's path.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.h"

namespace sluice {

class Address {
 public:
  Address() = default;
  // "192.0.2.1:80", "[2001:db8::1]:80", ":80" (every address, IPv6 and IPv4), "unix:/run/x.sock". Names are not resolved. The
  // error says what is wrong.
  static std::expected<Address, std::string> parse(std::string_view text);
  static Address of(const sockaddr* address);
  static Address of(const Ip& ip, std::uint16_t port);

  bool is_unix() const { return family() == AF_UNIX; }
  int family() const { return any_.sa.sa_family; }
  std::uint16_t port() const;
  std::optional<Ip> ip() const;
  // Of a Unix socket; empty for others and for a socket without a name.
  std::string_view path() const { return path_ != nullptr ? std::string_view(*path_) : std::string_view(); }
  // For bind and connect; IPv4 and IPv6 only.
  const sockaddr* raw() const { return &any_.sa; }
  socklen_t raw_size() const { return family() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6); }
  // As parse() reads it.
  std::string text() const;
  bool operator==(const Address& other) const { return text() == other.text(); }

 private:
  union Any {
    sockaddr sa;
    sockaddr_in four;
    sockaddr_in6 six;
  };
  Any any_{};
  // Shared, since an address is kept for each connection, few of which are Unix sockets.
  std::shared_ptr<const std::string> path_;
};

}  // namespace sluice
