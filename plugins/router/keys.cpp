#include "keys.h"

namespace sluice::router {
namespace {

constexpr sluice_key kPluginKeys[] = {
    {"ignore_trailing_slash", SLUICE_KEY_BOOL, "false",
     "\"/a/\" and \"/a\" are the same to whole paths (to prefixes they always are)."},
    {"on_conflict", SLUICE_KEY_STRING, "warn",
     "A route that no request can reach, because another takes them all: \"warn\" in the log, \"error\" refuses the "
     "configuration, \"ignore\"."},
    {"explain", SLUICE_KEY_BOOL, "false",
     "Note `router` on every request: the route, by what, and which others were passed over why. Without it only requests that no "
     "route takes have the note."},
    {"regex_match_limit", SLUICE_KEY_INT, "100000",
     "Steps of backtracking a regular expression may take on one text; a request on which one gives up fails with 500."},
};

constexpr sluice_key kMatch[] = {
    {"host", SLUICE_KEY_ANY, "(any)",
     "Host without port, or a list of them; \"*.example.com\" takes one or more labels in place of the star."},
    {"path", SLUICE_KEY_ANY, "(every path)",
     "Or a list of them: \"/a\" that path alone; \"/a/*\" it and all below; \"/a/{name}\" any one segment there; { exact = \"...\" }, "
     "{ prefix = \"...\" } without such signs; { regex = \"...\" } for the whole path."},
    {"method", SLUICE_KEY_ANY, "(any)", "\"GET\", or a list of methods. HEAD is not GET."},
    {"header", SLUICE_KEY_TABLE, "(any)",
     "NAME = VALUE: \"text\", a list (any of them), true (present), false (absent), or a table of one of exact, prefix, suffix, "
     "contains, regex (the whole value), present, and `not`, `ignore_case`. All names must fit; of several lines one."},
    {"query", SLUICE_KEY_TABLE, "(any)",
     "Likewise for query parameters, decoded; of several of one name the first."},
    {"cookie", SLUICE_KEY_TABLE, "(any)", "Likewise for cookies."},
    {"source", SLUICE_KEY_ANY, "(any)",
     "Client's address: \"10.0.0.0/8\", \"2001:db8::/32\", \"::1\", or a list of them."},
    {"scheme", SLUICE_KEY_ANY, "(any)", "\"http\" or \"https\"."},
    {"listener", SLUICE_KEY_ANY, "(any)", "Name of the listener, or a list of them."},
};

constexpr sluice_key kShare[] = {
    {"name", SLUICE_KEY_STRING, nullptr, "Name of the upstream."},
    {"weight", SLUICE_KEY_INT, "1", "Its share in proportion to the others, 0 to 1000000."},
};

constexpr sluice_key kEdits[] = {
    {"remove", SLUICE_KEY_LIST, "[]", "Names of headers to take out, before the others."},
    {"set", SLUICE_KEY_TABLE, "{}", "NAME = \"value\": this value alone."},
    {"add", SLUICE_KEY_TABLE, "{}", "NAME = \"value\": one more line."},
};

constexpr sluice_key kRouteKeys[] = {
    {"match", SLUICE_KEY_TABLES, "(everything)",
     "Which requests: all that the table says must hold. A list of tables: any one of them.", kMatch,
     std::size(kMatch)},
    {"upstreams", SLUICE_KEY_TABLES, "(none)", "Several upstreams in place of `upstream`, by weight.", kShare,
     std::size(kShare)},
    {"split_by", SLUICE_KEY_ANY, "(chance)",
     "With `upstreams`: the same client always goes the same way: \"client\" (address), { header = \"NAME\" }, { cookie = \"NAME\" } or "
     "{ query = \"NAME\" }. Requests without it go by chance."},
    {"strip_prefix", SLUICE_KEY_ANY, "(none)",
     "\"/v1\": taken off the path, in whole segments, before it goes upstream; true: the prefix that `match` names."},
    {"rewrite", SLUICE_KEY_ANY, "(none)",
     "The path for the upstream: \"/new/{name}\" with what `match` found, \"/new/*\" with what stood behind the prefix; with \"?\" also "
     "a query, to which the client's is added. What would become a \".\" or \"..\" segment is answered with 400. Or { path = \"...\", host = \"...\" }."},
    {"redirect", SLUICE_KEY_ANY, "(none)",
     "Truth with a redirect: \"https://new.example.com/*\", \"/new/{name}\", or a table of status (302), scheme, host, port, path, "
     "query (\"keep\" or \"drop\")."},
    {"respond", SLUICE_KEY_ANY, "(none)",
     "Truth with this: a status, a body, or a table of status (200), body or body_file (at most 1 MiB), content_type."},
    {"request_headers", SLUICE_KEY_TABLE, "{}", "Changes to the headers that go upstream.", kEdits,
     std::size(kEdits)},
    {"response_headers", SLUICE_KEY_TABLE, "{}", "Changes to the headers that go to the client.", kEdits,
     std::size(kEdits)},
};

}  // namespace

std::span<const sluice_key> plugin_keys() { return kPluginKeys; }
std::span<const sluice_key> route_keys() { return kRouteKeys; }

}  // namespace sluice::router
