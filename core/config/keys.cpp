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
constexpr std::array<std::string_view, 7> kAlgorithms{
    "round_robin", "least_requests", "power_of_two", "peak_ewma", "random", "consistent_hash", "maglev"};
constexpr std::array<std::string_view, 2> kOnShortage{"spread", "fail"};
constexpr std::array<std::string_view, 4> kCheckKinds{"none", "http", "tcp", "tls"};
constexpr std::array<std::string_view, 3> kFamilies{"any", "ipv4", "ipv6"};
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
        "address", "(`srv` in its place)",
        "\"10.0.0.1:80\", \"[::1]:80\", \"app.internal:80\" or \"unix:/run/app.sock\". A name stands for one endpoint for each of its "
        "addresses."),
    text<&EndpointKeys::srv>(
        "srv", "(none)",
        "Name of an SRV record, \"_http._tcp.app.internal\": an endpoint for each of its targets, with its port, weight and "
        "priority."),
    whole<&EndpointKeys::weight>(
        "weight", "1", 0, 65535,
        "Share of the exchanges in proportion to the others; 0: takes no new ones but those of sticky "
        "sessions."),
    whole<&EndpointKeys::priority>(
        "priority", "0", 0, 255,
        "Those with 0 come first; the others take over when there are too few (`min_available`)."),
    text<&EndpointKeys::zone>("zone", "", "Where it stands; see `prefer_zone`."),
    whole<&EndpointKeys::max_in_flight>("max_in_flight", "0", 0, kMany,
                                        "In place of the upstream's; 0: the upstream's."),
};

constexpr std::array kCheck{
    choice<&CheckSettings::kind>(
        "type", "http", kCheckKinds,
        "\"http\": a request and its answer; \"tcp\": a connection; \"tls\": a connection and the server's part of a handshake; "
        "\"none\": as without this table."),
    duration<&CheckSettings::interval>("interval", "5s", 10, kDay,
                                       "Between two checks of an endpoint, with 10 % of jitter."),
    duration<&CheckSettings::timeout>("timeout", "2s", 1, kDay,
                                      "For a check as a whole; then it has failed."),
    whole<&CheckSettings::rise>("rise", "2", 1, 1000, "Passes in a row that bring an endpoint back."),
    whole<&CheckSettings::fall>("fall", "3", 1, 1000, "Failures in a row that take it out."),
    whole<&CheckSettings::port>("port", "0", 0, 65535, "Where to ask; 0: the endpoint's own port."),
    text<&CheckSettings::method>("method", "GET", "Of the request (http)."),
    text<&CheckSettings::path>("path", "/", "Of the request (http)."),
    text<&CheckSettings::host>("host", "", "Host of the request (http); \"\": the endpoint's name and port."),
    section(SLUICE_KEY_LIST, "status", "([\"200-399\"])", {},
            "Statuses that pass (http): \"200\", \"2xx\", \"200-299\"."),
    text<&CheckSettings::body_contains>("body_contains", "",
                                        "Text that must be in the first 64 KiB of the body (http)."),
};

constexpr std::array kEjection{
    whole<&EjectionSettings::consecutive_failures>(
        "consecutive_failures", "5", 0, kMany,
        "So many in a row eject an endpoint: no connection, a reset, a timeout, or a status of 5xx (but 501 and 505). 0: never."),
    whole<&EjectionSettings::failure_percent>(
        "failure_percent", "0", 0, 100, "So large a share of failures in a window ejects it. 0: never."),
    whole<&EjectionSettings::min_requests>("min_requests", "20", 1, kMany,
                                           "Requests in a window before share or latency are judged."),
    real<&EjectionSettings::latency_factor>(
        "latency_factor", "0", 0, 1000,
        "Mean response time in a window so many times the median of its upstream's endpoints ejects it. 0: never."),
    duration<&EjectionSettings::window>("window", "10s", 100, kDay,
                                        "Over which share and latency are judged."),
    duration<&EjectionSettings::base_time>(
        "base_time", "10s", 10, kDay,
        "How long it is left alone, doubled each time; then one exchange at a time tries it until one succeeds."),
    duration<&EjectionSettings::max_time>("max_time", "5m", 10, kDay, "The longest of those times."),
};

