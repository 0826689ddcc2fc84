// One key of the configuration, defined once: the entry that parses it, checks it, stores it and documents it.
//
// Tables of `Key` describe the gateway's own sections (keys.cpp); plugins' `sluice_key` tables are turned into the same
// thing (plugin_keys.h), so that both are checked by the same code and answer with the same messages. Static, immutable.
#pragma once

#include <sluice/abi.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/node.h"

namespace sluice::config {

// A checked value on its way into a struct: the member that the key's type names is set. Durations (milliseconds), sizes
// (bytes) and choices (index) are in `integer`.
struct Value {
  bool boolean = false;
  std::int64_t integer = 0;
  double floating = 0;
  std::string_view text;
  std::vector<std::string_view> texts;
};

// Where a key may stand, for sections that occur at several levels.
enum Level : std::uint8_t { kProcess = 1, kListener = 2, kRoute = 4, kUpstream = 8, kAnywhere = 15 };

struct Key {
  std::string_view name;
  sluice_key_type type = SLUICE_KEY_ANY;
  // What holds when it is not given, as text; a null data() makes the key required. "none" and text in parentheses stand
  // for no value at all.
  std::string_view unset;
  std::string_view meaning;
  std::span<const Key> children{};  // TABLE and TABLES; empty: any keys
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::span<const std::string_view> choices{};  // STRING: one of these
  bool of_strings = false;                      // LIST: each element is a string
  std::uint8_t levels = kAnywhere;
  // ABI minor that first had it in [[plugin]] or [[route]]. Plugins built before keep their own key of that name (abi.h): whoever
  // adds the first key with another number lets the reader leave such keys to them.
  std::uint32_t since = 0;
  void (*set)(void* object, const Value& value) = nullptr;  // null: read by hand
  void (*copy)(void* to, const void* from) = nullptr;

  bool is_required() const { return unset.data() == nullptr; }
};

inline constexpr std::string_view kRequired{};

// The keys of the table that is read into a T.
template <class T>
struct Keys {
  std::span<const Key> list;
};

namespace detail {

template <class M>
struct Member;
template <class T, class M>
struct Member<M T::*> {
  using Owner = T;
  using Type = M;
};

template <class T>
struct Inner {
  using Type = T;
};
template <class T>
struct Inner<std::optional<T>> {
  using Type = T;
};

template <auto member>
constexpr Key bound(Key key, void (*set)(void*, const Value&)) {
  using Owner = typename Member<decltype(member)>::Owner;
  key.set = set;
  key.copy = [](void* to, const void* from) {
    static_cast<Owner*>(to)->*member = static_cast<const Owner*>(from)->*member;
  };
  return key;
}

}  // namespace detail

// ---- one function per kind of key; `member` says where the value goes ----

template <auto member>
constexpr Key flag(std::string_view name, std::string_view unset, std::string_view meaning) {
  return detail::bound<member>({name, SLUICE_KEY_BOOL, unset, meaning}, [](void* to, const Value& value) {
    static_cast<typename detail::Member<decltype(member)>::Owner*>(to)->*member = value.boolean;
  });
}

// Whole numbers and sizes; `least` and `most` are both allowed.
template <auto member>
constexpr Key number(sluice_key_type type, std::string_view name, std::string_view unset, std::int64_t least,
                     std::int64_t most, std::string_view meaning) {
  using Place = detail::Member<decltype(member)>;
  return detail::bound<member>(
      {name, type, unset, meaning, {}, least, most}, [](void* to, const Value& value) {
        static_cast<typename Place::Owner*>(to)->*member = static_cast<typename Place::Type>(value.integer);
      });
}
template <auto member>
constexpr Key whole(std::string_view name, std::string_view unset, std::int64_t least, std::int64_t most,
                    std::string_view meaning) {
  return number<member>(SLUICE_KEY_INT, name, unset, least, most, meaning);
}
template <auto member>
constexpr Key bytes(std::string_view name, std::string_view unset, std::int64_t least, std::int64_t most,
                    std::string_view meaning) {
  return number<member>(SLUICE_KEY_SIZE, name, unset, least, most, meaning);
}

// A fraction; `least` and `most` are whole and both allowed.
template <auto member>
constexpr Key real(std::string_view name, std::string_view unset, std::int64_t least, std::int64_t most,
                   std::string_view meaning) {
  return detail::bound<member>(
      {name, SLUICE_KEY_FLOAT, unset, meaning, {}, least, most}, [](void* to, const Value& value) {
        static_cast<typename detail::Member<decltype(member)>::Owner*>(to)->*member = value.floating;
      });
}

// `least` and `most` in milliseconds.
template <auto member>
constexpr Key duration(std::string_view name, std::string_view unset, std::int64_t least, std::int64_t most,
                       std::string_view meaning) {
  return detail::bound<member>({name, SLUICE_KEY_DURATION, unset, meaning, {}, least, most},
                               [](void* to, const Value& value) {
                                 static_cast<typename detail::Member<decltype(member)>::Owner*>(to)->*member =
                                     std::chrono::milliseconds{value.integer};
                               });
}

template <auto member>
constexpr Key text(std::string_view name, std::string_view unset, std::string_view meaning) {
  return detail::bound<member>({name, SLUICE_KEY_STRING, unset, meaning}, [](void* to, const Value& value) {
    static_cast<typename detail::Member<decltype(member)>::Owner*>(to)->*member = value.text;
  });
}

// The member is an enum, or an optional one, whose values are the indices of `choices`.
template <auto member>
constexpr Key choice(std::string_view name, std::string_view unset, std::span<const std::string_view> choices,
                     std::string_view meaning) {
  using Place = detail::Member<decltype(member)>;
  Key key{name, SLUICE_KEY_STRING, unset, meaning};
  key.choices = choices;
  return detail::bound<member>(key, [](void* to, const Value& value) {
    using Enum = typename detail::Inner<typename Place::Type>::Type;
    static_cast<typename Place::Owner*>(to)->*member = static_cast<Enum>(value.integer);
  });
}

template <auto member>
constexpr Key texts(std::string_view name, std::string_view unset, std::string_view meaning) {
  Key key{name, SLUICE_KEY_LIST, unset, meaning};
  key.of_strings = true;
  return detail::bound<member>(key, [](void* to, const Value& value) {
    auto& list = static_cast<typename detail::Member<decltype(member)>::Owner*>(to)->*member;
    list.assign(value.texts.begin(), value.texts.end());
  });
}

// Keys without a member, which the reader of the section takes apart itself.
constexpr Key section(sluice_key_type type, std::string_view name, std::string_view unset,
                      std::span<const Key> children, std::string_view meaning) {
  return {name, type, unset, meaning, children};
}

constexpr Key at(std::uint8_t levels, Key key) {
  key.levels = levels;
  return key;
}

}  // namespace sluice::config
