// What is wrong with a configuration is said at its place, with the value and the remedy, all of it at once.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <span>

#include "api_version_fixture.h"
#include "support/temp_dir.h"

using namespace sluice::test;

namespace {

struct Bad {
  const char* keys;
  const char* said;  // part of the one problem
};

void check(std::span<const Bad> rows, std::string_view behind) {
  for (const auto& [keys, said] : rows) {
    CAPTURE(keys);
    const auto problems = version_problems(std::string(keys) + std::string(behind));
    CAPTURE(problems);
    CHECK(std::ranges::count(problems, '\n') == 1);
    CHECK(problems.find(said) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("api_version: bad versions are problems") {
  static constexpr Bad rows[] = {
      {"", "\"version\" is missing"},
      {"version = []", "add [[plugin.version]]"},
      {"version = [{ name = 'v1' }]", "\"v1\" is no number; write \"2\""},
      {"version = [{ name = '1' }, { name = '1.0' }]", "\"1.0\" is the same as \"1\""},
      {"version = [{ name = '1.0' }, { name = '2024-01' }]", "separate all with"},
      {"version = [{ name = '1', upstream = 'x' }]", "upstream \"x\" is not configured"},
      {"version = [{ name = '1', aliases = ['1a'] }]", "alias \"1a\" cannot be used"},
      {"version = [{ name = '1', aliases = ['Latest'] }]", "is not \"latest\""},
      {"version = [{ name = '1', aliases = [1] }]", "cannot be used; write a word"},
      {"version = [{ name = '1', aliases = ['a'] }, { name = '2', aliases = ['A'] }]",
       "means another version already"},
      {"version = [{ name = '1', sunset = 'soon' }]", "sunset \"soon\" is no date; write \"2026-01-31\""},
      {"version = [{ name = '1', deprecated = '2026-02-30' }]", "is no date"},
      {"version = [{ name = '1', deprecated = '2026-01-01T00:00:00' }]", "is no date"},
      {"version = [{ name = '1', deprecated = 2026-02-01, sunset = 2026-01-01 }]",
       "sunset \"2026-01-01\" is before deprecated \"2026-02-01\""},
      {"version = [{ name = '1', sunset_link = 'x' }]", "is no URL for a header"},
      {"version = [{ name = '1', successor_link = 'https://x/>; rel=a' }]", "is no URL for a header"},
      {"version = [{ name = '1', sunst = '2026-01-01' }]", "sunst"},
  };
  check(rows, "");
}

TEST_CASE("api_version: bad sources and patterns are problems") {
  static constexpr Bad rows[] = {
      {"sources = ['cookie']", "source \"cookie\" is none of \"path\""},
      {"sources = ['path', 'path']", "stands twice"},
      {"sources = []", "sources is empty"},
      {"sources = [1]", "sources takes strings"},
      {"sources = ['host']", "add host = "},
      {"query = 'v'", "query is given, but not looked at; add \"query\" to sources"},
      {"sources = ['header']\nstrip_path = true", "strip_path has nothing to strip"},
      {"path = 'v{version}'", "must begin with \"/\""},
      {"path = '/v1'", "has no {version}"},
      {"path = '/{version}/{version}'", "has {version} twice"},
      {"path = '/{version}/api'", "leave out what follows"},
      {"path = '/{v}'", "braces that are not {version}"},
      {"path = '/*/*/{version}'", "has \"*\" twice"},
      {"header = 'a b'", "\"a b\" is no name of a header"},
      {"header = []", "header is empty"},
      {"sources = ['query']\nquery = 'a=b'", "is no name of a parameter"},
      {"sources = ['host']\nhost = 'https://v{version}.x'", "without scheme and port"},
      {"sources = ['accept']\nmedia_type = 'json'", "is no media type"},
      {"sources = ['media_type']\nmedia_type = 'json'", "is no media type"},
      {"sources = ['accept']\nmedia_parameter = 'a b'", "media_parameter \"a b\""},
  };
  check(rows, "\nversion = [{ name = '1' }]");
}

TEST_CASE("api_version: bad choices are problems") {
  static constexpr Bad rows[] = {
      {"default = '2'", "default \"2\" means no version"},
      {"default = 'newest'", "write one that is configured, \"latest\", \"required\" or \"ignore\""},
      {"on_conflict = 'error'", "\"error\" is neither \"first\" nor \"refuse\""},
      {"after_sunset = 'x'", "neither \"refuse\" nor \"serve\""},
      {"unknown_status = 200", "200 is not 400 to 499"},
      {"sunset_status = 500", "500 is not 400 to 499"},
      {"upstream_header = 'a b'", "is no name of a header"},
      {"strip = true", "strip"},
  };
  check(rows, "\nversion = [{ name = '1' }]");
  CHECK(version_problems("version = [{ name = '1' }]", "upstream one").find("cannot belong to an upstream") !=
        std::string::npos);
}

TEST_CASE("api_version: every problem is said at once, at its place") {
  const auto problems = version_problems(
      "default = '4'\nsources = ['path', 'query', 'x']\npath = 'a'\n"
      "version = [{ name = 'one' }, { name = '2', upstream = 'u' }]");
  CAPTURE(problems);
  CHECK(std::ranges::count(problems, '\n') == 5);
  CHECK(problems.find("test.toml:2:11: default \"4\"") != std::string::npos);
  CHECK(problems.find("test.toml:3:29: source \"x\"") != std::string::npos);
  CHECK(problems.find("test.toml:4:8: path \"a\"") != std::string::npos);
  CHECK(problems.find("test.toml:5:21: version \"one\"") != std::string::npos);
  CHECK(problems.find("test.toml:5:55: upstream \"u\"") != std::string::npos);
}

TEST_CASE("api_version: the README has every key") {
  const auto readme = read_file(SLUICE_SOURCE_DIR "/plugins/api_version/README.md");
  FakeHost host;
  const auto& plugin = *host.load("api_version", "version = [{ name = '1' }]")->plugin;
  REQUIRE(plugin.key_count > 10);
  const auto is_there = [&](const sluice_key& key) {
    CAPTURE(key.name);
    CHECK(readme.find("`" + std::string(key.name) + "`") != std::string::npos);
  };
  for (const auto& key : std::span(plugin.keys, plugin.key_count)) {
    is_there(key);
    for (const auto& child : std::span(key.children, key.child_count))
      is_there(child);
  }
}

TEST_CASE("api_version: a host without a clock or without overriding is refused only where they are needed") {
  const auto loads = [](std::string_view version, const char* without) {
    FakeHost host;
    host.without_ability(without);
    return host.load("api_version",
                     "upstream = [{ name = 'one' }]\nversion = [" + std::string(version) + "]") != nullptr;
  };
  CHECK(loads("{ name = '1' }", "sluice.timer/1"));
  CHECK_FALSE(loads("{ name = '1', sunset = 2033-01-01 }", "sluice.timer/1"));
  CHECK(loads("{ name = '1' }", "sluice.routes/1"));
}
