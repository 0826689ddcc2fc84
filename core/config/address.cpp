#include "config/address.h"

#include <fmt/core.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>

#include "base/ascii.h"
#include "base/ip.h"
#include "config/problem.h"
#include "config/value.h"

namespace sluice::config {
namespace {

constexpr std::size_t kUnixPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t kDnsName = 253;  // RFC 1035 3.1, as text

using Result = std::expected<Address, std::string>;

Result refuse(std::string_view text, std::string_view why) {
  return std::unexpected(fmt::format("{} {}", quote(text), why));
}

Result unix_address(std::string_view text) {
  Address address{Address::Kind::unix_path, {}, 0, std::string(text.substr(5))};
  if (!address.path.starts_with('/')) return refuse(text, "needs an absolute path behind \"unix:\"");
  if (address.path.size() > kUnixPath || address.path.find('\0') != std::string::npos)
    return refuse(text, fmt::format("is no path for a Unix socket: at most {} bytes, no NUL", kUnixPath));
  return address;
}

bool is_name(std::string_view host) {
  auto fits = [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '_' || c == '.';
  };
  return !host.empty() && host.size() <= kDnsName && std::all_of(host.begin(), host.end(), fits) &&
         host.find("..") == std::string_view::npos && host.front() != '.' && host.front() != '-';
}

// "1.2.3" and "256.1.1.1" are slips, not names: no top-level domain is all digits (RFC 3696 2).
bool looks_numeric(std::string_view host) {
  auto last = host.substr(host.rfind('.') + 1);
  return !last.empty() && std::all_of(last.begin(), last.end(), ascii::is_digit);
}

// Splits host and port; the host keeps no brackets.
Result split(std::string_view text, std::string_view example) {
  auto colon = text.rfind(':');
  auto scheme = text.find("://");
  if (scheme != std::string_view::npos)
    return refuse(text, fmt::format("has a scheme; write host and port alone, as in \"{}\"", example));
  auto bracketed = text.starts_with('[');
  auto inside = bracketed ? text.rfind("]:") : std::string_view::npos;
  if (colon == std::string_view::npos || (bracketed && inside == std::string_view::npos))
    return refuse(text, fmt::format("has no port; write it as in \"{}\"", example));
  auto host = bracketed ? text.substr(1, inside - 1) : text.substr(0, colon);
  if (!bracketed && host.find(':') != std::string_view::npos)
    return refuse(text, "is ambiguous; write IPv6 addresses in brackets, as in \"[2001:db8::1]:8080\"");
  auto digits = text.substr(colon + 1);
  auto port = parse_int(digits);
  if (!port || *port < 0 || *port > 65535 || !ascii::is_digit(digits.front()))
    return refuse(text, "has no valid port; needs 0 to 65535 behind the last colon");
  Address address{Address::Kind::ip, std::string(host), static_cast<std::uint16_t>(*port), {}};
  auto ip = host.starts_with('[') ? std::nullopt : Ip::parse(host);
  if (bracketed && (!ip || host.find(':') == std::string_view::npos))
    return refuse(text, "has no IPv6 address in its brackets");
  if (!ip) address.kind = Address::Kind::name;
  return address;
}

}  // namespace

std::string Address::text() const {
  switch (kind) {
    case Kind::unix_path: return "unix:" + path;
    case Kind::any: return fmt::format(":{}", port);
    default:
      return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                                 : fmt::format("[{}]:{}", host, port);
  }
}

std::expected<Address, std::string> parse_listen_address(std::string_view text) {
  if (text.starts_with("unix:")) return unix_address(text);
  auto address = split(text, "0.0.0.0:8080");
  if (!address || address->kind == Address::Kind::ip) return address;
  if (address->host.empty() || address->host == "*") {
    address->kind = Address::Kind::any;
    address->host.clear();
    return address;
  }
  if (ascii::iequals(address->host, "localhost"))
    return refuse(text, fmt::format("is a name; did you mean \"127.0.0.1:{}\"?", address->port));
  return refuse(text,
                fmt::format("is a name; listen on an address, as in \"127.0.0.1:{0}\" or \":{0}\" for all",
                            address->port));
}

std::expected<Address, std::string> parse_endpoint_address(std::string_view text) {
  if (text.starts_with("unix:")) return unix_address(text);
  auto address = split(text, "app.internal:8080");
  if (!address) return address;
  if (address->kind == Address::Kind::name && !is_name(address->host))
    return refuse(text, "has no valid host; needs a name or an IP address, as in \"app.internal:8080\"");
  if (address->kind == Address::Kind::name && looks_numeric(address->host))
    return refuse(text, "has no valid IPv4 address");
  if (address->port == 0) return refuse(text, "has port 0; needs 1 to 65535");
  return address;
}

std::expected<Address, std::string> parse_service_name(std::string_view text) {
  if (!is_name(text))
    return refuse(text, "is no name; write one as in \"_http._tcp.app.internal\", without a port");
  return Address{Address::Kind::name, std::string(text), 0, {}};
}

}  // namespace sluice::config
