#include "config/cidr.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/ascii.h"
#include "config/problem.h"
#include "config/value.h"

namespace sluice::config {
namespace {

constexpr unsigned kMapped = 96;  // bits before an IPv4 address in its mapped form

void clear_behind(Ip& ip, unsigned bits) {
  for (unsigned i = 0; i < ip.bytes.size(); ++i) {
    auto kept = bits > i * 8 ? std::min(bits - i * 8, 8u) : 0u;
    ip.bytes[i] = static_cast<std::uint8_t>(ip.bytes[i] & (0xff00u >> kept));
  }
}

}  // namespace

std::expected<Network, std::string> parse_cidr(std::string_view text) {
  auto slash = text.find('/');
  auto address = text.substr(0, slash);
  auto ip = address.starts_with('[') ? std::nullopt : Ip::parse(address);
  if (!ip)
    return std::unexpected(fmt::format(
        "{} is no address range; write one as in \"10.0.0.0/8\", \"192.0.2.7\" or \"2001:db8::/32\"",
        quote(text)));
  // By how it is written: "::ffff:0:0/96" counts its bits as IPv6 does.
  auto is_v4 = address.find(':') == std::string_view::npos;
  auto most = is_v4 ? 32 : 128;
  Network network{*ip, 128};
  if (slash == std::string_view::npos) return network;
  auto digits = text.substr(slash + 1);
  auto bits = parse_int(digits);
  if (!bits || *bits < 0 || *bits > most || !ascii::is_digit(digits[0]))
    return std::unexpected(
        fmt::format("{} has no valid prefix length; needs 0 to {} behind the slash", quote(text), most));
  network.prefix = static_cast<unsigned>(*bits) + (is_v4 ? kMapped : 0);
  clear_behind(network.base, network.prefix);
  if (network.base != *ip)
    return std::unexpected(fmt::format("{} has bits set behind its prefix; did you mean \"{}/{}\"?",
                                       quote(text), network.base.text(), *bits));
  return network;
}

}  // namespace sluice::config
