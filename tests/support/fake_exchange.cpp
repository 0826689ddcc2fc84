#include "support/fake_exchange.h"

#include <algorithm>
#include <stdexcept>

#include "base/arena.h"
#include "base/ascii.h"
#include "http/normalise.h"
#include "support/fake_host.h"
#include "support/fake_wait.h"

namespace sluice::test {
namespace {

constexpr std::size_t kNoteBytes = 1024;
constexpr std::size_t kReasonBytes = 4096;

// Without port, trailing dot and upper case.
std::string host_of(std::string_view authority) {
  const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
  auto host = authority.substr(0, authority.find(':', bracket == std::string_view::npos ? 0 : bracket));
  if (host.ends_with('.')) host.remove_suffix(1);
  return ascii::lower(host);
}

bool is_field_value(std::string_view value) {
  return std::ranges::all_of(value, [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

std::size_t erase_named(FakeHeaders& map, std::string_view name) {
  return std::erase_if(map, [&](const auto& each) { return ascii::iequals(each.first, name); });
}

}  // namespace

bool is_framing_header(std::string_view name) {
  static constexpr std::string_view names[] = {"content-length", "transfer-encoding", "connection",
                                               "keep-alive",     "upgrade",           "te",
                                               "trailer",        "proxy-connection"};
  return std::ranges::any_of(names, [&](auto each) { return ascii::iequals(each, name); });
}

FakeExchange::FakeExchange(FakeHost& host, std::string method, std::string_view target, FakeHeaders headers)
    : host_(host) {
  fields_[SLUICE_METHOD] = std::move(method);
  fields_[SLUICE_TARGET] = std::string(target);
  fields_[SLUICE_SCHEME] = target.starts_with("https://") ? "https" : "http";
  std::string authority = "localhost";
  if (const auto scheme = target.find("://"); scheme != std::string_view::npos && !target.starts_with('/')) {
    const auto slash = std::min(target.find('/', scheme + 3), target.size());
    authority = target.substr(scheme + 3, slash - scheme - 3);
    target = slash == target.size() ? "/" : target.substr(slash);
  }
  maps_[SLUICE_REQUEST_HEADERS] = std::move(headers);
  if (const auto host_line = header(SLUICE_REQUEST_HEADERS, "Host"); !host_line.empty())
    authority = host_line;
  else
    maps_[SLUICE_REQUEST_HEADERS].insert(maps_[SLUICE_REQUEST_HEADERS].begin(), {"Host", authority});
  set_authority(authority);
  const auto mark = target.find('?');
  if (mark != std::string_view::npos) fields_[SLUICE_QUERY] = std::string(target.substr(mark + 1));
  fields_[SLUICE_RAW_PATH] = std::string(target.substr(0, mark));
  if (set_path(target.substr(0, mark)) != SLUICE_OK)
    throw std::invalid_argument("no path: " + std::string(target));
  fields_[SLUICE_PROTOCOL] = "HTTP/1.1";
  fields_[SLUICE_CLIENT] = "192.0.2.1";
  fields_[SLUICE_REMOTE] = "192.0.2.1:40000";
  fields_[SLUICE_LISTENER] = "main";
  fields_[SLUICE_REQUEST_ID] = "0123456789abcdef0123456789abcdef";
  for (int which = SLUICE_T_REQUEST_HEAD; which <= SLUICE_T_END; ++which)
    numbers_[which] = -1;
  numbers_[SLUICE_STARTED_AT] = static_cast<std::int64_t>(host.unix_us_);
  numbers_[SLUICE_T_REQUEST_HEAD] = 0;
  numbers_[SLUICE_CONNECTION_ID] = numbers_[SLUICE_CONNECTION_REQUESTS] = 1;
}

FakeExchange::~FakeExchange() {
  if (wait_) wait_->exchange_ended();
  for (const auto& [slot, value] : slots_)
    if (auto free_value = slot_free(slot); free_value && value) free_value(value);
}

FakeExchange& FakeExchange::without(sluice_field field) {
  fields_[field].reset();
  return *this;
}

FakeExchange& FakeExchange::with(sluice_field field, std::string value) {
  if (field == SLUICE_AUTHORITY) set_authority(value);
  fields_[field] = std::move(value);
  return *this;
}

FakeExchange& FakeExchange::with(sluice_number which, std::int64_t value) {
  numbers_[which] = value;
  return *this;
}

FakeExchange& FakeExchange::with_body(std::string body) {
  request_body_ = std::move(body);
  return *this;
}

FakeExchange& FakeExchange::answered(int status, FakeHeaders headers, std::string body) {
  numbers_[SLUICE_STATUS] = status;
  numbers_[SLUICE_IS_LOCAL] = 0;
  fields_[SLUICE_ORIGIN] = "upstream";
  maps_[SLUICE_RESPONSE_HEADERS] = std::move(headers);
  response_body_ = std::move(body);
  has_response_ = true;
  return *this;
}

std::string FakeExchange::header(sluice_map map, std::string_view name) const {
  const auto lines = header_lines(map, name);
  return lines.empty() ? "" : lines.front();
}

std::vector<std::string> FakeExchange::header_lines(sluice_map map, std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : maps_[map])
    if (ascii::iequals(key, name)) out.push_back(value);
  return out;
}

std::string FakeExchange::note(std::string_view name) const {
  for (const auto& [key, value] : notes_)
    if (key == name) return value;
  return "";
}

sluice_status FakeExchange::set_path(std::string_view path) {
  if (path.find_first_of("?# ") != std::string_view::npos) return SLUICE_INVALID;
  Arena arena;
  const auto normal = normalise_path(arena, path);
  if (!normal) return SLUICE_INVALID;
  fields_[SLUICE_PATH] = std::string(*normal);
  return SLUICE_OK;
}

sluice_status FakeExchange::set_authority(std::string_view authority) {
  if (authority.empty() || authority.find_first_of("/?#@ \t") != std::string_view::npos)
    return SLUICE_INVALID;
  fields_[SLUICE_AUTHORITY] = std::string(authority);
  fields_[SLUICE_HOST] = host_of(authority);
  return SLUICE_OK;
}

struct FakeExchangeCalls {
  static sluice_status get(sluice_exchange* raw, sluice_field field, sluice_str* out) {
    const auto& value = from_abi(raw).fields_.at(field);
    if (!value) return SLUICE_NOT_FOUND;
    *out = {value->data(), value->size()};
    return SLUICE_OK;
  }

  static sluice_status set(sluice_exchange* raw, sluice_field field, const char* data, std::size_t size) {
    auto& ex = from_abi(raw);
    const std::string_view value(data ? data : "", size);
    const auto last = field == SLUICE_ROUTE      ? SLUICE_ON_ROUTE
                      : field == SLUICE_UPSTREAM ? SLUICE_ON_BALANCE
                                                 : SLUICE_ON_UPSTREAM_REQUEST;
    if (field == SLUICE_ENDPOINT ? ex.phase_ != SLUICE_ON_BALANCE : !ex.in(SLUICE_ON_REQUEST, last))
      return SLUICE_WRONG_PHASE;
    switch (field) {
      case SLUICE_METHOD:
        if (!ascii::is_token(value)) return SLUICE_INVALID;
        break;
      case SLUICE_PATH: return ex.set_path(value);
      case SLUICE_AUTHORITY: return ex.set_authority(value);
      case SLUICE_QUERY:
        if (!data) {
          ex.fields_[SLUICE_QUERY].reset();
          return SLUICE_OK;
        }
        if (value.find_first_of("# ") != std::string_view::npos || !is_field_value(value))
          return SLUICE_INVALID;
        break;
      case SLUICE_ROUTE: return select_route_by_name(ex, value);
      case SLUICE_UPSTREAM:
        if (!ex.host_.upstream(value)) return SLUICE_NOT_FOUND;
        break;
      case SLUICE_ENDPOINT: break;
      default: return SLUICE_WRONG_PHASE;
    }
    ex.fields_[field] = std::string(value);
    return SLUICE_OK;
  }

  static sluice_status select_route_by_name(FakeExchange& ex, std::string_view name) {
    for (std::size_t i = 0; i < ex.host_.routes_.size(); ++i)
      if (ex.host_.routes_[i].name == name) return select_route(ex, i);
    return SLUICE_NOT_FOUND;
  }

  static sluice_status select_route(FakeExchange& ex, std::size_t index) {
    const auto& route = ex.host_.routes_[index];
    // An upstream that was selected before any route stays.
    const bool is_early = ex.route_index_ < 0 && ex.fields_[SLUICE_UPSTREAM];
    ex.route_index_ = static_cast<std::int64_t>(index);
    ex.fields_[SLUICE_ROUTE] = route.name;
    // The group that the route before it brought goes with it.
    if (is_early) return SLUICE_OK;
    if (route.upstream.empty())
      ex.fields_[SLUICE_UPSTREAM].reset();
    else
      ex.fields_[SLUICE_UPSTREAM] = route.upstream;
    return SLUICE_OK;
  }

  static std::int64_t number(sluice_exchange* raw, sluice_number which) {
    return from_abi(raw).numbers_.at(which);
  }

  static sluice_status set_number(sluice_exchange* raw, sluice_number which, std::int64_t value) {
    auto& ex = from_abi(raw);
    if (which != SLUICE_STATUS || (ex.phase_ != SLUICE_ON_RESPONSE && ex.phase_ != SLUICE_ON_ERROR))
      return SLUICE_WRONG_PHASE;
    if (value < 200 || value > 599) return SLUICE_INVALID;
    ex.numbers_[which] = value;
    return SLUICE_OK;
  }

  // Whether the map is there at all in this hook.
  static bool there(const FakeExchange& ex, sluice_map map) {
    if (map == SLUICE_UPSTREAM_HEADERS) return ex.phase_ == SLUICE_ON_UPSTREAM_REQUEST;
    if (map == SLUICE_RESPONSE_HEADERS) return ex.has_response_;
    return true;
  }

  static std::size_t header_count(sluice_exchange* raw, sluice_map map) {
    return there(from_abi(raw), map) ? from_abi(raw).maps_.at(map).size() : 0;
  }

  static sluice_status header_at(sluice_exchange* raw, sluice_map map, std::size_t index, sluice_str* name,
                                 sluice_str* value) {
    auto& ex = from_abi(raw);
    if (!there(ex, map)) return SLUICE_WRONG_PHASE;
    if (index >= ex.maps_[map].size()) return SLUICE_NOT_FOUND;
    const auto& line = ex.maps_[map][index];
    if (name) *name = {line.first.data(), line.first.size()};
    if (value) *value = {line.second.data(), line.second.size()};
    return SLUICE_OK;
  }

  static sluice_status header_get(sluice_exchange* raw, sluice_map map, const char* name,
                                  std::size_t name_size, std::size_t nth, sluice_str* value) {
    auto& ex = from_abi(raw);
    if (!there(ex, map)) return SLUICE_WRONG_PHASE;
    for (const auto& [key, text] : ex.maps_.at(map)) {
      if (!ascii::iequals(key, {name, name_size}) || nth-- > 0) continue;
      *value = {text.data(), text.size()};
      return SLUICE_OK;
    }
    return SLUICE_NOT_FOUND;
  }

  static sluice_status may_write(const FakeExchange& ex, sluice_map map, std::string_view name,
                                 std::string_view value) {
    if (map == SLUICE_REQUEST_TRAILERS || !there(ex, map)) return SLUICE_WRONG_PHASE;
    if (!ascii::is_token(name) || !is_field_value(value) || is_framing_header(name)) return SLUICE_INVALID;
    return SLUICE_OK;
  }

  static sluice_status header_set(sluice_exchange* raw, sluice_map map, const char* name,
                                  std::size_t name_size, const char* value, std::size_t value_size) {
    auto& ex = from_abi(raw);
    if (auto status = may_write(ex, map, {name, name_size}, {value, value_size}); status != SLUICE_OK)
      return status;
    auto& lines = ex.maps_[map];
    const auto first = std::ranges::find_if(
        lines, [&](const auto& each) { return ascii::iequals(each.first, {name, name_size}); });
    const auto place = first - lines.begin();
    erase_named(lines, {name, name_size});
    lines.insert(lines.begin() + place, {std::string(name, name_size), std::string(value, value_size)});
    return SLUICE_OK;
  }

  static sluice_status header_add(sluice_exchange* raw, sluice_map map, const char* name,
                                  std::size_t name_size, const char* value, std::size_t value_size) {
    auto& ex = from_abi(raw);
    if (auto status = may_write(ex, map, {name, name_size}, {value, value_size}); status != SLUICE_OK)
      return status;
    ex.maps_[map].emplace_back(std::string(name, name_size), std::string(value, value_size));
    return SLUICE_OK;
  }

  static sluice_status header_remove(sluice_exchange* raw, sluice_map map, const char* name,
                                     std::size_t name_size) {
    auto& ex = from_abi(raw);
    if (auto status = may_write(ex, map, {name, name_size}, {}); status != SLUICE_OK) return status;
    return erase_named(ex.maps_[map], {name, name_size}) ? SLUICE_OK : SLUICE_NOT_FOUND;
  }

  static sluice_status respond(sluice_exchange* raw, std::int32_t status, const char* type,
                               std::size_t type_size, const char* body, std::size_t body_size) {
    auto& ex = from_abi(raw);
    if (!ex.in(SLUICE_ON_CONNECT, SLUICE_ON_RESPONSE) && ex.phase_ != SLUICE_ON_ERROR)
      return SLUICE_WRONG_PHASE;
    if (status < 200 || status > 599) return SLUICE_INVALID;
    ex.answered(status, {}, std::string(body ? body : "", body_size));
    ex.numbers_[SLUICE_IS_LOCAL] = 1;
    ex.fields_[SLUICE_ORIGIN] = "local";
    if (type_size)
      ex.maps_[SLUICE_RESPONSE_HEADERS].emplace_back("Content-Type", std::string(type, type_size));
    ex.responded_ = true;
    return SLUICE_OK;
  }

  static sluice_status fail_reason(sluice_exchange* raw, const char* text, std::size_t size) {
    from_abi(raw).fail_reason_.assign(text, std::min(size, kReasonBytes));
    return SLUICE_OK;
  }

  static sluice_status body_whole(sluice_exchange* raw, bool response, std::uint64_t limit) {
    auto& ex = from_abi(raw);
    const bool legal = response ? ex.phase_ == SLUICE_ON_RESPONSE
                                : ex.phase_ == SLUICE_ON_REQUEST || ex.phase_ == SLUICE_ON_ROUTE;
    if (!legal) return SLUICE_WRONG_PHASE;
    ex.wants_body_[response] = limit;
    return SLUICE_OK;
  }

  static sluice_status body_replace(sluice_exchange* raw, const char* data, std::size_t size) {
    auto& ex = from_abi(raw);
    if (ex.phase_ != SLUICE_ON_REQUEST_BODY && ex.phase_ != SLUICE_ON_RESPONSE_BODY)
      return SLUICE_WRONG_PHASE;
    ex.passed_on_.assign(data ? data : "", size);
    return SLUICE_OK;
  }

  static sluice_status body(sluice_exchange* raw, sluice_str* out) {
    auto& ex = from_abi(raw);
    if (!ex.request_body_) return SLUICE_NOT_FOUND;
    *out = {ex.request_body_->data(), ex.request_body_->size()};
    return SLUICE_OK;
  }

  static void slot_set(sluice_exchange* raw, std::int32_t slot, void* value) {
    from_abi(raw).slots_[slot] = value;
  }

  static void* slot_get(sluice_exchange* raw, std::int32_t slot) {
    const auto& slots = from_abi(raw).slots_;
    const auto it = slots.find(slot);
    return it == slots.end() ? nullptr : it->second;
  }

  static sluice_token* pause(sluice_exchange* raw) {
    auto& ex = from_abi(raw);
    if (ex.phase_ < 0 || ex.wait_) return nullptr;
    ex.wait_ = std::make_shared<FakeWait>();
    return new_token(ex.wait_);
  }

  static sluice_status note(sluice_exchange* raw, const char* name, std::size_t name_size, const char* value,
                            std::size_t value_size) {
    const std::string_view key(name, name_size);
    const bool valid = !key.empty() && key.size() <= 64 && std::ranges::all_of(key, [](char c) {
      return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '_' || c == '.';
    });
    if (!valid) return SLUICE_INVALID;
    auto& notes = from_abi(raw).notes_;
    const auto it = std::ranges::find(notes, key, &FakeHeaders::value_type::first);
    std::string text(value, std::min(value_size, kNoteBytes));
    if (it != notes.end())
      it->second = std::move(text);
    else
      notes.emplace_back(key, std::move(text));
    return SLUICE_OK;
  }

  static sluice_status note_at(sluice_exchange* raw, std::size_t index, sluice_str* name, sluice_str* value) {
    const auto& notes = from_abi(raw).notes_;
    if (index >= notes.size()) return SLUICE_NOT_FOUND;
    *name = {notes[index].first.data(), notes[index].first.size()};
    *value = {notes[index].second.data(), notes[index].second.size()};
    return SLUICE_OK;
  }

  static sluice_status note_get(sluice_exchange* raw, const char* name, std::size_t name_size,
                                sluice_str* value) {
    const auto& notes = from_abi(raw).notes_;
    const auto it =
        std::ranges::find(notes, std::string_view(name, name_size), &FakeHeaders::value_type::first);
    if (it == notes.end()) return SLUICE_NOT_FOUND;
    *value = {it->second.data(), it->second.size()};
    return SLUICE_OK;
  }
};

FakeExchange& FakeExchange::with_route(std::string_view name) {
  if (FakeExchangeCalls::select_route_by_name(*this, name) != SLUICE_OK)
    throw std::invalid_argument("no route " + std::string(name));
  return *this;
}

const sluice_exchange_api& fake_exchange_api() {
  using Calls = FakeExchangeCalls;
  static const sluice_exchange_api api = {sizeof(sluice_exchange_api),
                                          Calls::get,
                                          Calls::set,
                                          Calls::number,
                                          Calls::set_number,
                                          Calls::header_count,
                                          Calls::header_at,
                                          Calls::header_get,
                                          Calls::header_set,
                                          Calls::header_add,
                                          Calls::header_remove,
                                          Calls::respond,
                                          Calls::fail_reason,
                                          Calls::body_whole,
                                          Calls::body_replace,
                                          Calls::body,
                                          reserve_slot,
                                          Calls::slot_set,
                                          Calls::slot_get,
                                          Calls::pause,
                                          resume_wait,
                                          resume_wait_with,
                                          drop_wait,
                                          Calls::note,
                                          Calls::note_at,
                                          Calls::note_get};
  return api;
}

}  // namespace sluice::test
