// Addresses as the configuration writes them: where a listener listens, where an endpoint is. Nothing is resolved here.
// Pure values. [any-thread]
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sluice::config {

struct Address {
  enum class Kind : std::uint8_t {
    ip,         // `host` is a literal, without brackets
    name,       // `host` is to be resolved (endpoints only)
    any,        // all addresses of the machine, IPv6 and IPv4 (":8080", listeners only)
    unix_path,  // `path`
  };
  Kind kind = Kind::ip;
  std::string host;
  std::uint16_t port = 0;
  std::string path;

  // "10.0.0.1:80", "[::1]:80", "name:80", ":80", "unix:/path".
  std::string text() const;
  bool operator==(const Address&) const = default;
};

// "0.0.0.0:8080", "[::]:8080", ":8080", "127.0.0.1:0" (the system picks a port), "unix:/run/x.sock". Names are refused: what
// a name means may change, and a listener's address may not.
std::expected<Address, std::string> parse_listen_address(std::string_view text);

// "10.0.0.1:80", "[::1]:80", "name:80", "unix:/run/x.sock". Port 1..65535.
std::expected<Address, std::string> parse_endpoint_address(std::string_view text);

// The name of an SRV record: "_http._tcp.app.internal" (RFC 2782), or any other name. Port 0.
std::expected<Address, std::string> parse_service_name(std::string_view text);

}  // namespace sluice::config
