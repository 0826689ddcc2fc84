#include "http/authority.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/ascii.h"

namespace sluice {
namespace {

// unreserved and sub-delims (RFC 3986 2.2, 2.3).
constexpr ascii::ByteSet kNameBytes(true, "-._~!$&'()*+,;=");

bool is_reg_name(std::string_view host) {
  for (std::size_t i = 0; i < host.size(); ++i) {
    if (kNameBytes.has(host[i])) continue;
    if (host[i] != '%' || i + 2 >= host.size()) return false;
    if (ascii::hex(host[i + 1]) < 0 || ascii::hex(host[i + 2]) < 0) return false;
    i += 2;
  }
  return !host.empty();
}

bool is_ipv6(std::string_view text) {
  char copy[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof copy || text.find('\0') != text.npos) return false;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = 0;
  in6_addr address;
  return inet_pton(AF_INET6, copy, &address) == 1;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
bool is_future_address(std::string_view text) {
  const auto dot = text.find('.');
  if (text.empty() || (text[0] != 'v' && text[0] != 'V') || dot == text.npos || dot < 2) return false;
  const auto version = text.substr(1, dot - 1);
  const auto address = text.substr(dot + 1);
  return std::all_of(version.begin(), version.end(), [](char c) { return ascii::hex(c) >= 0; }) &&
         !address.empty() &&
         std::all_of(address.begin(), address.end(), [](char c) { return kNameBytes.has(c) || c == ':'; });
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  Authority found;
  std::string_view after;
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == text.npos) return std::nullopt;
    const auto inside = text.substr(1, close - 1);
    if (!is_ipv6(inside) && !is_future_address(inside)) return std::nullopt;
    found.is_ip_literal = true;
    found.host = text.substr(0, close + 1);
    after = text.substr(close + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    found.host = text.substr(0, colon);
    after = text.substr(colon);
    if (!is_reg_name(found.host)) return std::nullopt;
  }
  if (after.empty()) return found;
  if (after.front() != ':') return std::nullopt;
  after.remove_prefix(1);
  if (after.empty()) return found;
  const auto port = ascii::to_number(after);
  if (!port || *port > 65535) return std::nullopt;
  found.port = static_cast<std::uint16_t>(*port);
  return found;
}

std::string_view lower_host(Arena& arena, std::string_view host) {
  const auto is_upper = [](char c) {
    return c >= 'A' && c <= 'Z';
  };
  if (std::none_of(host.begin(), host.end(), is_upper)) return host;
  auto* to = static_cast<char*>(arena.allocate(host.size(), 1));
  std::transform(host.begin(), host.end(), to, ascii::to_lower);
  return {to, host.size()};
}

}  // namespace sluice
