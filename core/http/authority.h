// host[:port], as Host and absolute-form targets carry it (RFC 3986 3.2.2, RFC 9110 7.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"

namespace sluice {

struct Authority {
  std::string_view host;              // as sent; an IP literal with its brackets: "[::1]"
  std::optional<std::uint16_t> port;  // absent also for an empty one ("host:", RFC 3986 3.2.3)
  bool is_ip_literal = false;         // in brackets: IPv6, or a version to come
};

// Takes an authority apart. Nothing for an empty host, userinfo ("a@b"), a byte that no host has, a bad escape, an IPv6
// literal that is none or names a zone, or a port that is no number up to 65535. Views are into `text`.
std::optional<Authority> parse_authority(std::string_view text);

// The form to compare hosts by: ASCII letters in lower case (RFC 3986 6.2.2.1). It is `host` itself when nothing had to
// change, else a copy in `arena`.
std::string_view lower_host(Arena& arena, std::string_view host);

}  // namespace sluice
