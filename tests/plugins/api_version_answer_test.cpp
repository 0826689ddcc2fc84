// Answers to versions that cannot be had: status, body, headers; and preflights, which are never refused.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_version_fixture.h"

using namespace sluice::test;

namespace {

constexpr std::string_view kVersions =
    "\nversion = [{ name = '1', deprecated = 2023-01-01, sunset = 2023-06-01, successor_link = 'https://x.test/v2' },"
    " { name = '2.0' }, { name = '2.1' }, { name = '3', preview = true }]";

struct Refused {
  explicit Refused(std::string_view keys, std::string_view target, FakeHeaders headers = {},
                   std::string method = "GET")
      : api(std::string(keys) + std::string(kVersions)),
        ex(api.host.exchange(std::move(method), target, std::move(headers))) {
    verdict = api.host.run(SLUICE_ON_REQUEST, ex);
    api.host.run(SLUICE_ON_RESPONSE, ex);
  }
  std::string header(std::string_view name) const { return ex.header(SLUICE_RESPONSE_HEADERS, name); }
  Versioned api;
  FakeExchange ex;
  sluice_verdict verdict;
};

}  // namespace

TEST_CASE("api_version: an unknown version is answered with those there are, as text") {
  Refused refused("", "/v9/x");
  CHECK(refused.verdict == SLUICE_RESPOND);
  CHECK(refused.ex.status() == 404);
  CHECK(refused.header("Content-Type") == "text/plain; charset=utf-8");
  CHECK(refused.header("Cache-Control") == "no-store");
  CHECK(refused.ex.response_body() ==
        "404 there is no such version of the API\nrequested: 9\nsupported: 2.1 2.0\nreason: unknown_version\n"
        "request id: 0123456789abcdef0123456789abcdef\n");
}

TEST_CASE("api_version: an unknown version is answered with those there are, as JSON") {
  Refused refused("sources = ['media_type']", "/", {{"Accept", "application/vnd.a.v9+json"}});
  CHECK(refused.ex.status() == 406);
  CHECK(refused.header("Content-Type") == "application/json");
  const auto body = nlohmann::json::parse(refused.ex.response_body());
  CHECK(body["status"] == 406);
  CHECK(body["reason"] == "unknown_version");
  CHECK(body["requested"] == "9");
  CHECK(body["supported"] == nlohmann::json{"2.1", "2.0"});
  CHECK(body["request_id"] == "0123456789abcdef0123456789abcdef");
  CHECK(refused.header("Vary") == "Accept");
}

TEST_CASE("api_version: HTML before JSON in Accept gets text") {
  CHECK(Refused("", "/v9/", {{"Accept", "text/html, application/json"}}).header("Content-Type") ==
        "text/plain; charset=utf-8");
  CHECK(Refused("", "/v9/", {{"Accept", "application/json, text/html"}}).header("Content-Type") ==
        "application/json");
}

TEST_CASE("api_version: what a client sent is repeated only when it is harmless") {
  const FakeHeaders hostile = {{"X-API-Version", "\"<script>"}, {"Accept", "application/json"}};
  Refused refused("", "/", hostile);
  const auto body = nlohmann::json::parse(refused.ex.response_body());
  CHECK_FALSE(body.contains("requested"));
  CHECK(refused.ex.note("api_version.asked") == "\"<script>");
  CHECK(refused.ex.note("api_version.refused") == "unknown_version");
}

TEST_CASE("api_version: an ended version says since when, and what succeeds it") {
  Refused refused("", "/v1/x", {{"Accept", "application/json"}});
  CHECK(refused.ex.status() == 410);
  const auto body = nlohmann::json::parse(refused.ex.response_body());
  CHECK(body["message"] == "version 1 of the API ended on Thu, 01 Jun 2023 00:00:00 GMT");
  CHECK(body["successor"] == "https://x.test/v2");
  CHECK(body["supported"] == nlohmann::json{"2.1", "2.0"});
  CHECK(refused.header("Sunset") == "Thu, 01 Jun 2023 00:00:00 GMT");
  CHECK(refused.header("Deprecation") == "@1672531200");
  CHECK(refused.header("Link") == "<https://x.test/v2>; rel=\"successor-version\"");
}

TEST_CASE("api_version: an ended version says what succeeds it in text, too") {
  CHECK(Refused("", "/v1/x").ex.response_body().find("\nsuccessor: https://x.test/v2\n") !=
        std::string::npos);
}

TEST_CASE("api_version: the status for unknown versions can be one for all") {
  CHECK(Refused("unknown_status = 422", "/v9/").ex.status() == 422);
  CHECK(Refused("unknown_status = 422", "/", {{"X-API-Version", "9"}}).ex.status() == 422);
  CHECK(Refused("unknown_status = 422\ndefault = 'required'", "/").ex.status() == 400);
}

TEST_CASE("api_version: an answer depends on the headers that were looked at") {
  CHECK(Refused("", "/v9/").header("Vary").empty());
  CHECK(Refused("", "/", {{"X-API-Version", "9"}}).header("Vary") == "X-API-Version");
  CHECK(Refused("default = 'required'", "/").header("Vary") == "X-API-Version, Accept-Version");
}

TEST_CASE("api_version: a preflight is never refused") {
  const FakeHeaders preflight = {{"Origin", "https://app.test"}, {"Access-Control-Request-Method", "GET"}};
  const auto passed = [&](std::string_view keys, std::string_view target) {
    Refused run(keys, target, preflight, "OPTIONS");
    CHECK(run.verdict == SLUICE_CONTINUE);
    return run.ex.note("api_version");
  };
  CHECK(passed("default = 'required'", "/").empty());
  CHECK(passed("", "/v9/").empty());
  CHECK(passed("", "/v1/") == "1");
  CHECK(passed("", "/v2.0/") == "2.0");
  // An OPTIONS request of its own is like any other.
  CHECK(Refused("", "/v9/", {}, "OPTIONS").ex.status() == 404);
}