// Conditions and statuses stand in one list.
constexpr Key retry_on() {
  Key key = section(
      SLUICE_KEY_LIST, "on", "([\"connect\", \"reset\", \"timeout\", \"503\"])", {},
      "When to try again. \"connect\": no connection, whatever the request; the others only for requests that may be sent twice: "
      "\"reset\": the connection broke before a response; \"timeout\": `per_try` or `first_byte` is over; statuses: \"503\", "
      "\"5xx\", \"502-504\".");
  key.copy = [](void* to, const void* from) {
    static_cast<RetrySettings*>(to)->on = static_cast<const RetrySettings*>(from)->on;
    static_cast<RetrySettings*>(to)->on_status = static_cast<const RetrySettings*>(from)->on_status;
  };
  return key;
}

constexpr std::array kRetry{
    whole<&RetrySettings::attempts>(
        "attempts", "3", 1, 100,
        "Tries in all, the first included, each at another endpoint as long as there is one."),
    retry_on(),
    flag<&RetrySettings::non_idempotent>(
        "non_idempotent", "false",
        "POST, PATCH and unknown methods too may be sent twice. Without it only GET, HEAD, PUT, DELETE, OPTIONS, TRACE, and what has an "
        "Idempotency-Key."),
    duration<&RetrySettings::per_try>(
        "per_try", "0s", 0, kDay,
        "From a request being sent to its response head, for each attempt that is not the last one; 0s: none."),
    duration<&RetrySettings::backoff>(
        "backoff", "25ms", 0, kDay,
        "Before the second attempt a random time up to this, doubled for each further one; none after a failed connect."),
    duration<&RetrySettings::backoff_max>("backoff_max", "250ms", 0, kDay, "The most that it grows to."),
    at(kUpstream,
       whole<&RetrySettings::budget_percent>(
           "budget_percent", "20", 0, 100,
           "Further attempts, those that wait included, as a share of the requests of the last 10 seconds.")),
    at(kUpstream,
       whole<&RetrySettings::budget_min>("budget_min", "10", 0, kMany,
                                         "Further attempts a second that are allowed in any case.")),
};

constexpr std::array kHedge{
    duration<&HedgeSettings::delay>(
        "delay", "0s", 0, kDay,
        "A request without body that may be sent twice is sent to a second endpoint when no response has begun after this time; the first "
        "response counts and the other request is cancelled. 0s: never. Counts against the retry budget."),
    whole<&HedgeSettings::percentile>(
        "percentile", "0", 0, 99,
        "After the time within which so many percent of the upstream's responses begin, in place of `delay` (which is the least)."),
};

constexpr std::array kQueue{
    whole<&QueueSettings::max>(
        "max", "0", 0, kMany,
        "Exchanges that wait while every endpoint has `max_in_flight`, in the whole process; then 503. 0: none waits."),
    duration<&QueueSettings::timeout>("timeout", "1s", 1, kDay, "How long one waits, then 503."),
};

