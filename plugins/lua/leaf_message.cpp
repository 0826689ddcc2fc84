// Leaf functions for what a message says: texts, numbers, headers, query parameters and cookies.
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "host.h"
#include "leaf_calls.h"

namespace sluice::lua {

namespace {

int field(sluice_lua_visit* handle, int which) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  sluice_str text{};
  return give(*visit, host.exchange->get(visit->exchange, static_cast<sluice_field>(which), &text), text);
}

int set_field(sluice_lua_visit* handle, int which, const char* data, std::size_t size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return code(host.exchange->set(visit->exchange, static_cast<sluice_field>(which), data, size));
}

double number(sluice_lua_visit* handle, int which) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return static_cast<double>(host.exchange->number(visit->exchange, static_cast<sluice_number>(which)));
}

int set_number(sluice_lua_visit* handle, int which, double value) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return code(host.exchange->set_number(visit->exchange, static_cast<sluice_number>(which),
                                        static_cast<std::int64_t>(value)));
}

int header(sluice_lua_visit* handle, int map, const char* name, std::size_t size, int nth) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  sluice_str value{};
  sluice_status status = host.exchange->header_get(visit->exchange, static_cast<sluice_map>(map), name, size,
                                                   static_cast<std::size_t>(nth), &value);
  return give(*visit, status, value);
}

int header_count(sluice_lua_visit* handle, int map) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return static_cast<int>(host.exchange->header_count(visit->exchange, static_cast<sluice_map>(map)));
}

int header_at(sluice_lua_visit* handle, int map, int index) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  sluice_str name{};
  sluice_str value{};
  sluice_status status = host.exchange->header_at(visit->exchange, static_cast<sluice_map>(map),
                                                  static_cast<std::size_t>(index), &name, &value);
  visit->vm->out().name = name.data;
  visit->vm->out().name_size = name.size;
  return give(*visit, status, value);
}

int header_set(sluice_lua_visit* handle, int map, const char* name, std::size_t size, const char* value,
               std::size_t value_size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return code(host.exchange->header_set(visit->exchange, static_cast<sluice_map>(map), name, size, value,
                                        value_size));
}

int header_add(sluice_lua_visit* handle, int map, const char* name, std::size_t size, const char* value,
               std::size_t value_size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return code(host.exchange->header_add(visit->exchange, static_cast<sluice_map>(map), name, size, value,
                                        value_size));
}

int header_remove(sluice_lua_visit* handle, int map, const char* name, std::size_t size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  return code(host.exchange->header_remove(visit->exchange, static_cast<sluice_map>(map), name, size));
}

// ---- query parameters, as forms write them (WHATWG URL, application/x-www-form-urlencoded) ----

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The next byte of an encoded text, which loses it; an odd '%' stands for itself.
char next_decoded(std::string_view& text) {
  char c = text.front();
  text.remove_prefix(1);
  if (c == '+') return ' ';
  if (c != '%' || text.size() < 2 || hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0) return c;
  c = static_cast<char>(hex_digit(text[0]) * 16 + hex_digit(text[1]));
  text.remove_prefix(2);
  return c;
}

bool decodes_to(std::string_view encoded, std::string_view plain) {
  for (char c : plain) {
    if (encoded.empty() || next_decoded(encoded) != c) return false;
  }
  return encoded.empty();
}

std::optional<std::string_view> find_param(std::string_view query, std::string_view name, int nth) {
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    std::size_t equals = pair.find('=');
    if (!decodes_to(pair.substr(0, equals), name) || pair.empty() || nth-- > 0) continue;
    return equals == std::string_view::npos ? std::string_view("", 0) : pair.substr(equals + 1);
  }
  return std::nullopt;
}

int param(sluice_lua_visit* handle, const char* name, std::size_t size, int nth) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  sluice_str query{};
  if (host.exchange->get(visit->exchange, SLUICE_QUERY, &query) != SLUICE_OK) return code(SLUICE_NOT_FOUND);
  std::optional<std::string_view> encoded = find_param(view(query), {name, size}, nth);
  if (!encoded) return code(SLUICE_NOT_FOUND);
  if (encoded->find_first_of("%+") == std::string_view::npos)
    return give(*visit, encoded->data(), encoded->size());
  // Lives until the next call: longer values are rare, and `copy` takes the others.
  static thread_local std::string decoded;
  decoded.clear();
  while (!encoded->empty()) {
    decoded += next_decoded(*encoded);
  }
  return give(*visit, decoded.data(), decoded.size());
}

// ---- cookies (RFC 6265 5.4: pairs separated by ';'; lenient reading) ----

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<std::string_view> find_cookie(std::string_view line, std::string_view name) {
  while (!line.empty()) {
    std::string_view pair = line.substr(0, line.find(';'));
    line.remove_prefix(std::min(pair.size() + 1, line.size()));
    std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
    return trim(pair.substr(equals + 1));
  }
  return std::nullopt;
}

int cookie(sluice_lua_visit* handle, const char* name, std::size_t size) {
  Visit* visit = here(handle);
  if (visit == nullptr) return kElsewhere;
  // More than one Cookie line is possible in HTTP/2 (RFC 9113 8.2.3).
  sluice_str line{};
  for (std::size_t nth = 0; host.exchange->header_get(visit->exchange, SLUICE_REQUEST_HEADERS, "cookie", 6,
                                                      nth, &line) == SLUICE_OK;
       ++nth) {
    if (auto value = find_cookie(view(line), {name, size})) return give(*visit, value->data(), value->size());
  }
  return code(SLUICE_NOT_FOUND);
}

}  // namespace

void add_message_calls(sluice_lua_leaf& leaf) {
  leaf.field = field;
  leaf.set_field = set_field;
  leaf.number = number;
  leaf.set_number = set_number;
  leaf.param = param;
  leaf.cookie = cookie;
  leaf.header = header;
  leaf.header_count = header_count;
  leaf.header_at = header_at;
  leaf.header_set = header_set;
  leaf.header_add = header_add;
  leaf.header_remove = header_remove;
}

}  // namespace sluice::lua
