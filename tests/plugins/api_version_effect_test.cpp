// What a choice changes: upstream, path, the header for the upstream, notes, and the response's headers.
#include <catch2/catch_test_macros.hpp>

#include "api_version_fixture.h"

using namespace sluice::test;

namespace {

constexpr std::string_view kTwo =
    "\nversion = [{ name = '1', upstream = 'one' }, { name = '2.0', upstream = 'two' }, { name = '2.1' }]\n";

std::string with(std::string_view keys) { return std::string(keys) + std::string(kTwo); }

}  // namespace

TEST_CASE("api_version: the log and the upstream learn the version's name") {
  Versioned api(with("sources = ['header']"));
  auto ex = api.host.exchange("GET", "/", {{"x-api-version", "v2"}});
  CHECK(api.host.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.note("api_version") == "2.1");
  CHECK(ex.note("api_version.source") == "header");
  CHECK(ex.header_lines(SLUICE_REQUEST_HEADERS, "X-API-Version") == std::vector<std::string>{"2.1"});
  auto other = api.host.exchange("GET", "/");
  api.host.run(SLUICE_ON_REQUEST, other);
  CHECK(other.note("api_version.source") == "default");
}

TEST_CASE("api_version: the upstream's header has another name, or none") {
  Versioned named(with("upstream_header = 'Api-Chosen'"));
  auto ex = named.host.exchange("GET", "/v1/");
  named.host.run(SLUICE_ON_REQUEST, ex);
  CHECK(ex.header(SLUICE_REQUEST_HEADERS, "Api-Chosen") == "1");
  CHECK(ex.header(SLUICE_REQUEST_HEADERS, "X-API-Version").empty());
}

TEST_CASE("api_version: without a header for the upstream the request keeps its own") {
  Versioned api(with("upstream_header = ''"));
  auto ex = api.host.exchange("GET", "/", {{"X-API-Version", "2"}});
  api.host.run(SLUICE_ON_REQUEST, ex);
  CHECK(ex.header(SLUICE_REQUEST_HEADERS, "X-API-Version") == "2");
}

TEST_CASE("api_version: the path is kept unless it is to be stripped") {
  const auto path = [](std::string_view keys, std::string_view target, FakeHeaders headers = {}) {
    Versioned api(with(keys));
    auto ex = api.host.exchange("GET", target, std::move(headers));
    api.host.run(SLUICE_ON_REQUEST, ex);
    return ex.field(SLUICE_PATH) + " " + ex.field(SLUICE_QUERY);
  };
  CHECK(path("", "/v1/a?b=c") == "/v1/a b=c");
  CHECK(path("strip_path = true", "/v1/a?b=c") == "/a b=c");
  CHECK(path("strip_path = true", "/v1") == "/ ");
  CHECK(path("strip_path = true", "/v1/") == "/ ");
  CHECK(path("strip_path = true", "/a/v1") == "/a/v1 ");
  CHECK(path("strip_path = true\npath = '/api/v{version}'", "/api/v1/a/v1") == "/api/a/v1 ");
  CHECK(path("strip_path = true\npath = '/api/v{version}'", "/api/v1") == "/api ");
  // Whichever source decided.
  CHECK(path("strip_path = true\nsources = ['header', 'path']", "/v1/a", {{"X-API-Version", "2"}}) == "/a ");
}

TEST_CASE(
    "api_version: for all requests, the version's upstream replaces the route's, which is chosen as ever") {
  FakeHost host;
  host.share_snapshot();
  constexpr std::string_view toml = R"(
    [[upstream]]
    name = "one"
    [[upstream]]
    name = "two"
    [[route]]
    name = "a"
    match = { path = "/a/*" }
    upstream = "one"
    [[plugin]]
    use = "api_version"
    strip_path = true
    version = [{ name = "1" }, { name = "2", upstream = "two" }]
    [[plugin]]
    use = "router"
  )";
  REQUIRE(host.load("api_version", toml));
  REQUIRE(host.load("router", toml));
  const auto ask = [&](std::string_view target) {
    auto ex = host.exchange("GET", target);
    host.run(SLUICE_ON_REQUEST, ex);
    host.run(SLUICE_ON_ROUTE, ex);
    return ex.field(SLUICE_ROUTE) + "/" + ex.field(SLUICE_UPSTREAM);
  };
  CHECK(ask("/v2/a/x") == "a/two");
  CHECK(ask("/v1/a/x") == "a/one");
  // No route takes it: that the version has an upstream is no reason to let it in.
  CHECK(ask("/v2/b") == "/");
}