constexpr std::array kDns{
    at(kProcess,
       texts<&DnsSettings::servers>(
           "servers", "[]", "\"10.0.0.2\", \"10.0.0.2:5353\", \"[::1]:53\"; []: those of /etc/resolv.conf.")),
    at(kProcess, flag<&DnsSettings::search>(
                     "search", "false", "Names are tried with the search list; false: they are absolute.")),
    at(kProcess,
       duration<&DnsSettings::timeout>("timeout", "2s", 10, kDay, "Of one question to one server.")),
    at(kProcess, whole<&DnsSettings::tries>("tries", "2", 1, 20,
                                            "Questions to each server before the name counts as failed.")),
    at(kProcess | kUpstream,
       duration<&DnsSettings::min_ttl>("min_ttl", "1s", 100, kDay, "The shortest time an answer is kept.")),
    at(kProcess | kUpstream, duration<&DnsSettings::max_ttl>("max_ttl", "1h", 1000, 30 * kDay,
                                                             "The longest time an answer is kept.")),
    at(kProcess | kUpstream,
       choice<&DnsSettings::family>("family", "any", kFamilies, "Which addresses of a name are used.")),
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
    text<&ProcessKeys::zone>("zone", "", "Where this gateway stands, for upstreams with `prefer_zone`."),
    text<&ProcessKeys::admin>(
        "admin", "",
        "Unix socket for `sluice endpoints`: \"unix:/run/sluice/admin.sock\", for its owner alone. \"\": none."),
    section(SLUICE_KEY_TABLE, "dns", "{}", kDns, "See [dns]."),
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
        SLUICE_KEY_LIST, "endpoints", "(`endpoints_file` alone)", {},
        "Its servers: \"host:port\", \"unix:/path\" or a table; names are resolved in the background, and one "
        "that does not resolve is no error here."),
    text<&UpstreamKeys::endpoints_file>(
        "endpoints_file", "",
        "File with endpoints, \"app.toml\" or \"app.json\", from the folder of this file; read again whenever it changes. It holds "
        "`endpoints` as here, without names."),
    choice<&UpstreamKeys::balance>(
        "balance", "round_robin", kAlgorithms,
        "Which endpoint an exchange takes, each by weight. \"round_robin\": in turns; \"least_requests\": who has the fewest; "
        "\"power_of_two\": the better of two drawn; \"peak_ewma\": who answers soonest, by load and response times; \"random\"; "
        "\"consistent_hash\", \"maglev\": by `hash_on`."),
    text<&UpstreamKeys::hash_on>(
        "hash_on", "",
        "What is hashed: \"source\" (client address), \"path\", \"header:NAME\", \"cookie:NAME\" or \"query:NAME\". A request without it "
        "goes to the better of two drawn."),
    real<&UpstreamKeys::hash_load_bound>(
        "hash_load_bound", "1.25", 0, 100,
        "An endpoint with so many times the mean of exchanges in flight gives the next ones to its neighbour; 0: no bound, else 1 or more."),
    whole<&UpstreamKeys::max_in_flight>("max_in_flight", "0", 0, kMany,
                                        "Exchanges at one endpoint, of all workers together; 0: no limit."),
    duration<&UpstreamKeys::slow_start>(
        "slow_start", "0s", 0, kDay,
        "How long the share of an endpoint that came back or is new grows to its full size; not for hashes."),
    whole<&UpstreamKeys::min_available>(
        "min_available", "0", 0, 100,
        "Percent of the endpoints of one priority; with fewer (or none) available the next priority takes over, at last `on_shortage`."),
    choice<&UpstreamKeys::on_shortage>(
        "on_shortage", "spread", kOnShortage,
        "No priority has enough: \"spread\" over all of the first one, healthy or not, since it is the checks that may be wrong; "
        "\"fail\": 503."),
    flag<&UpstreamKeys::prefer_zone>("prefer_zone", "false",
                                     "Endpoints with this gateway's `zone` come first."),
    whole<&UpstreamKeys::zone_min_available>(
        "zone_min_available", "70", 0, 100,
        "Percent of them that must be available for that, else all zones share."),
    section(SLUICE_KEY_TABLE, "check", "{}", kCheck,
            "Active checks; see [upstream.check]. None without this table."),
    section(SLUICE_KEY_TABLE, "ejection", "{}", kEjection, "Passive checks; see [upstream.ejection]."),
    section(SLUICE_KEY_TABLE, "retry", "{}", kRetry, "See [upstream.retry]."),
    section(SLUICE_KEY_TABLE, "hedge", "{}", kHedge, "See [upstream.hedge]."),
    section(SLUICE_KEY_TABLE, "queue", "{}", kQueue, "See [upstream.queue]."),
    section(SLUICE_KEY_TABLE, "dns", "{}", kDns,
            "In place of [dns], where the column \"where\" there says so."),
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
    section(SLUICE_KEY_TABLE, "retry", "{}", kRetry, "In place of the upstream's."),
    section(SLUICE_KEY_TABLES, "plugin", "[]", kUse, "Plugins for exchanges of this route; see [[plugin]]."),
};

