#include "upstream/discovery/dns_answer.h"

#include <ares.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>

#include "base/ascii.h"

namespace sluice {
namespace {

constexpr std::size_t kHeader = 12;       // bytes, RFC 1035 4.1.1
constexpr std::size_t kRecordFixed = 10;  // type, class, TTL, length of the data (4.1.3)
constexpr std::size_t kLongest = 65'535;  // the length before a TCP answer has 16 bits (4.2.2)
constexpr std::uint16_t kInternet = 1;    // class IN
constexpr std::uint16_t kCname = 5;
constexpr std::uint8_t kTruncated = 0x02;  // of the third byte

class Wire {
 public:
  explicit Wire(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::size_t left() const { return bytes_.size() - at_; }
  std::size_t place() const { return at_; }
  const std::uint8_t* here() const { return bytes_.data() + at_; }
  void skip(std::size_t count) { at_ += count; }
  std::uint16_t u16() {
    const auto value = static_cast<std::uint16_t>(here()[0] << 8 | here()[1]);
    at_ += 2;
    return value;
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  // Nothing when it does not end within the answer.
  std::optional<std::string> name() {
    char* text = nullptr;
    long taken = 0;
    if (left() == 0 || ares_expand_name(here(), bytes_.data(), static_cast<int>(bytes_.size()), &text,
                                        &taken) != ARES_SUCCESS)
      return {};
    const std::unique_ptr<char, void (*)(void*)> held(text, ares_free_string);
    if (taken <= 0 || static_cast<std::size_t>(taken) > left()) return {};
    at_ += static_cast<std::size_t>(taken);
    std::string name(text);
    if (name == ".") name.clear();
    return name;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::uint32_t ttl = 0;
  std::uint16_t length = 0;
};

// TTLs have 31 bits; one that is larger counts as 0 (RFC 2181 8).
std::uint32_t plain_ttl(std::uint32_t ttl) {
  return ttl > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max()) ? 0 : ttl;
}

std::optional<Record> read_head(Wire& wire) {
  auto owner = wire.name();
  if (!owner || wire.left() < kRecordFixed) return {};
  Record record{std::move(*owner)};
  record.type = wire.u16();
  record.klass = wire.u16();
  record.ttl = plain_ttl(wire.u32());
  record.length = wire.u16();
  if (wire.left() < record.length) return {};
  return record;
}

Ip read_ip(const std::uint8_t* bytes, std::uint16_t length) {
  Ip ip;
  if (length == 4) ip.bytes[10] = ip.bytes[11] = 0xff;  // IPv4-mapped, RFC 4291 2.5.5.2
  std::memcpy(ip.bytes.data() + (ip.bytes.size() - length), bytes, length);
  return ip;
}

// 0.0.0.0 and ::, by which filters say "blocked"; to connect there is to connect to this machine.
bool is_unspecified(const Ip& ip) {
  return std::all_of(ip.bytes.begin() + (ip.is_v4() ? 12 : 0), ip.bytes.end(),
                     [](auto byte) { return byte == 0; });
}

std::optional<DnsService> read_service(Wire wire, std::uint16_t length) {
  if (length < 7) return {};
  const auto end = wire.place() + length;
  DnsService service;
  service.priority = wire.u16();
  service.weight = wire.u16();
  service.port = wire.u16();
  auto target = wire.name();
  if (!target || wire.place() != end) return {};
  service.target = std::move(*target);
  return service;
}

class Parser {
 public:
  Parser(std::span<const std::uint8_t> bytes, DnsType asked) : wire_(bytes), asked_(asked) {}

  std::expected<DnsAnswer, std::string> parse() {
    if (wire_.left() < kHeader) return std::unexpected("an answer of less than 12 bytes");
    if (wire_.left() > kLongest) return std::unexpected("an answer of more than 65535 bytes");
    wire_.skip(2);
    const auto cut_short = (wire_.here()[0] & kTruncated) != 0;
    wire_.skip(2);
    const auto questions = wire_.u16(), answers = wire_.u16(), authorities = wire_.u16(),
               additional = wire_.u16();
    if (cut_short) return std::unexpected("an answer that is cut short");
    for (unsigned i = 0; i < questions; ++i) {
      if (!wire_.name() || wire_.left() < 4) return std::unexpected("a question that ends behind the answer");
      wire_.skip(4);
    }
    auto least = std::numeric_limits<std::uint32_t>::max();
    for (unsigned i = 0; i < answers; ++i)
      if (!read_answer(least)) return broken("answer", i);
    for (unsigned i = 0; i < authorities; ++i)
      if (!read_other(false)) return broken("authority", i);
    for (unsigned i = 0; i < additional; ++i)
      if (!read_other(asked_ == DnsType::srv)) return broken("additional", i);
    answer_.ttl = least == std::numeric_limits<std::uint32_t>::max() ? 0 : least;
    return std::move(answer_);
  }

 private:
  static std::unexpected<std::string> broken(std::string_view section, unsigned index) {
    return std::unexpected(fmt::format("an answer whose {} record {} is broken", section, index + 1));
  }

  bool read_answer(std::uint32_t& least) {
    const auto record = read_head(wire_);
    if (!record) return false;
    const auto is_asked = record->klass == kInternet && record->type == static_cast<std::uint16_t>(asked_);
    if (is_asked || (record->klass == kInternet && record->type == kCname))
      least = std::min(least, record->ttl);
    if (is_asked && asked_ == DnsType::srv) {
      auto service = read_service(wire_, record->length);
      if (!service) return false;
      answer_.services.push_back(std::move(*service));
    } else if (is_asked) {
      if (record->length != (asked_ == DnsType::a ? 4 : 16)) return false;
      take(read_ip(wire_.here(), record->length));
    }
    wire_.skip(record->length);
    return true;
  }

  void take(const Ip& ip) {
    if (!is_unspecified(ip)) answer_.addresses.push_back(ip);
  }

  bool read_other(bool is_glue) {
    const auto record = read_head(wire_);
    if (!record) return false;
    const auto is_a = record->type == static_cast<std::uint16_t>(DnsType::a) && record->length == 4;
    const auto is_aaaa = record->type == static_cast<std::uint16_t>(DnsType::aaaa) && record->length == 16;
    const auto is_address = is_glue && record->klass == kInternet && (is_a || is_aaaa);
    if (is_address && !is_unspecified(read_ip(wire_.here(), record->length)))
      answer_.glue.push_back({ascii::lower(record->owner), is_a ? DnsType::a : DnsType::aaaa,
                              read_ip(wire_.here(), record->length), record->ttl});
    wire_.skip(record->length);
    return true;
  }

  Wire wire_;
  DnsType asked_;
  DnsAnswer answer_;
};

}  // namespace

std::string_view name_of(DnsType type) {
  switch (type) {
    case DnsType::a: return "A";
    case DnsType::aaaa: return "AAAA";
    case DnsType::srv: return "SRV";
  }
  return "?";
}

std::expected<DnsAnswer, std::string> parse_dns_answer(std::span<const std::uint8_t> wire, DnsType asked) {
  return Parser(wire, asked).parse();
}

}  // namespace sluice
