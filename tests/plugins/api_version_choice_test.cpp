// From what is asked for to one version: ranges, defaults, several sources, sunsets, several uses.
#include <catch2/catch_test_macros.hpp>

#include "api_version_fixture.h"

using namespace sluice::test;

namespace {

// The fake host's clock begins in November 2023.
constexpr std::string_view kDated =
    "\nversion = [{ name = '1' }, { name = '2.0', sunset = 2023-12-01 }, { name = '2.1', sunset = 2023-06-01 }]\n";

}  // namespace

TEST_CASE("api_version: a part of a number means the newest within it") {
  Versioned api(
      "sources = ['header']\n"
      "version = [{ name = '2.9' }, { name = '2.10' }, { name = '1' }, { name = '2.10.3' }, { name = '3.0' }]");
  const auto ask = [&](const char* text) {
    return api.version("/", {{"X-API-Version", text}});
  };
  CHECK(ask("2") == "2.10.3");
  CHECK(ask("2.10") == "2.10.3");
  CHECK(ask("2.10.0") == "2.10");
  CHECK(ask("2.9") == "2.9");
  CHECK(ask("2.9.0.0") == "2.9");
  CHECK(ask("1.0") == "1");
  CHECK(ask("3") == "3.0");
  CHECK(ask("latest") == "3.0");
  CHECK(ask("LATEST") == "3.0");
  CHECK(ask("2.1") == "400 unknown_version");
  CHECK(ask("2-9") == "400 unknown_version");
}

TEST_CASE("api_version: dates are versions too") {
  Versioned api(
      "sources = ['header']\nversion = [{ name = '2024-06-01' }, { name = '2024-11-20' }, { name = '2025-01-02' }]");
  const auto ask = [&](const char* text) {
    return api.version("/", {{"X-API-Version", text}});
  };
  CHECK(ask("2024-06-01") == "2024-06-01");
  CHECK(ask("2024") == "2024-11-20");
  CHECK(ask("2024-06") == "2024-06-01");
  CHECK(ask("2024-07-01") == "400 unknown_version");
  CHECK(ask("2024.06.01") == "400 unknown_version");
}

TEST_CASE("api_version: a preview is for those who name it whole") {
  Versioned api(
      "sources = ['header']\nversion = [{ name = '2' }, { name = '3.0', preview = true, aliases = ['next'] }]");
  const auto ask = [&](const char* text) {
    return api.version("/", {{"X-API-Version", text}});
  };
  CHECK(ask("latest") == "2");
  CHECK(ask("3") == "400 unknown_version");
  CHECK(ask("3.0") == "3.0");
  CHECK(ask("next") == "3.0");
  CHECK(api.version("/") == "2");
}

TEST_CASE("api_version: what becomes of requests that name none") {
  const std::string versions = "\nversion = [{ name = '1.0' }, { name = '1.5' }, { name = '2' }]";
  CHECK(Versioned("default = 'latest'" + versions).version("/") == "2");
  CHECK(Versioned("default = '1'" + versions).version("/") == "1.5");
  CHECK(Versioned("default = '1.0'" + versions).version("/") == "1.0");
  CHECK(Versioned("default = 'required'" + versions).version("/") == "400 missing_version");
  Versioned ignoring("default = 'ignore'" + versions);
  CHECK(ignoring.version("/") == "-");
  CHECK(ignoring.version("/v1.0/") == "1.0");
}

TEST_CASE("api_version: the first source that names one counts") {
  const std::string versions = "\nversion = [{ name = '1' }, { name = '2' }]";
  const FakeHeaders two = {{"X-API-Version", "2"}};
  CHECK(Versioned("sources = ['path', 'header']" + versions).version("/v1/", two) == "1");
  CHECK(Versioned("sources = ['header', 'path']" + versions).version("/v1/", two) == "2");
  CHECK(Versioned("sources = ['path', 'header']" + versions).version("/v9/", two) == "404 unknown_version");
}

