#include "config/keys.h"

#include <array>

namespace sluice::config {
namespace {

constexpr std::int64_t kDay = 86'400'000;  // milliseconds
constexpr std::int64_t kCount = 0xffffffff;
constexpr std::int64_t kMany = 1'000'000;
constexpr std::int64_t kMiB = 1 << 20;

constexpr std::array<std::string_view, 4> kLogLevels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> kForwardedFor{"append", "replace", "off"};
constexpr std::array<std::string_view, 1> kBalances{"round_robin"};
constexpr std::array<std::string_view, 2> kOnFailure{"deny", "allow"};

constexpr std::uint8_t kBeforeRoute = kProcess | kListener;
constexpr std::uint8_t kWithRoute = kProcess | kListener | kRoute;

constexpr std::array kTimeouts{
    at(kBeforeRoute,
       duration<&Timeouts::request_header>("request_header", "10s", 0, kDay,
                                           "From the first byte of a request head to its last, then 408.")),
    at(kWithRoute,
       duration<&Timeouts::request_body>("request_body", "30s", 0, kDay,
                                         "Silence of the client within a request body, then 408.")),
    at(kBeforeRoute, duration<&Timeouts::keep_alive>(
                         "keep_alive", "75s", 0, kDay,
                         "Silence between two requests of a client connection, which is then closed.")),
    at(kProcess | kUpstream,
       duration<&Timeouts::connect>(
           "connect", "5s", 0, kDay,
           "Making a connection to an endpoint; then the next one is tried, at last 504.")),
    at(kWithRoute, duration<&Timeouts::first_byte>(
                       "first_byte", "60s", 0, kDay,
                       "From the request being sent to the upstream's response head, then 504.")),
    at(kWithRoute, duration<&Timeouts::response_body>(
                       "response_body", "60s", 0, kDay,
                       "Silence of the upstream within a response body; the response is then cut.")),
    at(kWithRoute,
       duration<&Timeouts::send>(
           "send", "60s", 0, kDay,
           "The client takes no byte of the response, or the upstream none of the request; the connection is then closed.")),
    at(kWithRoute,
       duration<&Timeouts::half_close>(
           "half_close", "5s", 0, kDay,
           "How long a request goes on after its client has closed its sending side, while its response has not begun; then, and at "
           "once for 0s, it counts as "
           "given up and the upstream request is cancelled.")),
    at(kWithRoute,
       duration<&Timeouts::tunnel>(
           "tunnel", "1h", 0, kDay,
           "Silence in both directions of an upgraded connection (WebSocket), which is then cut.")),
    at(kWithRoute,
       duration<&Timeouts::total>(
           "total", "0s", 0, kDay,
           "From the first byte of the request to the last of the response, retries and waiting included, then 504.")),
};

constexpr std::array kLimits{
    at(kBeforeRoute, bytes<&Limits::header_bytes>("header_bytes", "32KiB", 256, 16 * kMiB,
                                                  "Request line and all header lines together, then 431.")),
    at(kBeforeRoute,
       whole<&Limits::header_count>("header_count", "128", 1, 65535, "Header lines of a request, then 431.")),
    at(kBeforeRoute,
       bytes<&Limits::uri_bytes>("uri_bytes", "8KiB", 64, 16 * kMiB, "The request target, then 414.")),
    at(kWithRoute,
       bytes<&Limits::body_bytes>(
           "body_bytes", "0", 0, std::numeric_limits<std::int64_t>::max(),
           "A request body, then 413; 0: no limit, since bodies stream through in bounded memory.")),
};

constexpr std::array kForwarding{
    choice<&Forwarding::x_forwarded>(
        "x_forwarded", "append", kForwardedFor,
        "X-Forwarded-For, -Proto and -Host to the upstream. \"append\": to what a trusted proxy sent; from others they are "
        "set anew. \"replace\": always set anew. \"off\": passed on as they came."),
    flag<&Forwarding::forwarded>("forwarded", "false",
                                 "Send Forwarded (RFC 7239), by the rule of `x_forwarded`."),
    flag<&Forwarding::via>(
        "via", "true",
        "Add \"1.1 sluice\" to Via in both directions (RFC 9110 7.6.3). nginx origins do not compress for requests with Via "
        "unless `gzip_proxied` says so."),
    flag<&Forwarding::preserve_host>(
        "preserve_host", "true", "The upstream gets the client's Host; false: the address of the endpoint."),
    text<&Forwarding::request_id>(
        "request_id", "X-Request-Id",
        "Header that carries the request id to the upstream and back; taken over from trusted proxies. \"\": none."),
};

constexpr std::array kUse{
    text<&UseKeys::use>(
        "use", kRequired,
        "Which plugin: the name of a built-in, or the path of a shared object, with a slash (\"./my.so\" is taken from the "
        "folder of this file)."),
    text<&UseKeys::name>("name", "(as `use`)", "Label of this use for `sluice plan` and logs."),
    choice<&UseKeys::on_failure>(
        "on_failure", "(\"deny\" for plugins that guard, else \"allow\")", kOnFailure,
        "When the plugin fails: \"deny\" answers 500, \"allow\" goes on without it."),
};

constexpr std::array kEndpoint{
    text<&EndpointKeys::address>(
        "address", kRequired,
        "\"10.0.0.1:80\", \"[::1]:80\", \"app.internal:80\" or \"unix:/run/app.sock\"."),
    whole<&EndpointKeys::weight>("weight", "1", 0, 65535,
                                 "Share of the exchanges in proportion to the others; 0: takes no new ones."),
};

constexpr std::array kPool{
    whole<&Pool::max_idle>("max_idle", "64", 0, 65535, "Idle connections kept per worker and endpoint."),
    duration<&Pool::idle_timeout>(
        "idle_timeout", "4s", 1, kDay,
        "How long one is kept: shorter than the 5s after which common servers close."),
    whole<&Pool::max_requests>("max_requests", "0", 0, kCount, "Requests over one connection; 0: no limit."),
};

constexpr std::array kProcessKeys{
    whole<&ProcessKeys::workers>("workers", "0", 0, 1024,
                                 "Worker threads; 0: one for each core this process may use."),
    whole<&ProcessKeys::max_connections>(
        "max_connections", "0", 0, 100 * kMany,
        "Client connections in all; at the limit accepting pauses. 0: what the limit of open files allows."),
    choice<&ProcessKeys::log_level>("log_level", "info", kLogLevels, "Least level of the gateway's own log."),
    texts<&ProcessKeys::trusted_proxies>(
        "trusted_proxies", "[]",
        "Addresses and ranges whose X-Forwarded-* and request id are believed, as in [\"10.0.0.0/8\", \"::1\"]."),
    duration<&ProcessKeys::announce>(
        "announce", "0s", 0, kDay,
        "After SIGTERM: how long new connections are still accepted while answers say `Connection: close`, for load "
        "balancers in front to notice."),
    duration<&ProcessKeys::drain>("drain", "30s", 0, kDay,
                                  "After that: how long running exchanges may take before they are cut."),
    section(SLUICE_KEY_TABLE, "timeouts", "{}", kTimeouts, "See [timeouts]."),
    section(SLUICE_KEY_TABLE, "limits", "{}", kLimits, "See [limits]."),
    section(SLUICE_KEY_TABLE, "forwarding", "{}", kForwarding, "See [forwarding]."),
    section(SLUICE_KEY_TABLES, "listener", kRequired, {},
            "Where to listen; add [[listener]] with an address."),
    section(SLUICE_KEY_TABLES, "upstream", "[]", {}, "Groups of endpoints; see [[upstream]]."),
    section(SLUICE_KEY_TABLES, "route", "[]", {}, "Which requests go where; see [[route]]."),
    section(SLUICE_KEY_TABLES, "plugin", "[]", kUse, "Plugins for all exchanges; see [[plugin]]."),
};

constexpr std::array kListenerKeys{
    text<&ListenerKeys::address>(
        "address", kRequired,
        "\"0.0.0.0:8080\", \"[::]:8080\", \":8080\" (all addresses), \"unix:/run/sluice.sock\"; port 0: the system picks."),
    text<&ListenerKeys::name>("name", "(the address)", "Name for routes, logs and `sluice plan`."),
    whole<&ListenerKeys::backlog>(
        "backlog", "4096", 1, 65535,
        "Connections the kernel holds until they are accepted (it cuts this to net.core.somaxconn)."),
    whole<&ListenerKeys::max_connections>(
        "max_connections", "0", 0, 100 * kMany,
        "Connections of this listener; at the limit its accepting pauses. 0: no limit of its own."),
    flag<&ListenerKeys::reuse_port>(
        "reuse_port", "true",
        "One socket per worker (SO_REUSEPORT); false: one for all. Unix sockets are always one for all."),
    section(SLUICE_KEY_TABLE, "timeouts", "{}", kTimeouts, "In place of those in [timeouts]."),
    section(SLUICE_KEY_TABLE, "limits", "{}", kLimits, "In place of those in [limits]."),
    section(SLUICE_KEY_TABLES, "plugin", "[]", kUse,
            "Plugins for exchanges of this listener; see [[plugin]]."),
};

constexpr std::array kUpstreamKeys{
    text<&UpstreamKeys::name>("name", kRequired, "What routes and scripts call it."),
    section(
        SLUICE_KEY_LIST, "endpoints", kRequired, {},
        "Its servers: \"host:port\", \"unix:/path\" or { address, weight }; names are resolved in the background, and one "
        "that does not resolve is no error here."),
    choice<&UpstreamKeys::balance>("balance", "round_robin", kBalances,
                                   "Which endpoint an exchange takes: in turns, by weight."),
    duration<&UpstreamKeys::dns_refresh>("dns_refresh", "30s", 1000, kDay,
                                         "How often names are resolved again."),
    section(SLUICE_KEY_TABLE, "pool", "{}", kPool, "See [upstream.pool]."),
    section(SLUICE_KEY_TABLE, "timeouts", "{}", kTimeouts, "`connect` in place of that in [timeouts]."),
    section(SLUICE_KEY_TABLES, "plugin", "[]", kUse,
            "Plugins for exchanges that go to this upstream; see [[plugin]]."),
};

constexpr std::array kRouteKeys{
    text<&RouteKeys::name>("name", "(\"route-N\", N from 1)", "Name for logs, scripts and `sluice plan`."),
    text<&RouteKeys::upstream>("upstream", "(none: a plugin answers or chooses)", "Name of the upstream."),
    section(SLUICE_KEY_TABLE, "timeouts", "{}", kTimeouts, "In place of the listener's."),
    section(SLUICE_KEY_TABLE, "limits", "{}", kLimits, "`body_bytes` in place of the listener's."),
    section(SLUICE_KEY_TABLE, "forwarding", "{}", kForwarding, "In place of [forwarding]."),
    section(SLUICE_KEY_TABLES, "plugin", "[]", kUse, "Plugins for exchanges of this route; see [[plugin]]."),
};

constexpr std::array kSections{
    Section{"", "Keys of the process; they stand before the first table.", kProcessKeys},
    Section{"[[listener]]", "Where the gateway listens. At least one.", kListenerKeys},
    Section{"[[upstream]]", "A named group of endpoints that serve the same thing.", kUpstreamKeys},
    Section{"endpoints = [{ ... }]", "An endpoint as a table; a string is its address with weight 1.",
            kEndpoint},
    Section{"[upstream.pool]", "Connections to the endpoints that wait for their next request.", kPool},
    Section{
        "[[route]]",
        "What happens to a request. Which requests a route takes is said by the keys of the routing plugin (see "
        "plugins/router/README.md), which stand in the same table.",
        kRouteKeys},
    Section{
        "[timeouts]",
        "Also [listener.timeouts], [upstream.timeouts] and [route.timeouts], where the column \"where\" says so; the "
        "nearest one counts. \"0s\": no limit.",
        kTimeouts},
    Section{"[limits]", "Also [listener.limits] and [route.limits], where the column \"where\" says so.",
            kLimits},
    Section{"[forwarding]", "What the upstream is told of the client. Also [route.forwarding].", kForwarding},
    Section{
        "[[plugin]]",
        "A plugin in the chain: [[plugin]] for all exchanges, [[listener.plugin]], [[upstream.plugin]] and "
        "[[route.plugin]] for some. They run in that order, each list in the order of the file; response hooks in "
        "reverse. All other keys of the table are the plugin's own.",
        kUse},
};

}  // namespace

template <>
const Keys<Timeouts>& keys_of<Timeouts>() {
  static constexpr Keys<Timeouts> keys{kTimeouts};
  return keys;
}
template <>
const Keys<Limits>& keys_of<Limits>() {
  static constexpr Keys<Limits> keys{kLimits};
  return keys;
}
template <>
const Keys<Forwarding>& keys_of<Forwarding>() {
  static constexpr Keys<Forwarding> keys{kForwarding};
  return keys;
}
template <>
const Keys<UseKeys>& keys_of<UseKeys>() {
  static constexpr Keys<UseKeys> keys{kUse};
  return keys;
}
template <>
const Keys<EndpointKeys>& keys_of<EndpointKeys>() {
  static constexpr Keys<EndpointKeys> keys{kEndpoint};
  return keys;
}
template <>
const Keys<Pool>& keys_of<Pool>() {
  static constexpr Keys<Pool> keys{kPool};
  return keys;
}
template <>
const Keys<ProcessKeys>& keys_of<ProcessKeys>() {
  static constexpr Keys<ProcessKeys> keys{kProcessKeys};
  return keys;
}
template <>
const Keys<ListenerKeys>& keys_of<ListenerKeys>() {
  static constexpr Keys<ListenerKeys> keys{kListenerKeys};
  return keys;
}
template <>
const Keys<UpstreamKeys>& keys_of<UpstreamKeys>() {
  static constexpr Keys<UpstreamKeys> keys{kUpstreamKeys};
  return keys;
}
template <>
const Keys<RouteKeys>& keys_of<RouteKeys>() {
  static constexpr Keys<RouteKeys> keys{kRouteKeys};
  return keys;
}

std::span<const Section> sections() { return kSections; }

namespace {

template <class T>
T merged(const T& base, const Overrides<T>& overrides) {
  T result = base;
  auto keys = keys_of<T>().list;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if ((overrides.given >> i) & 1) keys[i].copy(&result, &overrides.values);
  return result;
}

}  // namespace

template <>
Timeouts Overrides<Timeouts>::over(const Timeouts& base) const {
  return merged(base, *this);
}
template <>
Limits Overrides<Limits>::over(const Limits& base) const {
  return merged(base, *this);
}
template <>
Forwarding Overrides<Forwarding>::over(const Forwarding& base) const {
  return merged(base, *this);
}

}  // namespace sluice::config
