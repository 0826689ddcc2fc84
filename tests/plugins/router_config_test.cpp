// What is wrong with a configuration is said at its place, with the value and the remedy.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <span>

#include "router_fixture.h"

using namespace sluice::test;

namespace {

struct Bad {
  const char* keys;  // of one [[route]]
  const char* said;  // part of the one problem
};

void check(std::span<const Bad> rows) {
  for (const auto& [keys, said] : rows) {
    CAPTURE(keys);
    const auto problems = problems_of("[[route]]\n" + std::string(keys));
    CAPTURE(problems);
    CHECK(std::ranges::count(problems, '\n') == 1);
    CHECK(problems.find(said) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("router: bad hosts and paths are problems") {
  static constexpr Bad rows[] = {
      {"match = { hots = 'a' }", "hots"},
      {"match = []", "takes nothing"},
      {"match = { host = 'a.example:80' }", "leave the port out"},
      {"match = { host = 'a.*.example' }", "whole labels at the beginning"},
      {"match = { host = 'caf\u00e9.example' }", "\"xn--\" form"},
      {"match = { host = '.example' }", "write a name such as"},
      {"match = { host = '[::g]' }", "no IPv6 address"},
      {"match = { host = 7 }", "host is a string"},
      {"match = { host = [] }", "leave it out for any"},
      {"match = { path = 'a' }", "must begin with \"/\""},
      {"match = { path = '*' }", "written \"/*\""},
      {"match = { path = '^/a' }", "{ regex = "},
      {"match = { path = '/a*' }", "has \"a*\": {name} takes a whole segment"},
      {"match = { path = '/a/*/b' }", "has \"*\""},
      {"match = { path = '/a/x{id}' }", "has \"x{id}\""},
      {"match = { path = '/{a}/{A}' }", "\"a\" twice"},
      {"match = { path = '/{a-b}' }", "letters, digits and \"_\""},
      {"match = { path = '/a?b' }", "match it with query"},
      {"match = { path = '/a//b' }", "empty segment"},
      {"match = { path = '/a/../b' }", "dot segment"},
      {"match = { path = '/a%2' }", "bad escape"},
      {"match = { path = { glob = '/a' } }", "unknown key \"glob\""},
      {"match = { path = { exact = '/a', prefix = '/b' } }", "one of exact, prefix, regex"},
      {"match = { path = { regex = '/(' } }",
       "no regular expression: missing closing parenthesis at offset 2"},
      {"match = { path = { regex = '/(?<a>x)(?<A>y)' } }", "\"a\" twice"},
      {"match = { path = [] }", "leave it out for any"},
  };
  check(rows);
}

TEST_CASE("router: bad conditions are problems") {
  static constexpr Bad rows[] = {
      {"match = { method = 'get' }", "methods are case-sensitive"},
      {"match = { method = 'G T' }", "method \"G T\""},
      {"match = { method = [] }", "leave it out for any"},
      {"match = { method = 1 }", "\"method\" is a string"},
      {"match = { scheme = 'ftp' }", "neither \"http\" nor \"https\""},
      {"match = { listener = 'mian' }", "listener \"mian\" is not configured"},
      {"match = { source = '10.0.0.0/33' }", "not 0 to 32"},
      {"match = { source = '10.0.0.1/8' }", "bits set behind its prefix"},
      {"match = { source = 'localhost' }", "no address range"},
      {"match = { source = [1] }", "source is a string"},
      {"match = { header = { 'a b' = '1' } }", "header name \"a b\""},
      {"match = { header = { a = 1.5 } }", "a value is matched by"},
      {"match = { header = { a = [] } }", "a value is matched by"},
      {"match = { header = { a = { prefix = 'x', suffix = 'y' } } }", "more than one of"},
      {"match = { header = { a = { not = true } } }", "says nothing of the value"},
      {"match = { header = { a = { like = 'x' } } }", "unknown key \"like\""},
      {"match = { header = { a = { regex = '[' } } }", "no regular expression"},
      {"match = { header = { a = { present = 'yes' } } }", "\"present\" is true or false"},
      {"match = { cookie = { 'a;b' = '1' } }", "cookie name"},
      {"match = { header = 'X' }", "takes a table"},
  };
  check(rows);
}

TEST_CASE("router: bad actions are problems") {
  static constexpr Bad rows[] = {
      {"upstream = 'a'\nrespond = 200", "\"respond\" and \"upstream\" exclude each other"},
      {"upstream = 'a'\nupstreams = [{ name = 'b' }]", "\"upstreams\" and \"upstream\" exclude"},
      {"strip_prefix = '/a'\nrewrite = '/b'\nmatch = { path = '/a/*' }",
       "\"rewrite\" and \"strip_prefix\" exclude"},
      {"upstreams = [{ name = 'x' }]", "upstream \"x\" is not configured"},
      {"upstreams = [{ name = 'a', weight = -1 }]", "weight -1 is not 0 to 1000000"},
      {"upstreams = [{ name = 'a', weight = 0 }]", "no weight above 0"},
      {"upstreams = []", "no weight above 0"},
      {"split_by = 'client'", "nothing to split"},
      {"upstreams = [{ name = 'a' }]\nsplit_by = 'cookie'", "split_by is \"client\""},
      {"strip_prefix = 'v1'", "no path such as \"/v1\""},
      {"strip_prefix = '/v2'\nmatch = { path = '/v1/*' }", "begins no path that the route takes"},
      {"strip_prefix = '/'", "takes nothing off"},
      {"strip_prefix = '/v1/a'\nmatch = { path = '/v1' }", "begins no path that the route takes"},
      {"strip_prefix = '/a/../b'", "dot segment"},
      {"strip_prefix = '/a%2'", "bad escape"},
      {"strip_prefix = '/caf%c3'\nmatch = { path = '/caf%c4/*' }", "begins no path that the route takes"},
      {"strip_prefix = true\nmatch = { path = '/v1' }", "\"/v1\" is none"},
      {"rewrite = 'x'", "must begin with \"/\""},
      {"rewrite = '/{id}'", "uses {id}, which the route's path \"/*\" does not have"},
      {"rewrite = '/{id'\nmatch = { path = '/{id}' }", "where {name} of a path parameter is expected"},
      {"rewrite = '/x/*'\nmatch = { path = '/a' }", "is no prefix"},
      {"rewrite = '/*/x'", "elsewhere than as its last segment"},
      {"rewrite = '/a%zz'", "bad escape"},
      {"rewrite = '/a%00'", "bad escape"},
      {"rewrite = '/a/../b'", "dot segment"},
      {"rewrite = '/a/%2E'", "dot segment"},
      {"redirect = '/./b'", "dot segment"},
      {"rewrite = { host = 'a b' }", "no host name"},
      {"rewrite = { target = '/' }", "unknown key \"target\""},
      {"redirect = 'www.example'", "begins with neither"},
      {"redirect = 'ftp://x/'", "neither \"http\" nor \"https\""},
      {"redirect = 'https://'", "no host name"},
      {"redirect = 'https://x:99999/'", "not 1 to 65535"},
      {"redirect = { status = 200, path = '/' }", "301, 302, 303, 307 or 308"},
      {"redirect = { status = 301 }", "goes nowhere"},
      {"redirect = { path = '/', query = 'x' }", "neither \"keep\" nor \"drop\""},
      {"redirect = { scheme = 'https' }", "add scheme = \"http\" to the route's match"},
      {"respond = 99", "status 99 is not 200 to 599"},
      {"respond = true", "respond is a status, a body"},
      {"respond = { body_file = 'none.html' }", "cannot be read"},
      {"respond = { body = 'a', body_file = 'b' }", "give one"},
      {"request_headers = { set = { Host = 'x' } }", "rewrite = { host = "},
      {"request_headers = { remove = ['Connection'] }", "frames the message"},
      {"response_headers = { set = { 'a b' = 'x' } }", "no header name"},
      {"response_headers = { add = { a = \"x\\u0001\" } }", "without control characters"},
      {"request_headers = { set = { a = ['x', 'y'] } }", "one value"},
      {"response_headers = { sett = {} }", "sett"},
  };
  check(rows);
}

TEST_CASE("router: bad keys of its own table are problems") {
  CHECK(problems_of("on_conflict = 'x'").find("\"warn\", \"error\" or \"ignore\"") != std::string::npos);
  CHECK(problems_of("regex_match_limit = 0").find("is not 1 to") != std::string::npos);
  CHECK(problems_of("expalin = true").find("expalin") != std::string::npos);
}

TEST_CASE("router: a problem names its place") {
  CHECK(problems_of("[[route]]\nmatch = { path = '/*', method = ['GET', 'put'] }").find("test.toml:3:41: ") !=
        std::string::npos);
}

TEST_CASE("router: routes that are never reached are warned of") {
  const auto warned = [](std::string_view one, std::string_view two) {
    Routed router("[[route]]\nname = 'one'\nmatch = " + std::string(one) +
                  "\n[[route]]\nname = 'two'\nmatch = " + std::string(two));
    return router.host.log_text();
  };
  CHECK(warned("{ path = '/a/*' }", "{ path = ['/b', '/a/*'] }")
            .find("test.toml:5: route \"two\" is never reached, because route \"one\" (") !=
        std::string::npos);
  CHECK(warned("{ method = ['GET', 'POST'] }", "{ method = 'GET' }").find("never reached") !=
        std::string::npos);
  CHECK(warned("{ source = '10.0.0.0/8' }", "{ source = '10.1.0.0/16' }").find("never reached") !=
        std::string::npos);
  CHECK(warned("{ header = { A = ['1', '2'] } }", "{ header = { a = ['2', '1'] } }").find("never reached") !=
        std::string::npos);
  CHECK(warned("{ path = { regex = '/a' } }", "{ path = { regex = '/a' } }").find("never reached") !=
        std::string::npos);
  CHECK(warned("{ method = 'GET' }", "{ method = ['GET', 'POST'] }").empty());
  CHECK(warned("{ path = '/a/*' }", "{ path = '/a' }").empty());
  CHECK(warned("{ header = { A = '1' } }", "{ header = { A = '1' }, query = { q = '1' } }").empty());
}

TEST_CASE("router: conflicts can be refused or ignored") {
  const std::string twice = "[[route]]\n[[route]]\n";
  CHECK(problems_of("on_conflict = 'error'\n" + twice).find("never reached") != std::string::npos);
  Routed ignored("on_conflict = 'ignore'\n" + twice);
  CHECK(ignored.host.log_text().empty());
}
