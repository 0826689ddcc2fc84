#include "plugin/log_ability.h"

#include <array>
#include <atomic>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/log.h"
#include "base/utf8.h"

namespace sluice {
namespace {

std::atomic<const sluice_exchange_api*> exchanges = nullptr;

constexpr std::array<std::string_view, SLUICE_PHASES> kPhases{
    "on_connect",          "on_request",  "on_request_body",  "on_route", "on_balance",
    "on_upstream_request", "on_response", "on_response_body", "on_error", "on_log"};

log::Level level_of(sluice_log_level level) {
  switch (level) {
    case SLUICE_DEBUG: return log::Level::debug;
    case SLUICE_INFO: return log::Level::info;
    case SLUICE_WARN: return log::Level::warn;
    default: return log::Level::error;
  }
}

// ` name="value"`. A name from a plugin is made one.
void add_field(std::string& line, std::string_view name, std::string_view value) {
  line += line.empty() ? "" : " ";
  for (char c : name)
    line += (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '_' || c == '.' ? c : '_';
  line += "=\"";
  utf8::append_escaped(line, value, true);
  line += '"';
}

void add_exchange(std::string& line, sluice_exchange* ex) {
  const auto* api = exchanges.load(std::memory_order_relaxed);
  if (!ex || !api) return;
  auto text = [&](sluice_field field, std::string_view name) {
    sluice_str value{};
    if (api->get(ex, field, &value) == SLUICE_OK) add_field(line, name, {value.data, value.size});
  };
  text(SLUICE_REQUEST_ID, "request_id");
  text(SLUICE_ROUTE, "route");
  auto phase = api->number(ex, SLUICE_PHASE);
  if (phase >= 0 && phase < SLUICE_PHASES) add_field(line, "hook", kPhases[static_cast<std::size_t>(phase)]);
}

// [plugin] request_id="..." route="..." hook="..." name="value": text
//
// Fields stand before the text, the host's own first, and a colon ends them: no text, whatever is in it, can look like a field.
void record(sluice_log_level level, sluice_exchange* ex, const char* plugin, const char* text, size_t size,
            const sluice_str* names, const sluice_str* values, size_t count) {
  auto wanted = level_of(level);
  if (!log::enabled(wanted)) return;
  std::string line;
  if (plugin) {
    line += '[';
    utf8::append_escaped(line, plugin);
    line += ']';
  }
  add_exchange(line, ex);
  for (size_t i = 0; i < count; ++i)
    add_field(line, {names[i].data, names[i].size}, {values[i].data, values[i].size});
  line += ": ";
  utf8::append_escaped(line, {text, size});
  log::write_safe(wanted, line);
}

void write(sluice_log_level level, sluice_exchange* ex, const char* plugin, const char* text, size_t size) {
  record(level, ex, plugin, text, size, nullptr, nullptr, 0);
}

bool enabled(sluice_log_level level) { return log::enabled(level_of(level)); }

}  // namespace

const sluice_log_api& log_ability(const sluice_exchange_api& exchange) {
  exchanges = &exchange;
  static const sluice_log_api table{sizeof(sluice_log_api), write, enabled, record};
  return table;
}

}  // namespace sluice
