#include "upstream/health/tls_check.h"

#include <fmt/format.h>

#include <array>

#include "base/ip.h"
#include "http/authority.h"

namespace sluice {
namespace {

// RFC 8446 5.1, B.1 and B.3.
constexpr char kAlert = 21, kHandshake = 22;
constexpr char kClientHello = 1, kServerHello = 2;
constexpr std::size_t kRecordHead = 5;
constexpr std::size_t kMostOfARecord = 16384 + 2048;  // RFC 5246 6.2.3
constexpr std::size_t kMostOfAHello = 64 * 1024;      // more than any ServerHello has

// A part of a message with its length, of `bytes` bytes, before it; filled in when the part ends.
class Sized {
 public:
  Sized(std::string& out, std::size_t bytes) : out_(out), at_(out.size()), bytes_(bytes) {
    out.append(bytes, '\0');
  }
  ~Sized() {
    auto length = out_.size() - at_ - bytes_;
    for (auto i = bytes_; i-- > 0; length >>= 8)
      out_[at_ + i] = static_cast<char>(length & 0xff);
  }
  Sized(const Sized&) = delete;
  Sized& operator=(const Sized&) = delete;

 private:
  std::string& out_;
  std::size_t at_, bytes_;
};

void put16(std::string& out, unsigned number) {
  out += static_cast<char>(number >> 8);
  out += static_cast<char>(number & 0xff);
}

template <std::size_t N>
void put_list(std::string& out, const std::array<std::uint16_t, N>& numbers) {
  const Sized list(out, 2);
  for (auto number : numbers)
    put16(out, number);
}

void put_random(std::string& out, std::size_t bytes, std::mt19937_64& random) {
  while (bytes-- > 0)
    out += static_cast<char>(random() & 0xff);
}

// What servers of today choose from: the suites of TLS 1.3, and of TLS 1.2 those with ECDHE and two without for old servers.
constexpr std::array<std::uint16_t, 13> kSuites{0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                                                0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x002f};
constexpr std::uint16_t kX25519 = 0x001d;
constexpr std::array<std::uint16_t, 4> kCurves{kX25519, 0x0017, 0x0018, 0x0019};
constexpr std::array<std::uint16_t, 11> kSignatures{0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805,
                                                    0x0806, 0x0401, 0x0501, 0x0601, 0x0201};
constexpr std::array<std::uint16_t, 2> kVersions{0x0304, 0x0303};

// Extensions by their numbers in IANA's registry.
void put_extensions(std::string& out, std::string_view server_name, std::mt19937_64& random) {
  const Sized all(out, 2);
  const auto extension = [&out](unsigned number, auto content) {
    put16(out, number);
    const Sized body(out, 2);
    content();
  };
  if (!server_name.empty())
    extension(0, [&] {  // server_name, RFC 6066 3
      const Sized list(out, 2);
      out += '\0';
      const Sized name(out, 2);
      out += server_name;
    });
  extension(23, [] {});                               // extended_master_secret, RFC 7627
  extension(0xff01, [&] { out += '\0'; });            // renegotiation_info, RFC 5746
  extension(10, [&] { put_list(out, kCurves); });     // supported_groups
  extension(11, [&] { out.append("\x01\x00", 2); });  // ec_point_formats: uncompressed
  extension(13, [&] { put_list(out, kSignatures); });
  extension(43, [&] {  // supported_versions
    const Sized list(out, 1);
    for (auto version : kVersions)
      put16(out, version);
  });
  extension(45, [&] { out.append("\x01\x01", 2); });  // psk_key_exchange_modes: with (EC)DHE
  extension(51, [&] {  // key_share; any 32 bytes are a key of X25519 (RFC 7748 5)
    const Sized list(out, 2);
    put16(out, kX25519);
    const Sized key(out, 2);
    put_random(out, 32, random);
  });
}

// RFC 8446 6 and B.2: those that a server may answer a ClientHello with.
std::string alert_name(unsigned char number) {
  switch (number) {
    case 0: return "close_notify";
    case 10: return "unexpected_message";
    case 40: return "handshake_failure";
    case 47: return "illegal_parameter";
    case 50: return "decode_error";
    case 70: return "protocol_version";
    case 71: return "insufficient_security";
    case 80: return "internal_error";
    case 86: return "inappropriate_fallback";
    case 109: return "missing_extension";
    case 112: return "unrecognized_name";
    case 120: return "no_application_protocol";
    default: return fmt::format("number {}", number);
  }
}

unsigned byte_of(const std::string& text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// Of an authority, when it is a name: SNI carries no addresses (RFC 6066 3).
std::string name_in(std::string_view authority) {
  const auto parsed = parse_authority(authority);
  if (!parsed || parsed->is_ip_literal || Ip::parse(parsed->host)) return {};
  return std::string(parsed->host);
}

}  // namespace

std::string client_hello(std::string_view server_name, std::mt19937_64& random) {
  std::string out;
  out += kHandshake;
  put16(out, 0x0301);  // RFC 8446 5.1: the first record of a client
  {
    const Sized record(out, 2);
    out += kClientHello;
    const Sized hello(out, 3);
    put16(out, 0x0303);
    put_random(out, 32, random);
    {
      // Not empty, as clients do for the sake of boxes in between (RFC 8446 D.4).
      const Sized session(out, 1);
      put_random(out, 32, random);
    }
    put_list(out, kSuites);
    out.append("\x01\x00", 2);  // compression: none
    put_extensions(out, server_name, random);
  }
  return out;
}

ServerHelloReader::State ServerHelloReader::fail(std::string why) {
  found_ = std::move(why);
  return State::failed;
}

ServerHelloReader::State ServerHelloReader::take(std::string_view bytes) {
  for (char byte : bytes) {
    record_ += byte;
    const auto have = record_.size();
    if ((have == 1 && record_[0] != kHandshake && record_[0] != kAlert) || (have == 2 && record_[1] != 3))
      return fail("answers, but not with TLS");
    if (have < kRecordHead) continue;
    const std::size_t length = byte_of(record_, 3) << 8 | byte_of(record_, 4);
    if (length == 0 || length > kMostOfARecord) return fail("a TLS record of impossible length");
    if (have < kRecordHead + length) continue;
    if (record_[0] == kAlert)
      return fail(length < 2 ? "a broken alert"
                             : "alert: " + alert_name(static_cast<unsigned char>(record_[6])));
    handshake_.append(record_, kRecordHead);
    record_.clear();
    if (const auto state = judge(); state != State::reading) return state;
  }
  return State::reading;
}

// A HelloRetryRequest is a ServerHello too (RFC 8446 4.1.4).
ServerHelloReader::State ServerHelloReader::judge() {
  if (handshake_[0] != kServerHello)
    return fail(fmt::format("TLS handshake message {} in place of a ServerHello", byte_of(handshake_, 0)));
  if (handshake_.size() < 4) return State::reading;
  const std::size_t length =
      byte_of(handshake_, 1) << 16 | byte_of(handshake_, 2) << 8 | byte_of(handshake_, 3);
  // Version, random, session id, suite and compression at least.
  if (length < 2 + 32 + 1 + 2 + 1 || length > kMostOfAHello)
    return fail("a ServerHello of impossible length");
  if (handshake_.size() < 4 + length) return State::reading;
  const unsigned version = byte_of(handshake_, 4) << 8 | byte_of(handshake_, 5);
  if (version != 0x0303) return fail(fmt::format("chose version {:#06x}, older than TLS 1.2", version));
  found_ = "ServerHello";
  return State::passed;
}

TlsCheck::TlsCheck(const Endpoint& endpoint, const CheckSettings& settings, std::mt19937_64& random)
    : hello_(client_hello(name_in(settings.host.empty() ? endpoint.authority() : settings.host), random)) {}

void TlsCheck::on_open() { send(hello_, "waiting for a ServerHello"); }

void TlsCheck::on_bytes(std::string_view bytes) {
  if (is_done()) return;
  const auto state = reader_.take(bytes);
  if (state != ServerHelloReader::State::reading)
    done(state == ServerHelloReader::State::passed, reader_.found());
}

void TlsCheck::on_end() { done(false, "closed before a ServerHello"); }

}  // namespace sluice
