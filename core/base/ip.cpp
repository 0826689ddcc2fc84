#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

namespace sluice {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Ip mapped(const void* four_bytes) {
  Ip ip;
  std::memcpy(ip.bytes.data(), kMapped.data(), kMapped.size());
  std::memcpy(ip.bytes.data() + 12, four_bytes, 4);
  return ip;
}

}  // namespace

std::optional<Ip> Ip::parse(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof buffer) return {};
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = 0;
  in_addr four;
  if (inet_pton(AF_INET, buffer, &four) == 1) return mapped(&four);
  Ip ip;
  if (inet_pton(AF_INET6, buffer, ip.bytes.data()) == 1) return ip;
  return {};
}

std::optional<Ip> Ip::of(const sockaddr* address) {
  if (address->sa_family == AF_INET) return mapped(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr);
  if (address->sa_family != AF_INET6) return {};
  Ip ip;
  std::memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, 16);
  return ip;
}

bool Ip::is_v4() const { return std::memcmp(bytes.data(), kMapped.data(), kMapped.size()) == 0; }

std::size_t Ip::text_to(char* out) const {
  if (!is_v4()) {
    inet_ntop(AF_INET6, bytes.data(), out, INET6_ADDRSTRLEN);
    return std::strlen(out);
  }
  // Once or more a request, and inet_ntop goes through printf.
  char* at = out;
  for (std::size_t i = 12; i < 16; ++i) {
    at = std::to_chars(at, at + 3, bytes[i]).ptr;
    *at++ = i < 15 ? '.' : '\0';
  }
  return static_cast<std::size_t>(at - out) - 1;
}

std::string Ip::text() const {
  char buffer[INET6_ADDRSTRLEN];
  return {buffer, text_to(buffer)};
}

bool Network::contains(const Ip& ip) const {
  const unsigned whole = prefix / 8;
  if (std::memcmp(base.bytes.data(), ip.bytes.data(), whole) != 0) return false;
  if (prefix % 8 == 0) return true;
  const unsigned mask = 0xffu << (8 - prefix % 8);
  return ((base.bytes[whole] ^ ip.bytes[whole]) & mask & 0xff) == 0;
}

}  // namespace sluice