TEST_CASE("api_version: sources that contradict each other can be refused") {
  Versioned api(
      "on_conflict = 'refuse'\nsources = ['path', 'header']\n"
      "version = [{ name = '1' }, { name = '2.0', aliases = ['stable'] }, { name = '2.1' }]");
  const auto ask = [&](const char* path, FakeHeaders headers) {
    return api.version(path, std::move(headers));
  };
  CHECK(ask("/v1/", {{"X-API-Version", "2"}}) == "400 conflicting_versions");
  CHECK(ask("/v2.0/", {{"X-API-Version", "2.1"}}) == "400 conflicting_versions");
  CHECK(ask("/v1/", {{"X-API-Version", "1"}}) == "1");
  // One asks for a part of what the other does: the narrower counts, whichever comes first.
  CHECK(ask("/v2/", {{"X-API-Version", "2.0"}}) == "2.0");
  CHECK(ask("/v2.0/", {{"X-API-Version", "2"}}) == "2.0");
  CHECK(ask("/v2/", {{"Accept-Version", "stable"}}) == "2.0");
  CHECK(ask("/v1/", {{"Accept-Version", "latest"}}) == "1");
  CHECK(ask("/v1/", {{"X-API-Version", "1"}, {"Accept-Version", "2"}}) == "400 conflicting_versions");
  CHECK(ask("/v1/", {{"Accept-Version", "9"}}) == "400 unknown_version");
}

TEST_CASE("api_version: a version ends at its sunset, to the second") {
  Versioned api("version = [{ name = '1', sunset = 2023-12-01T00:00:00Z }, { name = '2' }]");
  api.host.set_unix_time(1701388799);
  CHECK(api.version("/v1/") == "1");
  api.host.advance(1000);
  CHECK(api.version("/v1/") == "410 version_ended");
  CHECK(api.version("/v2/") == "2");
}

TEST_CASE("api_version: ranges go to what still lives") {
  Versioned api("sources = ['path']\ndefault = '2'" + std::string(kDated));
  CHECK(api.version("/v2/") == "2.0");
  CHECK(api.version("/v2.1/") == "410 version_ended");
  CHECK(api.version("/") == "2.0");
  CHECK(api.version("/vlatest/") == "2.0");
  api.host.set_unix_time(1701388800);
  CHECK(api.version("/v2/") == "410 version_ended");
  CHECK(api.version("/") == "410 version_ended");
  CHECK(api.version("/vlatest/") == "1");
}

TEST_CASE("api_version: versions can be served after their sunset") {
  Versioned serving("after_sunset = 'serve'" + std::string(kDated));
  CHECK(serving.version("/v2/") == "2.1");
  CHECK(all(serving.answered("/v2.1/"), "Sunset") == "Thu, 01 Jun 2023 00:00:00 GMT");
}

TEST_CASE("api_version: the status after a sunset is the configuration's") {
  Versioned api("sunset_status = 404" + std::string(kDated));
  CHECK(api.version("/v2.1/") == "404 version_ended");
}

TEST_CASE("api_version: of several uses the first that chooses a version counts") {
  FakeHost host;
  host.share_snapshot();
  REQUIRE(host.load("api_version", "default = 'ignore'\nversion = [{ name = '1' }]"));
  REQUIRE(host.load("api_version", "sources = ['header']\nheader = 'Billing'\nversion = [{ name = '7' }]"));
  const auto ask = [&](const char* path) {
    auto ex = host.exchange("GET", path);
    CHECK(host.run(SLUICE_ON_REQUEST, ex) == SLUICE_CONTINUE);
    ex.answered(200);
    host.run(SLUICE_ON_RESPONSE, ex);
    return ex.note("api_version") + " " + all(ex.headers(SLUICE_RESPONSE_HEADERS), "Vary");
  };
  CHECK(ask("/v1/") == "1 ");
  CHECK(ask("/") == "7 Billing, X-API-Version, Accept-Version");
}