constexpr std::array kSections{
    Section{"", "Keys of the process; they stand before the first table.", kProcessKeys},
    Section{"[[listener]]", "Where the gateway listens. At least one.", kListenerKeys},
    Section{"[[upstream]]", "A named group of endpoints that serve the same thing.", kUpstreamKeys},
    Section{"endpoints = [{ ... }]", "An endpoint as a table; a string is its address with weight 1.",
            kEndpoint},
    Section{
        "[upstream.check]",
        "Active checks: one prober in the process asks each endpoint, from the start on. A new endpoint takes nothing before its "
        "first pass, but where all are new (`on_shortage`).",
        kCheck},
    Section{"[upstream.ejection]",
            "Passive checks: endpoints whose answers are bad are left alone for a while.", kEjection},
    Section{
        "[upstream.retry]",
        "Further attempts. Also [route.retry]; the route's keys count before the upstream's. What was sent is sent again only while "
        "nothing of a response has gone to the client and the body is still there (32 KiB of it are kept). When no further attempt is "
        "allowed, the last response passes as it is.",
        kRetry},
    Section{"[upstream.hedge]", "A second request while the first one is slow.", kHedge},
    Section{"[upstream.queue]", "Waiting for an endpoint with room.", kQueue},
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
    Section{
        "[dns]",
        "How names are resolved: in the background, again when their TTL is over, keeping the last good answer. Also "
        "[upstream.dns].",
        kDns},
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

// The table of each struct.
template <class T>
constexpr std::span<const Key> kTable;
template <>
constexpr std::span<const Key> kTable<Timeouts> = kTimeouts;
template <>
constexpr std::span<const Key> kTable<Limits> = kLimits;
template <>
constexpr std::span<const Key> kTable<Forwarding> = kForwarding;
template <>
constexpr std::span<const Key> kTable<UseKeys> = kUse;
template <>
constexpr std::span<const Key> kTable<EndpointKeys> = kEndpoint;
template <>
constexpr std::span<const Key> kTable<Pool> = kPool;
template <>
constexpr std::span<const Key> kTable<CheckSettings> = kCheck;
template <>
constexpr std::span<const Key> kTable<EjectionSettings> = kEjection;
template <>
constexpr std::span<const Key> kTable<RetrySettings> = kRetry;
template <>
constexpr std::span<const Key> kTable<HedgeSettings> = kHedge;
template <>
constexpr std::span<const Key> kTable<QueueSettings> = kQueue;
template <>
constexpr std::span<const Key> kTable<DnsSettings> = kDns;
template <>
constexpr std::span<const Key> kTable<ProcessKeys> = kProcessKeys;
template <>
constexpr std::span<const Key> kTable<ListenerKeys> = kListenerKeys;
template <>
constexpr std::span<const Key> kTable<UpstreamKeys> = kUpstreamKeys;
template <>
constexpr std::span<const Key> kTable<RouteKeys> = kRouteKeys;

}  // namespace

template <class T>
const Keys<T>& keys_of() {
  static constexpr Keys<T> keys{kTable<T>};
  return keys;
}
template const Keys<Timeouts>& keys_of<Timeouts>();
template const Keys<Limits>& keys_of<Limits>();
template const Keys<Forwarding>& keys_of<Forwarding>();
template const Keys<UseKeys>& keys_of<UseKeys>();
template const Keys<EndpointKeys>& keys_of<EndpointKeys>();
template const Keys<Pool>& keys_of<Pool>();
template const Keys<CheckSettings>& keys_of<CheckSettings>();
template const Keys<EjectionSettings>& keys_of<EjectionSettings>();
template const Keys<RetrySettings>& keys_of<RetrySettings>();
template const Keys<HedgeSettings>& keys_of<HedgeSettings>();
template const Keys<QueueSettings>& keys_of<QueueSettings>();
template const Keys<DnsSettings>& keys_of<DnsSettings>();
template const Keys<ProcessKeys>& keys_of<ProcessKeys>();
template const Keys<ListenerKeys>& keys_of<ListenerKeys>();
template const Keys<UpstreamKeys>& keys_of<UpstreamKeys>();
template const Keys<RouteKeys>& keys_of<RouteKeys>();

std::span<const Section> sections() { return kSections; }

std::string_view name_of(Algorithm algorithm) { return kAlgorithms[static_cast<std::size_t>(algorithm)]; }
std::string_view name_of(CheckSettings::Kind kind) { return kCheckKinds[static_cast<std::size_t>(kind)]; }

}  // namespace sluice::config
