#include "http/header_map.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ascii.h"

namespace sluice {
namespace {

// In the order of HeaderId; the first stands for `other`.
constexpr std::array<std::string_view, 30> kNames = {
    "",
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "location",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "retry-after",
    "server",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
};
static_assert(kNames.size() == static_cast<std::size_t>(HeaderId::x_request_id) + 1);

// No two names share length and first letter, so those two find the one candidate.
constexpr std::size_t kLongest = 19;
using Candidates = std::array<std::array<HeaderId, 32>, kLongest + 1>;

consteval Candidates make_candidates() {
  Candidates table{};
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    auto& slot = table.at(kNames[i].size()).at(static_cast<unsigned char>(kNames[i][0]) & 31);
    if (slot != HeaderId::other) throw "two names share length and first letter";
    slot = static_cast<HeaderId>(i);
  }
  return table;
}
constexpr Candidates kCandidates = make_candidates();

// field-value (RFC 9110 5.5): HTAB, SP, VCHAR, obs-text.
consteval std::array<bool, 256> make_value_bytes() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 256; ++c)
    table[c] = c == '\t' || (c >= ' ' && c != 127);
  return table;
}
constexpr std::array<bool, 256> kValueBytes = make_value_bytes();

bool is_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return kValueBytes[static_cast<unsigned char>(c)]; });
}

FieldFault check(std::string_view name, std::string_view value) {
  if (!ascii::is_token(name)) return FieldFault::bad_name;
  if (!is_value(value)) return FieldFault::bad_value;
  return FieldFault::none;
}

std::size_t cost(const Field& field) { return field.name.size() + field.value.size() + 32; }

// A name to look for, its id found once.
struct Wanted {
  explicit Wanted(std::string_view text) : name(text), id(header_id(text)) {}
  bool is(const Field& field) const {
    return field.id == id && (id != HeaderId::other || ascii::iequals(field.name, name));
  }
  std::string_view name;
  HeaderId id;
};

}  // namespace

HeaderId header_id(std::string_view name) {
  if (name.empty() || name.size() > kLongest) return HeaderId::other;
  const HeaderId id = kCandidates[name.size()][static_cast<unsigned char>(name[0]) & 31];
  if (id == HeaderId::other || !ascii::iequals(name, kNames[static_cast<std::size_t>(id)]))
    return HeaderId::other;
  return id;
}

FieldFault HeaderMap::add(std::string_view name, std::string_view value) {
  value = ascii::trim(value);
  if (auto fault = check(name, value); fault != FieldFault::none) return fault;
  append({arena_->copy(name), arena_->copy(value), header_id(name)});
  return FieldFault::none;
}

FieldFault HeaderMap::set(std::string_view name, std::string_view value) {
  value = ascii::trim(value);
  if (auto fault = check(name, value); fault != FieldFault::none) return fault;
  const Wanted wanted(name);
  const Field field{arena_->copy(name), arena_->copy(value), wanted.id};
  std::uint32_t at = 0;
  while (at < count_ && !wanted.is(fields_[at]))
    ++at;
  if (at == count_) {
    append(field);
    return FieldFault::none;
  }
  bytes_ += cost(field) - cost(fields_[at]);
  fields_[at] = field;
  std::uint32_t kept = at + 1;
  for (std::uint32_t i = at + 1; i < count_; ++i) {
    if (wanted.is(fields_[i])) {
      bytes_ -= cost(fields_[i]);
    } else {
      fields_[kept++] = fields_[i];
    }
  }
  count_ = kept;
  return FieldFault::none;
}

std::size_t HeaderMap::remove(std::string_view name) {
  const Wanted wanted(name);
  return remove_if([&](const Field& field) { return wanted.is(field); });
}

std::size_t HeaderMap::remove(HeaderId id) {
  if (id == HeaderId::other) return 0;
  return remove_if([&](const Field& field) { return field.id == id; });
}

std::size_t HeaderMap::remove(HeaderIds ids) {
  return remove_if([ids](const Field& field) { return ids.has(field.id); });
}

void HeaderMap::add_parsed(std::string_view name, std::string_view value, HeaderId id) {
  append({name, value, id});
}

std::optional<std::string_view> HeaderMap::get(std::string_view name, std::size_t nth) const {
  const Wanted wanted(name);
  for (const Field& field : fields()) {
    if (wanted.is(field) && nth-- == 0) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> HeaderMap::get(HeaderId id, std::size_t nth) const {
  if (id == HeaderId::other) return std::nullopt;
  for (const Field& field : fields()) {
    if (field.id == id && nth-- == 0) return field.value;
  }
  return std::nullopt;
}

bool HeaderMap::lists(HeaderId id, std::string_view element) const {
  bool found = false;
  for (const Field& field : fields()) {
    if (field.id != id || id == HeaderId::other) continue;
    ascii::for_each_element(field.value,
                            [&](std::string_view each) { found = found || ascii::iequals(each, element); });
  }
  return found;
}

void HeaderMap::clear() {
  count_ = 0;
  bytes_ = 0;
}

void HeaderMap::assign(const HeaderMap& other) {
  if (this == &other) return;
  clear();
  for (const Field& field : other.fields())
    append(field);
}

void HeaderMap::append(Field field) {
  if (count_ == capacity_) {
    // 16 lines hold most heads: 640 bytes of a 4 KiB chunk.
    const std::uint32_t more = capacity_ ? capacity_ * 2 : 16;
    auto* moved = static_cast<Field*>(arena_->allocate(more * sizeof(Field), alignof(Field)));
    if (count_) std::memcpy(static_cast<void*>(moved), fields_, count_ * sizeof(Field));
    fields_ = moved;
    capacity_ = more;
  }
  new (&fields_[count_++]) Field(field);
  bytes_ += cost(field);
}

template <class Predicate>
std::size_t HeaderMap::remove_if(Predicate goes) {
  std::uint32_t kept = 0;
  while (kept < count_ && !goes(fields_[kept]))
    ++kept;
  for (std::uint32_t i = kept; i < count_; ++i) {
    if (goes(fields_[i])) {
      bytes_ -= cost(fields_[i]);
    } else {
      fields_[kept++] = fields_[i];
    }
  }
  const std::size_t gone = count_ - kept;
  count_ = kept;
  return gone;
}

}  // namespace sluice
