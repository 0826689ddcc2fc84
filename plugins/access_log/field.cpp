#include "field.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "escape.h"

namespace access_log {
namespace {

struct Word {
  std::string_view name;
  Field::Kind kind;
  int which;
};

using enum Field::Kind;

constexpr std::array kWords{
    Word{"time", time, 0},
    Word{"time_clf", time_clf, 0},
    Word{"time_unix", time_unix, 0},
    Word{"request_id", text, SLUICE_REQUEST_ID},
    Word{"client", text, SLUICE_CLIENT},
    Word{"remote", text, SLUICE_REMOTE},
    Word{"listener", text, SLUICE_LISTENER},
    Word{"scheme", text, SLUICE_SCHEME},
    Word{"method", text, SLUICE_METHOD},
    Word{"host", text, SLUICE_HOST},
    Word{"authority", text, SLUICE_AUTHORITY},
    Word{"target", text, SLUICE_TARGET},
    Word{"path", text, SLUICE_PATH},
    Word{"raw_path", text, SLUICE_RAW_PATH},
    Word{"query", text, SLUICE_QUERY},
    Word{"protocol", text, SLUICE_PROTOCOL},
    Word{"status", number, SLUICE_STATUS},
    Word{"local", flag, SLUICE_IS_LOCAL},
    Word{"origin", text, SLUICE_ORIGIN},
    Word{"reason", text, SLUICE_REASON},
    Word{"plugin", text, SLUICE_PLUGIN},
    Word{"route", text, SLUICE_ROUTE},
    Word{"upstream", text, SLUICE_UPSTREAM},
    Word{"endpoint", text, SLUICE_ENDPOINT},
    Word{"attempts", number, SLUICE_ATTEMPTS},
    Word{"request_bytes", number, SLUICE_REQUEST_BYTES},
    Word{"response_bytes", number, SLUICE_RESPONSE_BYTES},
    Word{"duration_ms", millis, SLUICE_T_END},
    Word{"request_head_ms", millis, SLUICE_T_REQUEST_HEAD},
    Word{"routed_ms", millis, SLUICE_T_ROUTED},
    Word{"connected_ms", millis, SLUICE_T_CONNECTED},
    Word{"first_byte_ms", millis, SLUICE_T_FIRST_BYTE},
    Word{"connection", number, SLUICE_CONNECTION_ID},
    Word{"connection_requests", number, SLUICE_CONNECTION_REQUESTS},
    Word{"worker", number, SLUICE_WORKER},
    Word{"notes", notes, 0},
};

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

// 12345 microseconds are 12.345.
void append_millis(std::string& out, std::int64_t micros) {
  append_number(out, micros / 1000);
  auto rest = micros % 1000;
  const char digits[] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                         static_cast<char>('0' + rest % 10)};
  out.append(digits, sizeof digits);
}

void append_string(std::string& out, std::string_view value, bool json) {
  if (json)
    append_json(out, value);
  else
    append_text(out, value);
}

// {"a":"b"} or a=b;c=d
bool append_notes(std::string& out, sluice_exchange* ex, bool json) {
  const auto& api = sluice::detail::exchange_api();
  sluice_str name{}, value{};
  std::size_t i = 0;
  for (; api.note_at(ex, i, &name, &value) == SLUICE_OK; ++i) {
    if (i > 0)
      out += json ? ',' : ';';
    else if (json)
      out += '{';
    append_string(out, {name.data, name.size}, json);
    out += json ? ':' : '=';
    append_string(out, {value.data, value.size}, json);
  }
  if (i > 0 && json) out += '}';
  return i > 0;
}

// "User-Agent" in a header field's default label: user_agent.
std::string label_of(std::string_view header) {
  std::string label(header);
  for (auto& c : label) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c == '-') c = '_';
  }
  return label;
}

bool is_token(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";  // RFC 9110 5.6.2
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<Field> Field::find(std::string_view name) {
  for (const auto& each : kWords)
    if (each.name == name) return Field{each.kind, each.which, {}, std::string(name)};
  auto dot = name.find('.');
  if (dot == std::string_view::npos || !is_token(name.substr(dot + 1))) return std::nullopt;
  auto rest = std::string(name.substr(dot + 1));
  auto kind = name.substr(0, dot);
  if (kind == "request_header") return Field{request_header, 0, rest, label_of(rest)};
  if (kind == "response_header") return Field{response_header, 0, rest, label_of(rest)};
  if (kind == "note") return Field{note, 0, rest, rest};
  return std::nullopt;
}

std::vector<std::string_view> Field::names() {
  std::vector<std::string_view> names;
  for (const auto& each : kWords)
    names.push_back(each.name);
  return names;
}

bool Field::append(std::string& out, sluice::Exchange ex, Stamp& stamp, bool json) const {
  auto string = [&](std::optional<std::string_view> value) {
    if (value) append_string(out, *value, json);
    return value.has_value();
  };
  auto value = [&] {
    return ex.number(static_cast<sluice_number>(which));
  };
  switch (kind) {
    case Kind::text: return string(ex.get(static_cast<sluice_field>(which)));
    case Kind::number: append_number(out, value()); return true;
    case Kind::millis: {
      auto micros = value();
      if (micros >= 0) append_millis(out, micros);
      return micros >= 0;
    }
    case Kind::flag: out += value() == 1 ? "true" : "false"; return true;
    case Kind::time:
      if (json) out += '"';
      stamp.append_iso(out, ex.number(SLUICE_STARTED_AT));
      if (json) out += '"';
      return true;
    case Kind::time_clf:
      if (json) out += '"';
      stamp.append_clf(out, ex.number(SLUICE_STARTED_AT));
      if (json) out += '"';
      return true;
    case Kind::time_unix: Stamp::append_unix(out, ex.number(SLUICE_STARTED_AT)); return true;
    case Kind::request_header: return string(ex.request().get(name));
    case Kind::response_header: return string(ex.response().get(name));
    case Kind::note: return string(ex.note(name));
    case Kind::notes: return append_notes(out, ex.raw(), json);
  }
  return false;
}

}  // namespace access_log
