// Header and trailer fields in order, names matched without regard to case.
//
// The bytes live in the message's arena; the map stores views. Well-known names carry a HeaderId, so that finding one is a
// scan over small integers. Both protocols, scripts and plugins go through the same validator (`add`); the parser's own
// path (`add_parsed`) takes what it has already validated. Not thread-safe: one exchange, one thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"

namespace sluice {

// Names that the gateway itself looks at. `other` for the rest.
enum class HeaderId : std::uint8_t {
  other,
  accept,
  authorization,
  connection,
  content_length,
  content_type,
  cookie,
  date,
  expect,
  forwarded,
  host,
  http2_settings,
  keep_alive,
  location,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  retry_after,
  server,
  set_cookie,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  user_agent,
  via,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_request_id,
};

// A set of well-known names: HeaderIds{HeaderId::te, HeaderId::via}.
class HeaderIds {
 public:
  constexpr HeaderIds(std::initializer_list<HeaderId> ids) {
    for (HeaderId id : ids)
      bits_ |= 1u << static_cast<unsigned>(id);
  }
  // `other` is no name, and in no set.
  constexpr bool has(HeaderId id) const {
    return id != HeaderId::other && (bits_ >> static_cast<unsigned>(id) & 1) != 0;
  }
  constexpr HeaderIds operator|(HeaderIds more) const {
    more.bits_ |= bits_;
    return more;
  }

 private:
  std::uint32_t bits_ = 0;
};

// Id of a name in any case.
HeaderId header_id(std::string_view name);

struct Field {
  std::string_view name;   // as it came
  std::string_view value;  // trimmed, no CR, LF, NUL
  HeaderId id = HeaderId::other;
};

enum class FieldFault : std::uint8_t { none, bad_name, bad_value };

class HeaderMap {
 public:
  // `arena` outlives the map.
  explicit HeaderMap(Arena& arena) : arena_(&arena) {}
  HeaderMap(const HeaderMap&) = delete;
  HeaderMap& operator=(const HeaderMap&) = delete;

  // Append a field line; copies both texts. Name must be a token (RFC 9110 5.6.2); in the value only HTAB, SP, visible
  // ASCII and bytes >= 0x80 are allowed (RFC 9110 5.5); SP and HTAB around it are trimmed. Unchanged on a fault.
  FieldFault add(std::string_view name, std::string_view value);
  // Replace all lines of that name by one, in the place of the first.
  FieldFault set(std::string_view name, std::string_view value);
  // How many lines went.
  std::size_t remove(std::string_view name);
  std::size_t remove(HeaderId id);
  // All lines whose id is in the set, in one pass.
  std::size_t remove(HeaderIds ids);
  // Append what a parser has validated and what already lives in the arena.
  void add_parsed(std::string_view name, std::string_view value, HeaderId id);

  // The nth line of that name. (By id: nothing for HeaderId::other, which is no name.)
  std::optional<std::string_view> get(std::string_view name, std::size_t nth = 0) const;
  std::optional<std::string_view> get(HeaderId id, std::size_t nth = 0) const;
  bool has(HeaderId id) const { return get(id).has_value(); }
  // True when one of the comma-separated elements of all lines of `id` equals `element`, case ignored.
  bool lists(HeaderId id, std::string_view element) const;

  std::span<const Field> fields() const { return {fields_, count_}; }
  std::size_t size() const { return count_; }
  // Bytes of names and values, and 32 a line (the measure of RFC 9113 6.5.2).
  std::size_t bytes() const { return bytes_; }
  void clear();
  // Replace the content by a copy of `other`'s lines (views are shared: same arena or one that outlives this).
  void assign(const HeaderMap& other);
  Arena& arena() const { return *arena_; }

 private:
  void append(Field field);
  template <class Predicate>
  std::size_t remove_if(Predicate goes);

  Arena* arena_;
  Field* fields_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint32_t capacity_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace sluice