TEST_CASE("api_version: a route's use chooses when the route is known") {
  Versioned api(with("strip_path = true") + "[[route]]\nname = 'a'\nupstream = 'two'\n", "route a");
  auto ex = api.host.exchange("GET", "/v1/x");
  ex.with_route("a");
  CHECK(api.host.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_UPSTREAM) == "two");
  CHECK(api.host.run(SLUICE_ON_ROUTE, ex) == SLUICE_CONTINUE);
  CHECK(ex.field(SLUICE_UPSTREAM) == "one");
  CHECK(ex.field(SLUICE_PATH) == "/x");
}

TEST_CASE("api_version: Vary names the headers that were looked at, once") {
  Versioned api(with("sources = ['header', 'path', 'media_type']"));
  CHECK(all(api.answered("/", {{"X-API-Version", "1"}}), "Vary") == "X-API-Version");
  CHECK(all(api.answered("/", {{"Accept-Version", "1"}}), "Vary") == "X-API-Version, Accept-Version");
  CHECK(all(api.answered("/v1/"), "Vary") == "X-API-Version, Accept-Version");
  CHECK(all(api.answered("/"), "Vary") == "X-API-Version, Accept-Version, Accept");
}

TEST_CASE("api_version: Vary is merged with the origin's") {
  Versioned api(with("sources = ['header', 'accept']"));
  const auto vary = [&](FakeHeaders origin) {
    return all(api.answered("/", {}, std::move(origin)), "Vary");
  };
  CHECK(vary({{"Vary", "Origin"}}) == "Origin, X-API-Version, Accept-Version, Accept");
  CHECK(vary({{"Vary", "accept, x-api-version ,Origin"}}) == "accept, x-api-version ,Origin, Accept-Version");
  CHECK(vary({{"Vary", "Accept"}, {"Vary", "Accept-Version,X-API-Version"}}) ==
        "Accept | Accept-Version,X-API-Version");
  CHECK(vary({{"Vary", "Accept-Encoding"}, {"Vary", "Accept"}}) ==
        "Accept-Encoding, Accept, X-API-Version, Accept-Version");
  CHECK(vary({{"Vary", "*"}}) == "*");
  CHECK(vary({{"Vary", ""}}) == "X-API-Version, Accept-Version, Accept");
}

TEST_CASE("api_version: in a refusal of conflicts all headers count") {
  Versioned api(with("on_conflict = 'refuse'"));
  CHECK(all(api.answered("/v1/"), "Vary") == "X-API-Version, Accept-Version");
}

TEST_CASE("api_version: a version's age is said in its responses, and in no other's") {
  Versioned api(
      "version = [{ name = '1', deprecated = '2023-06-30T23:59:59Z', sunset = 2033-12-31T23:59:59+01:00, "
      "deprecation_link = 'https://x.test/old', sunset_link = '/end', successor_link = '/v2' }, { name = '2' }]");
  const auto old = api.answered("/v1/x");
  CHECK(all(old, "Deprecation") == "@1688169599");
  CHECK(all(old, "Sunset") == "Sat, 31 Dec 2033 22:59:59 GMT");
  CHECK(
      all(old, "Link") ==
      "<https://x.test/old>; rel=\"deprecation\", </end>; rel=\"sunset\", </v2>; rel=\"successor-version\"");
  CHECK(api.answered("/v2/x").empty());
}

TEST_CASE("api_version: what the origin says of its own age stays") {
  Versioned api(
      "version = [{ name = '1', deprecated = 2023-01-01, sunset = 2033-01-01, sunset_link = '/end' }]");
  const auto headers =
      api.answered("/v1/", {}, {{"Deprecation", "@1"}, {"Sunset", "x"}, {"Link", "</n>; rel=\"next\""}});
  CHECK(all(headers, "Deprecation") == "@1");
  CHECK(all(headers, "Sunset") == "x");
  CHECK(all(headers, "Link") == "</n>; rel=\"next\" | </end>; rel=\"sunset\"");
}

TEST_CASE("api_version: hooks that have nothing to do are not asked for") {
  const auto wanted = [](std::string_view toml, std::string place = "global") {
    FakeHost host;
    host.set_place(std::move(place));
    return host.load("api_version", toml)->wanted;
  };
  CHECK(wanted("sources = ['path']\nversion = [{ name = '1' }]") == 1U << SLUICE_ON_REQUEST);
  CHECK(wanted("sources = ['path']\nversion = [{ name = '1' }]", "listener main") == 1U << SLUICE_ON_REQUEST);
  CHECK(wanted("sources = ['header']\nversion = [{ name = '1' }]", "route a") ==
        (1U << SLUICE_ON_ROUTE | 1U << SLUICE_ON_RESPONSE));
  CHECK(wanted("sources = ['path']\nversion = [{ name = '1', sunset = 2033-01-01 }]") ==
        (1U << SLUICE_ON_REQUEST | 1U << SLUICE_ON_RESPONSE));
}
