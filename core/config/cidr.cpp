#include "config/cidr.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "config/problem.h"
#include "config/value.h"

namespace sluice::config {
namespace {

constexpr std::uint8_t kMapped = 96;  // bits before an IPv4 address in its mapped form
constexpr IpBytes kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void clear_behind(IpBytes& ip, unsigned bits) {
  for (unsigned i = 0; i < ip.size(); ++i) {
    auto kept = bits > i * 8 ? std::min(bits - i * 8, 8u) : 0u;
    ip[i] = static_cast<std::uint8_t>(ip[i] & (0xff00u >> kept));
  }
}

std::string text_of(const Cidr& cidr, bool is_v4) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(is_v4 ? AF_INET : AF_INET6, cidr.address.data() + (is_v4 ? 12 : 0), out.data(), out.size());
  return fmt::format("{}/{}", out.data(), is_v4 ? cidr.bits - kMapped : cidr.bits);
}

}  // namespace

std::optional<IpBytes> parse_ip(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.empty() || text.size() >= copy.size()) return std::nullopt;
  std::memcpy(copy.data(), text.data(), text.size());
  IpBytes ip{};
  if (inet_pton(AF_INET6, copy.data(), ip.data()) == 1) return ip;
  ip = kMappedPrefix;
  if (inet_pton(AF_INET, copy.data(), ip.data() + 12) == 1) return ip;
  return std::nullopt;
}

bool Cidr::contains(const IpBytes& ip) const {
  auto whole = bits / 8u;
  if (std::memcmp(address.data(), ip.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  auto mask = static_cast<std::uint8_t>(0xff00u >> (bits % 8));
  return (ip[whole] & mask) == address[whole];
}

std::expected<Cidr, std::string> parse_cidr(std::string_view text) {
  auto slash = text.find('/');
  auto ip = parse_ip(text.substr(0, slash));
  if (!ip)
    return std::unexpected(fmt::format(
        "{} is no address range; write one as in \"10.0.0.0/8\", \"192.0.2.7\" or \"2001:db8::/32\"",
        quote(text)));
  auto is_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  auto most = is_v4 ? 32 : 128;
  Cidr cidr{*ip, 128};
  if (slash == std::string_view::npos) return cidr;
  auto bits = parse_int(text.substr(slash + 1));
  if (!bits || *bits < 0 || *bits > most || !std::isdigit(static_cast<unsigned char>(text[slash + 1])))
    return std::unexpected(
        fmt::format("{} has no valid prefix length; needs 0 to {} behind the slash", quote(text), most));
  cidr.bits = static_cast<std::uint8_t>(*bits + (is_v4 ? kMapped : 0));
  clear_behind(cidr.address, cidr.bits);
  if (cidr.address != *ip)
    return std::unexpected(fmt::format("{} has bits set behind its prefix; did you mean \"{}\"?", quote(text),
                                       text_of(cidr, is_v4)));
  return cidr;
}

}  // namespace sluice::config
