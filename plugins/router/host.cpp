#include "host.h"

namespace sluice::router {
namespace {

Host the_host;

}  // namespace

const Host& host() { return the_host; }

void set_host(const sluice_host* given) {
  the_host.host = given;
  the_host.exchange = given->exchange;
  the_host.config = given->config;
  the_host.routes = static_cast<const sluice_routes_api*>(given->ability(given, SLUICE_ROUTES));
  the_host.log = static_cast<const sluice_log_api*>(given->ability(given, SLUICE_LOG));
}

std::optional<std::string_view> field(sluice_exchange* ex, sluice_field which) {
  sluice_str out{};
  if (the_host.exchange->get(ex, which, &out) != SLUICE_OK) return std::nullopt;
  return view(out);
}

void note(sluice_exchange* ex, std::string_view name, std::string_view value) {
  the_host.exchange->note(ex, name.data(), name.size(), value.data(), value.size());
}

void warn(std::string_view text) {
  if (the_host.log) the_host.log->write(SLUICE_WARN, nullptr, "router", text.data(), text.size());
}

sluice_verdict fail(sluice_exchange* ex, std::string_view why) {
  the_host.exchange->fail_reason(ex, why.data(), why.size());
  return SLUICE_FAIL;
}

Node Node::get(std::string_view key) const {
  return {host().config->get(raw_, key.data(), key.size()), *report_};
}

Node Node::at(std::size_t index, std::string_view* key) const {
  sluice_str name{};
  const auto* node = host().config->at(raw_, index, &name);
  if (key) *key = view(name);
  return {node, *report_};
}

std::optional<std::string_view> Node::text() const {
  sluice_str out{};
  if (!host().config->as_str(raw_, &out)) return std::nullopt;
  return view(out);
}

std::optional<std::int64_t> Node::integer() const {
  std::int64_t out = 0;
  if (!host().config->as_int(raw_, &out)) return std::nullopt;
  return out;
}

std::optional<bool> Node::boolean() const {
  bool out = false;
  if (!host().config->as_bool(raw_, &out)) return std::nullopt;
  return out;
}

std::string_view Node::path() const {
  sluice_str out{};
  host().config->path(raw_, &out);
  return view(out);
}

std::string Node::place() const {
  sluice_str file{};
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  host().config->where(raw_, &file, &line, &column);
  return std::string(view(file)) + ":" + std::to_string(line);
}

void Node::problem(std::string_view text) const {
  ++report_->problems;
  host().config->problem(raw_, text.data(), text.size());
}

bool Node::has_only(std::string_view known) const {
  bool ok = true;
  const auto padded = " " + std::string(known) + " ";
  for (std::size_t i = 0; i < size(); ++i) {
    std::string_view key;
    const auto value = at(i, &key);
    if (padded.find(" " + std::string(key) + " ") != std::string::npos) continue;
    value.problem("unknown key " + in_quotes(key) + "; known are: " + std::string(known));
    ok = false;
  }
  return ok;
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace sluice::router
