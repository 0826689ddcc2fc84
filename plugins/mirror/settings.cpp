#include "settings.h"

#include <sluice/ext/callout.h>
#include <sluice/ext/routes.h>

#include <algorithm>

namespace mirror {
namespace {

constexpr sluice_key kHeaders[] = {
    sluice::key(SLUICE_KEY_TABLE, "set", "{}", "Fields that the copy has in place of the request's."),
    sluice::key(SLUICE_KEY_LIST, "remove", "[]", "Names of fields that the copy does not have."),
};

constexpr sluice_key kCompare[] = {
    sluice::key(SLUICE_KEY_BOOL, "status", "false", "Whether the statuses are the same."),
    sluice::key(SLUICE_KEY_LIST, "headers", "[]", "Names of fields whose lines must be the same."),
    sluice::key(
        SLUICE_KEY_STRING, "body", "none",
        "\"hash\": whether the bodies have the same length and the same bytes up to `body_limit`; \"none\"."),
    sluice::key(SLUICE_KEY_SIZE, "body_limit", "64KiB", "Bytes of a body that are hashed, up to 16MiB."),
};

constexpr sluice_key kKeys[] = {
    sluice::key(SLUICE_KEY_STRING, "upstream", nullptr, "Name of the upstream that gets the copies."),
    sluice::key(SLUICE_KEY_ANY, "sample", "(\"100%\")",
                "Share of the requests: \"1%\", or a number from 0 to 1."),
    sluice::key(
        SLUICE_KEY_ANY, "sample_by", "(chance)",
        "What decides in place of chance, so that the same always is copied or never: \"client\" (address), "
        "{ header = \"NAME\" } or { cookie = \"NAME\" }; chance for requests that have none."),
    sluice::key(SLUICE_KEY_LIST, "methods", "([\"GET\", \"HEAD\", \"OPTIONS\"])",
                "Methods that are copied. Others have effects, which a copy has once more."),
    sluice::key(SLUICE_KEY_SIZE, "body_limit", "64KiB",
                "Requests with a longer body are not copied; up to 16MiB."),
    sluice::key(SLUICE_KEY_DURATION, "timeout", "10s", "How long a copy and its answer may take, up to 10m."),
    sluice::key(SLUICE_KEY_STRING, "host", "(the request's)", "Host of the copies."),
    sluice::table_key(SLUICE_KEY_TABLE, "headers", "{}", "How the copies' fields differ.", kHeaders),
    sluice::key(
        SLUICE_KEY_STRING, "marker", "X-Mirror",
        "Field that the copies have, with the value 1; a request that has it is not copied again. \"\": none."),
    sluice::key(SLUICE_KEY_INT, "max_in_flight", "64",
                "Copies at once per worker, 1 to 1024; more are dropped and counted, never queued."),
    sluice::table_key(SLUICE_KEY_TABLE, "compare", "{}",
                      "What of the two answers is compared; differences are counted and logged.", kCompare),
    sluice::key(SLUICE_KEY_INT, "log_lines", "10",
                "Most lines a minute about differences, and about copies that failed; 0: none."),
};

std::vector<std::string> names(sluice::Config list, std::string_view what) {
  std::vector<std::string> out;
  for (auto [key, name] : list) {
    out.emplace_back(name.as_string());
    if (out.back().empty()) name.refuse("is empty; name a " + std::string(what));
  }
  return out;
}

template <class Number>
Number in_range(sluice::Config node, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value < least || value > most)
    node.refuse("is not " + std::to_string(least) + " to " + std::to_string(most));
  return static_cast<Number>(value);
}

template <class Number>
Number count(sluice::Config node, std::int64_t least, std::int64_t most) {
  const auto value = node.as_int();
  if (value < least) node.refuse("is not " + std::to_string(least) + " to " + std::to_string(most));
  return in_range<Number>(node, static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(least),
                          static_cast<std::uint64_t>(most));
}

bool is_token(std::string_view text) {  // RFC 9110 5.6.2
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// Fields that the gateway writes itself: a callout with one of them would be refused, each single time.
bool is_gateways(std::string_view name) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"Content-Length", "Transfer-Encoding", "Connection",
                                              "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade",
                                              "HTTP2-Settings", "Host", "Expect"},
      [name](std::string_view each) { return same_name(name, each); });
}

void check_field(sluice::Config node, std::string_view name, std::string_view value) {
  if (!is_token(name)) node.refuse("is no field name");
  if (is_gateways(name)) node.refuse("is a field that the gateway writes itself (`host` sets Host)");
  for (char c : value)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f') node.refuse("has a control byte");
}

}  // namespace

std::span<const sluice_key> keys() { return kKeys; }

bool same_name(std::string_view one, std::string_view other) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  return std::ranges::equal(one, other, {}, lower, lower);
}

Settings::Settings(const sluice::Create& create)
    : upstream(create.config()["upstream"].as_string()),
      sample(create.config()["sample"], create.config()["sample_by"]) {
  const auto config = create.config();
  const auto* routes = sluice::ability<sluice_routes_api>(SLUICE_ROUTES);
  if (routes && routes->upstream_find(create.args(), upstream.data(), upstream.size()) < 0)
    config["upstream"].refuse("\"" + upstream + "\" is not configured; add [[upstream]] with that name");
  methods = {"GET", "HEAD", "OPTIONS"};
  if (config["methods"]) methods = names(config["methods"], "method");
  body_limit = in_range<std::uint64_t>(config["body_limit"], config["body_limit"].as_size(), 0,
                                       SLUICE_CALLOUT_BODY_MOST);
  timeout = config["timeout"].as_duration();
  if (timeout.count() < 1 || timeout.count() > SLUICE_CALLOUT_TIMEOUT_MOST)
    config["timeout"].refuse("is not 1ms to 10m");
  if (config["host"]) host = config["host"].as_string();
  const auto marker_node = config["marker"];
  marker = marker_node.as_string();
  if (!marker.empty()) check_field(marker_node, marker, "1");
  for (auto [name, value] : config["headers"]["set"]) {
    check_field(value, name, value.as_string());
    set.emplace_back(name, value.as_string());
  }
  remove = names(config["headers"]["remove"], "field");
  max_in_flight = count<std::uint32_t>(config["max_in_flight"], 1, SLUICE_CALLOUT_MOST);
  log_lines = count<std::uint32_t>(config["log_lines"], 0, 100'000);
  const auto comparing = config["compare"];
  compare.status = comparing["status"].as_bool();
  compare.headers = names(comparing["headers"], "field");
  const auto body = comparing["body"];
  if (body && body.as_string() != "hash" && body.as_string() != "none")
    body.refuse("needs \"hash\" or \"none\"");
  compare.body = body && body.as_string() == "hash";
  compare.body_limit =
      compare.body ? in_range<std::uint64_t>(comparing["body_limit"], comparing["body_limit"].as_size(), 0,
                                             SLUICE_CALLOUT_BODY_MOST)
                   : 0;
}

bool Settings::takes(std::string_view method) const {
  return std::ranges::find(methods, method) != methods.end();
}

bool Settings::replaces(std::string_view name) const {
  const auto same = [name](std::string_view each) {
    return same_name(name, each);
  };
  // Both are the callout's own to write; an Expect would wait for nobody.
  return same("Expect") || same("Host") || (!marker.empty() && same(marker)) ||
         std::ranges::any_of(remove, same) ||
         std::ranges::any_of(set, [&](const auto& field) { return same(field.first); });
}

}  // namespace mirror
