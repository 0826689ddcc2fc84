#include "ranges.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluice::router {
namespace {

constexpr unsigned kBits = 128;
constexpr unsigned kMappedBits = 96;  // before an IPv4 address in its mapped form

}  // namespace

std::optional<Ip> parse_ip(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof terminated) return std::nullopt;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  Ip out{};
  if (inet_pton(AF_INET6, terminated, out.data()) == 1) return out;
  if (inet_pton(AF_INET, terminated, out.data() + kMappedBits / 8) != 1) return std::nullopt;
  out[10] = out[11] = 0xff;
  return out;
}

std::expected<Range, std::string> Range::parse(std::string_view text) {
  const std::string shown = "\"" + std::string(text) + "\"";
  const auto slash = text.find('/');
  const auto ip = parse_ip(text.substr(0, slash));
  if (!ip)
    return std::unexpected(shown +
                           " is no address range; write it as \"10.0.0.0/8\", \"2001:db8::/32\" or \"::1\"");
  Range out{*ip, kBits};
  const bool is_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const unsigned most = is_v4 ? kBits - kMappedBits : kBits;
    if (error != std::errc() || end != digits.data() + digits.size() || bits > most)
      return std::unexpected(shown + " has a prefix length that is not 0 to " + std::to_string(most));
    out.bits = is_v4 ? bits + kMappedBits : bits;
  }
  const Ip given = out.address;
  for (unsigned bit = out.bits; bit < kBits; ++bit)
    out.address[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  if (given != out.address)
    return std::unexpected(shown + " has bits set behind its prefix; was a longer prefix meant?");
  return out;
}

bool Range::has(const Ip& ip) const {
  const auto whole = bits / 8;
  if (!std::equal(ip.begin(), ip.begin() + whole, address.begin())) return false;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> bits % 8);
  return bits % 8 == 0 || (ip[whole] & mask) == address[whole];
}

}  // namespace sluice::router
