// The keys of the configuration, as the reference prints them.
#include "settings.h"

namespace api_version {
namespace {

constexpr sluice_key kVersion[] = {
    sluice::key(
        SLUICE_KEY_STRING, "name", nullptr,
        "\"2\", \"2.1\" or \"2024-06-01\": up to four numbers; it goes to the upstream and into the log."),
    sluice::key(SLUICE_KEY_LIST, "aliases", "[]", "Words that mean this version, as \"stable\"."),
    sluice::key(SLUICE_KEY_STRING, "upstream", "(the route's)", "Name of the upstream."),
    sluice::key(SLUICE_KEY_BOOL, "preview", "false",
                "Only for those who name it whole: \"latest\", ranges and the list in answers leave it out."),
    sluice::key(SLUICE_KEY_STRING, "deprecated", "(not)",
                "Since or from when, \"2026-01-31\" (UTC) or an RFC 3339 time: `Deprecation` (RFC 9745)."),
    sluice::key(SLUICE_KEY_STRING, "sunset", "(none)",
                "When it ends: `Sunset` (RFC 8594), then `after_sunset`."),
    sluice::key(SLUICE_KEY_STRING, "deprecation_link", "(none)",
                "URL of what there is to know: `Link` rel=\"deprecation\"."),
    sluice::key(SLUICE_KEY_STRING, "sunset_link", "(none)", "Likewise rel=\"sunset\"."),
    sluice::key(SLUICE_KEY_STRING, "successor_link", "(none)",
                "Likewise rel=\"successor-version\" (RFC 5829)."),
};

constexpr sluice_key kKeys[] = {
    sluice::table_key(SLUICE_KEY_TABLES, "version", nullptr, "The versions there are; in any order.",
                      kVersion),
    sluice::key(SLUICE_KEY_LIST, "sources", "([\"path\", \"header\"])",
                "Where to look, the first that names one counts: \"path\", \"header\", \"accept\", "
                "\"content_type\", \"media_type\" (both), \"query\", \"host\"."),
    sluice::key(SLUICE_KEY_ANY, "path", "(\"/v{version}\")",
                "How a path begins that has a version, or a list."),
    sluice::key(SLUICE_KEY_ANY, "header", "([\"X-API-Version\", \"Accept-Version\"])",
                "Names of the headers, in order."),
    sluice::key(SLUICE_KEY_ANY, "media_type",
                "([\"application/vnd.*.v{version}+json\", \"application/vnd.*\", \"application/json\"])",
                "Types that may have a version: in the place of {version}, else in a parameter."),
    sluice::key(SLUICE_KEY_STRING, "media_parameter", "version", "Name of that parameter; \"\": none."),
    sluice::key(SLUICE_KEY_ANY, "query", "(\"version\")", "Names of the query parameters, in order."),
    sluice::key(SLUICE_KEY_ANY, "host", "(none)", "\"v{version}.api.example.org\", or a list."),
    sluice::key(SLUICE_KEY_STRING, "default", "latest",
                "For requests that name none: a version, \"required\" (refused, 400) or \"ignore\" "
                "(left alone)."),
    sluice::key(
        SLUICE_KEY_STRING, "on_conflict", "first",
        "\"first\": the first source that names one counts, the rest is not asked; \"refuse\": all are "
        "asked, and 400 when they contradict each other."),
    sluice::key(SLUICE_KEY_BOOL, "strip_path", "false",
                "The segment that has the version is taken off the path, for routes and upstream alike."),
    sluice::key(SLUICE_KEY_STRING, "upstream_header", "X-API-Version",
                "Header that tells routes and upstream the version's name; \"\": none."),
    sluice::key(SLUICE_KEY_INT, "unknown_status",
                "(404 path and host, 406 accept, 415 content_type, else 400)",
                "Answer to a version that does not exist, 400 to 499."),
    sluice::key(SLUICE_KEY_STRING, "after_sunset", "refuse",
                "\"refuse\": a version is refused from its sunset on; \"serve\"."),
    sluice::key(SLUICE_KEY_INT, "sunset_status", "410", "Answer then, 400 to 499."),
};

}  // namespace

std::span<const sluice_key> keys() { return kKeys; }

}  // namespace api_version
