// Where a version is found in a request, and what counts as one.
#include <catch2/catch_test_macros.hpp>

#include "api_version_fixture.h"

using namespace sluice::test;

namespace {

constexpr std::string_view kVersions =
    "\nversion = [{ name = '1' }, { name = '2.0', aliases = ['stable'] }, { name = '2.1' }, { name = '3' }]\n";

std::string with(std::string_view keys) { return std::string(keys) + std::string(kVersions); }

}  // namespace

TEST_CASE("api_version: a path's first segment, whole") {
  Versioned api(with("sources = ['path']"));
  CHECK(api.version("/v1/orders") == "1");
  CHECK(api.version("/v1") == "1");
  CHECK(api.version("/v2.0/") == "2.0");
  CHECK(api.version("/vstable/x") == "2.0");
  CHECK(api.version("/v9/x") == "404 unknown_version");
  // Not versions, so the default.
  for (const char* path : {"/videos/1", "/v", "/v1x/", "/V1/x", "/x/v1", "/", "/vv1/x", "/v1.x"})
    CHECK(api.version(path) == "3");
}

TEST_CASE("api_version: a path pattern may begin with other segments") {
  Versioned api(with("sources = ['path']\npath = ['/api/v{version}', '/*/rest-{version}']"));
  CHECK(api.version("/api/v1/x") == "1");
  CHECK(api.version("/shop/rest-2.0") == "2.0");
  CHECK(api.version("/a/b/rest-1") == "3");
  CHECK(api.version("/api") == "3");
  CHECK(api.version("*", {}, "OPTIONS") == "3");
}

TEST_CASE("api_version: headers by name, in order") {
  Versioned api(with("sources = ['header']"));
  CHECK(api.version("/", {{"x-api-version", "1"}}) == "1");
  CHECK(api.version("/", {{"Accept-Version", "2.0"}}) == "2.0");
  CHECK(api.version("/", {{"Accept-Version", "2.0"}, {"X-API-Version", "1"}}) == "1");
  CHECK(api.version("/", {{"X-API-Version", " v1 "}}) == "1");
  CHECK(api.version("/", {{"X-API-Version", "STABLE"}}) == "2.0");
  CHECK(api.version("/", {{"X-API-Version", ""}}) == "3");
  CHECK(api.version("/", {{"X-API-Version", "1"}, {"X-API-Version", "1"}}) == "1");
  for (const char* bad : {"7", "1.x", "v", "1, 2", "latestt", "01", "1..0", "-1", "1.0.0.0.0", "9999999999"})
    CHECK(api.version("/", {{"X-API-Version", bad}}) == "400 unknown_version");
  CHECK(api.version("/", {{"X-API-Version", "1"}, {"X-API-Version", "2"}}) == "400 unknown_version");
}

TEST_CASE("api_version: header names are the configuration's") {
  Versioned api(with("sources = ['header']\nheader = 'Api'"));
  CHECK(api.version("/", {{"API", "1"}, {"X-API-Version", "2"}}) == "1");
  CHECK(api.version("/", {{"X-API-Version", "1"}}) == "3");
}

TEST_CASE("api_version: the media type in Accept") {
  Versioned api(with("sources = ['media_type']"));
  const auto accept = [&](std::string value) {
    return api.version("/", {{"Accept", std::move(value)}});
  };
  CHECK(accept("application/vnd.acme.v1+json") == "1");
  CHECK(accept("application/vnd.acme.v1.v2.0+json") == "2.0");
  CHECK(accept("Application/VND.acme.orders.V2.1+JSON; charset=utf-8") == "2.1");
  CHECK(accept("application/json;version=1") == "1");
  CHECK(accept("application/json; Version=\"2.0\"; q=0.5") == "2.0");
  CHECK(accept("application/vnd.acme+json;version=1") == "1");
  CHECK(accept("application/vnd.acme+xml; version=stable") == "2.0");
  // A version of something else: Prometheus asks for text in its version 0.0.4.
  CHECK(accept("text/plain;version=0.0.4") == "3");
  CHECK(accept("application/json") == "3");
  CHECK(accept("application/vnd.acme.v9+json") == "406 unknown_version");
  CHECK(accept("application/json; version=x") == "406 unknown_version");
}

