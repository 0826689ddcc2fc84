// Who the client is, and the fields that tell the upstream: X-Forwarded-*, Forwarded (RFC 7239), Via (RFC 9110 7.6.3).
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/ascii.h"
#include "exchange/exchange.h"

namespace sluice {
namespace {

bool is_trusted(const Plan& plan, const Ip& ip) {
  return std::ranges::any_of(plan.trusted_proxies,
                             [&ip](const Network& network) { return network.contains(ip); });
}

// 32 hex digits: 64 random bits a thread for its life, and a counter mixed over the rest (splitmix64), unique and unguessable
// enough for a label; no secret depends on it.
std::string_view make_request_id(Arena& arena) {
  thread_local std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  thread_local std::uint64_t state = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  auto mix = [](std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  };
  state += 0x9e3779b97f4a7c15ULL;
  const std::uint64_t words[2] = {mix(state), mix(state ^ seed)};
  auto* out = static_cast<char*>(arena.allocate(32, 1));
  constexpr char kHex[] = "0123456789abcdef";
  for (int i = 0; i < 32; ++i)
    out[i] = kHex[(words[i / 16] >> (60 - 4 * (i % 16))) & 15];
  return {out, 32};
}

// An identifier taken over from a trusted proxy: short and harmless in a log.
bool is_good_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](char c) {
    return ascii::is_tchar(c) || c == '/' || c == '=' || c == ':';
  });
}

}  // namespace

// The right-most address that is no trusted proxy's: everything to its left could be invented by the client.
void Exchange::find_client() {
  if (client_known_) return;
  client_known_ = true;
  auto ip = connection_.remote.ip();
  client_is_ip_ = ip.has_value();
  if (ip) client_ip_ = *ip;
  from_trusted_ = ip ? is_trusted(plan(), *ip) : false;
  if (!from_trusted_) return;
  for (std::size_t nth = 0; request_.headers.get(HeaderId::x_forwarded_for, nth); ++nth)
    forwarded_lines_ = nth + 1;
  for (std::size_t line = forwarded_lines_; line-- > 0;) {
    std::string_view rest = *request_.headers.get(HeaderId::x_forwarded_for, line);
    while (!rest.empty()) {
      const auto comma = rest.rfind(',');
      auto text = ascii::trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
      if (text.empty()) continue;
      auto hop = Ip::parse(text);
      // What is no address cannot be walked past.
      if (!hop) return;
      client_ip_ = *hop;
      if (!is_trusted(plan(), *hop)) return;
    }
  }
}

std::string_view Exchange::client_address() {
  if (client_text_.empty()) {
    find_client();
    if (!client_is_ip_) return client_text_ = "unix:";
    char text[64];
    client_text_ = arena_.copy({text, client_ip_.text_to(text)});
  }
  return client_text_;
}

std::string_view Exchange::remote_text() {
  if (remote_text_.empty()) remote_text_ = arena_.copy(connection_.remote.text());
  return remote_text_;
}

std::string_view Exchange::scheme() {
  find_client();
  if (from_trusted_) {
    auto said = request_.headers.get(HeaderId::x_forwarded_proto);
    if (said && ascii::iequals(*said, "https")) return "https";
    if (said && ascii::iequals(*said, "http")) return "http";
  }
  return connection_.secure ? "https" : "http";
}

std::string_view Exchange::host() {
  if (host_.empty() && !authority_.empty()) {
    std::string_view host = authority_;
    if (host.front() == '[') {
      host = host.substr(0, host.find(']') + 1);
    } else {
      host = host.substr(0, host.rfind(':'));
      if (host.ends_with('.')) host.remove_suffix(1);
    }
    const bool changes = std::ranges::any_of(host, [](char c) { return c >= 'A' && c <= 'Z'; });
    host_ = changes ? arena_.copy(ascii::lower(host)) : host;
  }
  return host_;
}

std::string_view Exchange::request_id() {
  if (request_id_.empty()) {
    find_client();
    if (from_trusted_) {
      const auto& name = policy().request_id_header;
      auto given =
          request_.headers.get(name.empty() ? std::string_view("x-request-id") : std::string_view(name));
      if (given && is_good_id(*given)) request_id_ = *given;
    }
    if (request_id_.empty()) request_id_ = make_request_id(arena_);
  }
  return request_id_;
}

// Fields of the client's that add_forwarding() makes anew.
HeaderIds Exchange::rewritten_fields() {
  find_client();
  // Whoever reads Forwarded believes it.
  const HeaderIds forwarded =
      from_trusted_ && !policy().forwarded ? HeaderIds{} : HeaderIds{HeaderId::forwarded};
  if (policy().x_forwarded == Policy::ForwardedFor::off) return forwarded;
  const HeaderIds ids = forwarded | HeaderIds{HeaderId::x_forwarded_for, HeaderId::x_forwarded_proto};
  // A trusted proxy knows better which host the client asked for.
  return from_trusted_ ? ids : ids | HeaderIds{HeaderId::x_forwarded_host};
}

// The request id on its way back to the client.
void Exchange::stamp_id() {
  if (const auto& name = policy().request_id_header; !name.empty())
    response_->headers.set(name, request_id());
}

void Exchange::add_forwarding() {
  const Policy& rules = policy();
  auto& headers = upstream_headers_;
  if (rules.x_forwarded != Policy::ForwardedFor::off) {
    char text[64] = "unknown";
    const std::size_t size = connection_.remote.ip() ? connection_.remote.ip()->text_to(text) : 7;
    const std::string_view remote{text, size};
    // The chain goes on only behind a trusted proxy: else it would be the client's invention.
    if (rules.x_forwarded == Policy::ForwardedFor::append && from_trusted_ && forwarded_lines_ > 0) {
      std::string chain;
      for (std::size_t line = 0; line < forwarded_lines_; ++line) {
        chain += *request_.headers.get(HeaderId::x_forwarded_for, line);
        chain += ", ";
      }
      chain += remote;
      headers.add_parsed("X-Forwarded-For", arena_.copy(chain), HeaderId::x_forwarded_for);
    } else {
      headers.add_parsed("X-Forwarded-For", arena_.copy(remote), HeaderId::x_forwarded_for);
    }
    headers.add_parsed("X-Forwarded-Proto", scheme(), HeaderId::x_forwarded_proto);
    if (!authority_.empty() && !headers.has(HeaderId::x_forwarded_host))
      headers.add_parsed("X-Forwarded-Host", authority_, HeaderId::x_forwarded_host);
  }
  if (rules.forwarded) {
    find_client();
    auto ip = connection_.remote.ip();
    // IPv6 addresses are quoted and in brackets (RFC 7239 6).
    const auto node = !ip           ? std::string("unknown")
                      : ip->is_v4() ? ip->text()
                                    : fmt::format("\"[{}]\"", ip->text());
    auto element = fmt::format("for={};host=\"{}\";proto={}", node, authority_, scheme());
    std::string chain;
    for (std::size_t nth = 0; from_trusted_; ++nth) {
      auto line = request_.headers.get(HeaderId::forwarded, nth);
      if (!line) break;
      chain += fmt::format("{}, ", *line);
    }
    headers.add("Forwarded", chain + element);
  }
  if (rules.via) headers.add("Via", request_.version == Version::http10 ? "1.0 sluice" : "1.1 sluice");
  if (!rules.request_id_header.empty()) headers.set(rules.request_id_header, request_id());
}

}  // namespace sluice
