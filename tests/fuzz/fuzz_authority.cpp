// Authorities: what is accepted has a host and parses again in its lower-case form.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/authority.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const auto require = [](bool holds) {
    if (!holds) std::abort();
  };
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto found = parse_authority(text);
  if (!found) return 0;
  require(!found->host.empty() && text.starts_with(found->host));
  require(found->host.find_first_of("@/?# \t\r\n\\") == std::string_view::npos);
  require(found->is_ip_literal == (text.front() == '['));
  Arena arena;
  std::string again(lower_host(arena, found->host));
  if (found->port) again += ":" + std::to_string(*found->port);
  const auto parsed = parse_authority(again);
  require(parsed && parsed->port == found->port && parsed->host == lower_host(arena, found->host));
  return 0;
}
