// The keys of the configuration, as the reference prints them.
#include "settings.h"

namespace sticky_cookie {
namespace {

constexpr sluice_key kKeys[] = {
    sluice::key(
        SLUICE_KEY_STRING, "mode", "insert",
        "\"insert\": a cookie of its own; \"header\": the same in a header; \"learn\": a token behind "
        "the application's own cookie; \"hash\": consistent_hash and maglev get that cookie's value."),
    sluice::key(SLUICE_KEY_STRING, "cookie", "(\"sluice_sticky_{upstream}\")",
                "Its name; {upstream} stands for 8 hex digits that are the upstream's. For \"learn\" and "
                "\"hash\" the name of the application's, and needed."),
    sluice::key(SLUICE_KEY_STRING, "header", "(\"X-Sticky\")", "Mode \"header\": its name."),
    sluice::key(SLUICE_KEY_STRING, "key", "(random)",
                "Secret that seals what clients bring back, 32 random characters or more; the same on all "
                "gateways. Without one it is random: other gateways and a restart do not know it."),
    sluice::key(SLUICE_KEY_LIST, "keys", "(none)",
                "In place of `key`: the first seals, all open, so that keys can be changed without a break."),
    sluice::key(SLUICE_KEY_STRING, "key_file", "(none)",
                "In place of `key`: a file with one key a line, the first seals; \"#\" begins a comment."),
    sluice::key(SLUICE_KEY_DURATION, "lifetime", "(none)",
                "A session stays at its endpoint at most so long after it came there."),
    sluice::key(SLUICE_KEY_DURATION, "idle", "(none)",
                "And at most so long without a request; the cookie is renewed once half of it is over."),
    sluice::key(SLUICE_KEY_STRING, "on_down", "(\"repin\")",
                "When the session's endpoint is down, disabled, ejected or gone: \"repin\" (another one, for "
                "good) or \"fail\" (503)."),
    sluice::key(SLUICE_KEY_STRING, "on_full", "(\"exceed\")",
                "When it has max_in_flight exchanges: \"exceed\", or \"elsewhere\" this once."),
    sluice::key(
        SLUICE_KEY_BOOL, "strip", "(true)",
        "The upstream does not see the plugin's cookie or header. In \"learn\" it never sees the token."),
    sluice::key(SLUICE_KEY_BOOL, "mark_private", "(true)",
                "A response that gives a token says Cache-Control: private=\"Set-Cookie\" (or the header)."),
    sluice::key(SLUICE_KEY_STRING, "path", "(\"/\")", "Path of the cookie."),
    sluice::key(SLUICE_KEY_STRING, "domain", "(the host)", "Domain of the cookie."),
    sluice::key(SLUICE_KEY_STRING, "secure", "(\"auto\")",
                "\"auto\" (if the client used https), \"always\", \"never\"."),
    sluice::key(SLUICE_KEY_BOOL, "http_only", "(true)", "HttpOnly: scripts of a page do not see the cookie."),
    sluice::key(SLUICE_KEY_STRING, "same_site", "(\"lax\")", "\"lax\", \"strict\", \"none\" or \"unset\"."),
    sluice::key(SLUICE_KEY_BOOL, "partitioned", "(false)",
                "Partitioned: a page embedded in several sites has a session in each."),
    sluice::key(SLUICE_KEY_DURATION, "max_age", "(the browser's session)",
                "Max-Age of the cookie, never beyond `lifetime`."),
};

}  // namespace

std::span<const sluice_key> keys() { return kKeys; }

}  // namespace sticky_cookie