TEST_CASE("api_version: of several in Accept the heaviest that exists") {
  Versioned api(with("sources = ['accept']"));
  const auto accept = [&](FakeHeaders lines) {
    return api.version("/", std::move(lines));
  };
  CHECK(accept({{"Accept", "application/vnd.a.v1+json;q=0.5, application/vnd.a.v2.0+json;q=0.75"}}) == "2.0");
  CHECK(accept({{"Accept", "application/vnd.a.v1+json;q=0.5"}, {"Accept", "application/json;version=2.0"}}) ==
        "2.0");
  CHECK(accept({{"Accept", "application/json;version=2.0, application/json;version=1"}}) == "2.0");
  CHECK(accept({{"Accept", "application/vnd.a.v9+json, application/vnd.a.v1+json;q=0.001"}}) == "1");
  CHECK(accept({{"Accept", "application/vnd.a.v1+json;q=0, application/vnd.a.v2.0+json;q=0.1"}}) == "2.0");
  CHECK(accept({{"Accept", "application/vnd.a.v1+json;q=0"}}) == "3");
  CHECK(accept({{"Accept", "application/vnd.a.v9+json, */*;q=0.1"}}) == "3");
  CHECK(accept({{"Accept", "application/json;x=\"a, application/json;version=2.0\", text/html"}}) == "3");
}

TEST_CASE("api_version: the type of a body counts when there is a body") {
  Versioned api(with("sources = ['content_type']"));
  const FakeHeaders type = {{"Content-Type", "application/vnd.a.v1+json"}};
  const auto plus = [&](std::string name, std::string value) {
    auto headers = type;
    headers.emplace_back(std::move(name), std::move(value));
    return headers;
  };
  CHECK(api.version("/", type) == "3");
  CHECK(api.version("/", type, "POST") == "1");
  CHECK(api.version("/", plus("Content-Length", "0"), "POST") == "3");
  CHECK(api.version("/", plus("Content-Length", "5"), "DELETE") == "1");
  CHECK(api.version("/", plus("Transfer-Encoding", "chunked"), "DELETE") == "1");
  CHECK(api.version("/", {{"Content-Type", "application/json; version=8"}}, "PUT") == "415 unknown_version");
}

TEST_CASE("api_version: media types are the configuration's") {
  Versioned api(
      with("sources = ['accept']\nmedia_type = 'application/x-v{version}'\nmedia_parameter = 'rev'"));
  CHECK(api.version("/", {{"Accept", "application/x-v1"}}) == "1");
  CHECK(api.version("/", {{"Accept", "application/vnd.a.v1+json"}}) == "3");
  CHECK(api.version("/", {{"Accept", "application/x-y; rev=1"}}) == "3");
}

TEST_CASE("api_version: a query parameter, decoded") {
  Versioned api(with("sources = ['query']\nquery = ['api-version', 'version']"));
  CHECK(api.version("/?version=1") == "1");
  CHECK(api.version("/?a=b&version=2%2E0&version=1") == "2.0");
  CHECK(api.version("/?version=1&api%2Dversion=2.0") == "2.0");
  CHECK(api.version("/?version=") == "3");
  CHECK(api.version("/?version") == "3");
  CHECK(api.version("/?versions=1") == "3");
  CHECK(api.version("/?version=%31%") == "400 unknown_version");
  CHECK(api.version("/?version=" + std::string(500, '1')) == "400 unknown_version");
  CHECK(api.version("/?version=" + std::string(150, '+') + "1") == "400 unknown_version");
}

TEST_CASE("api_version: the host") {
  Versioned api(with("sources = ['host']\nhost = ['v{version}.api.example.org', '{version}.*.test']"));
  CHECK(api.version("http://v1.api.example.org/") == "1");
  CHECK(api.version("http://V2.1.API.example.org:8080/") == "2.1");
  CHECK(api.version("http://stable.shop.test/") == "2.0");
  CHECK(api.version("http://2.0.shop.test/") == "2.0");
  CHECK(api.version("http://www.shop.test/") == "3");
  CHECK(api.version("http://api.example.org/") == "3");
  CHECK(api.version("http://v7.api.example.org/") == "404 unknown_version");
}
