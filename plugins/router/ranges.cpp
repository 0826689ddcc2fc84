#include "ranges.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluice::router {
namespace {

constexpr unsigned kBits = 128;
constexpr unsigned kMappedBits = 96;  // before an IPv4 address in its mapped form

bool is_mapped(const Ip& ip) {
  return std::all_of(ip.begin(), ip.begin() + 10, [](std::uint8_t byte) { return byte == 0; }) &&
         ip[10] == 0xff && ip[11] == 0xff;
}

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

std::optional<std::string> normal_ip6(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != '[' || literal.back() != ']') return std::nullopt;
  const auto inside = literal.substr(1, literal.size() - 2);
  const auto ip = inside.find(':') == std::string_view::npos ? std::nullopt : parse_ip(inside);
  if (!ip) return std::nullopt;
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, ip->data(), text, sizeof text);
  return "[" + std::string(text) + "]";
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
  if (bits < kMappedBits && is_mapped(ip)) return false;
  const auto whole = bits / 8;
  if (!std::equal(ip.begin(), ip.begin() + whole, address.begin())) return false;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> bits % 8);
  return bits % 8 == 0 || (ip[whole] & mask) == address[whole];
}

}  // namespace sluice::router
