#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <cstring>

#include "base/ascii.h"

namespace sluice {

std::expected<Address, std::string> Address::parse(std::string_view text) {
  Address address;
  if (text.starts_with("unix:")) {
    auto path = text.substr(5);
    // One byte of sun_path is for the terminator (unix(7)).
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
      return std::unexpected(fmt::format("\"{}\": a Unix socket's path has 1 to {} bytes", text,
                                         sizeof(sockaddr_un::sun_path) - 1));
    address.path_ = std::make_shared<std::string>(path);
    address.any_.sa.sa_family = AF_UNIX;
    return address;
  }
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::unexpected(fmt::format("\"{}\" has no port; write \"{}:80\"", text, text));
  auto port = ascii::to_number(text.substr(colon + 1));
  if (!port || *port > 65535)
    return std::unexpected(
        fmt::format("\"{}\": \"{}\" is no port (0 to 65535)", text, text.substr(colon + 1)));
  auto host = text.substr(0, colon);
  if (host.empty()) return of(Ip{}, static_cast<std::uint16_t>(*port));
  if (host.find(':') != std::string_view::npos && host.front() != '[')
    return std::unexpected(
        fmt::format("\"{}\": an IPv6 address goes in brackets, \"[{}]:{}\"", text, host, *port));
  auto ip = Ip::parse(host);
  if (!ip) return std::unexpected(fmt::format("\"{}\": \"{}\" is no IP address", text, host));
  return of(*ip, static_cast<std::uint16_t>(*port));
}

Address Address::of(const sockaddr* raw) {
  Address address;
  if (raw->sa_family == AF_INET)
    std::memcpy(&address.any_.four, raw, sizeof(sockaddr_in));
  else if (raw->sa_family == AF_INET6)
    std::memcpy(&address.any_.six, raw, sizeof(sockaddr_in6));
  else {
    address.any_.sa.sa_family = AF_UNIX;
    if (raw->sa_family == AF_UNIX)
      address.path_ = std::make_shared<std::string>(reinterpret_cast<const sockaddr_un*>(raw)->sun_path);
  }
  return address;
}

Address Address::of(const Ip& ip, std::uint16_t port) {
  Address address;
  if (ip.is_v4()) {
    address.any_.four.sin_family = AF_INET;
    address.any_.four.sin_port = htons(port);
    std::memcpy(&address.any_.four.sin_addr, ip.bytes.data() + 12, 4);
  } else {
    address.any_.six.sin6_family = AF_INET6;
    address.any_.six.sin6_port = htons(port);
    std::memcpy(&address.any_.six.sin6_addr, ip.bytes.data(), 16);
  }
  return address;
}

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(any_.four.sin_port);
  if (family() == AF_INET6) return ntohs(any_.six.sin6_port);
  return 0;
}

std::optional<Ip> Address::ip() const { return Ip::of(&any_.sa); }

std::string Address::text() const {
  if (is_unix()) return "unix:" + std::string(path());
  auto address = ip();
  if (!address) return {};
  return address->is_v4() ? fmt::format("{}:{}", address->text(), port())
                          : fmt::format("[{}]:{}", address->text(), port());
}

}  // namespace sluice
