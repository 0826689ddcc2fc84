// What is wrong with a configuration is said at its place, with the value and the remedy.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>

#include "sticky_cookie_fixture.h"
#include "support/temp_dir.h"

using namespace sluice::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Bad {
  const char* keys;
  const char* said;  // part of the one problem
};

void check(std::span<const Bad> rows, std::string_view before, const std::string& place = "upstream app") {
  for (const auto& [keys, said] : rows) {
    CAPTURE(keys);
    const auto problems = sticky_problems(std::string(before) + keys, place);
    CAPTURE(problems);
    CHECK(std::ranges::count(problems, '\n') == 1);
    CHECK(problems.find(said) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("sticky_cookie: bad keys are problems, and never shown") {
  static constexpr Bad rows[] = {
      {"key = 'short'", "has 5 characters; at least 32 random ones are needed; make one with `openssl"},
      {"key = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", "is too easy to guess"},
      {"key = 'passwordpasswordpasswordpassword'", "is too easy to guess"},
      {"keys = []", "keys is empty"},
      {"keys = [1]", "keys takes strings"},
      {"keys = ['q3Jx0b1uC2mWv8kZ5tYhN7rLs9DfGaEo', 'x']", "key 2 of keys has 1 characters"},
      {"keys = ['q3Jx0b1uC2mWv8kZ5tYhN7rLs9DfGaEo', 'q3Jx0b1uC2mWv8kZ5tYhN7rLs9DfGaEo']",
       "stands there twice"},
      {"key = 'q3Jx0b1uC2mWv8kZ5tYhN7rLs9DfGaEo'\nkey_file = 'x'", "only one of key, keys and key_file"},
      {"key_file = 'no/such/file'", "no/such/file\" cannot be read"},
  };
  check(rows, "");
  CHECK(sticky_problems("key = 'topsecret'").find("topsecret") == std::string::npos);
}

TEST_CASE("sticky_cookie: hex keys of 16 random bytes and UUID-like ones will do") {
  for (const auto* key : {"9f86d081884c7d659a2feaa0c55ad015", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"})
    CHECK(sticky_problems("key = '" + std::string(key) + "'").empty());
}

TEST_CASE("sticky_cookie: bad attributes are problems") {
  static constexpr Bad rows[] = {
      {"cookie = 'a b'", "cookie \"a b\" is no name of a cookie"},
      {"cookie = '{app}'", "is no name of a cookie"},
      {"path = 'shop'", "path \"shop\" is no path of a cookie"},
      {"path = '/a;b'", "is no path of a cookie"},
      {"domain = '.example.com'", "without a dot before it"},
      {"domain = 'localhost'", "is no domain of a cookie"},
      {"secure = 'yes'", "secure \"yes\" is none of \"auto\", \"always\", \"never\""},
      {"same_site = 'Lax'", "is none of \"lax\""},
      {"same_site = 'none'", "add secure = \"always\""},
      {"partitioned = true", "add secure = \"always\""},
      {"max_age = '10ms'", "is less than a second"},
      {"cookie = '__Host-r'", "cookie \"__Host-r\" asks for Secure"},
      {"cookie = '__host-r'", "asks for Secure"},
      {"cookie = '__Secure-r'\nsecure = 'never'", "asks for Secure"},
      {"cookie = '__Host-r'\nsecure = 'always'\npath = '/a'", "asks for path \"/\", not \"/a\""},
      {"cookie = '__Host-r'\nsecure = 'always'\ndomain = 'a.b'", "asks for no domain"},
      {"idle = '2h'\nlifetime = '1h'", "idle is longer than lifetime"},
      {"on_down = 'stay'", "on_down \"stay\" is none of \"repin\", \"fail\""},
      {"mode = 'cookie'", "mode \"cookie\" is none of"},
  };
  check(rows, kKey);
}

TEST_CASE("sticky_cookie: good prefixes are taken") {
  CHECK(sticky_problems(std::string(kKey) + "cookie = '__Host-r'\nsecure = 'always'").empty());
  CHECK(sticky_problems(std::string(kKey) +
                        "cookie = '__Secure-r'\nsecure = 'always'\ndomain = 'a.b'\npath = '/x'")
            .empty());
}

TEST_CASE("sticky_cookie: keys of another mode are problems") {
  static constexpr Bad rows[] = {
      {"header = 'X-A'", "header has no meaning with mode \"insert\""},
      {"mode = 'header'\ncookie = 'a'", "cookie has no meaning with mode \"header\""},
      {"mode = 'header'\nheader = 'a b'", "is no name of a header"},
      {"mode = 'learn'", "cookie is missing: the name of the application's"},
      {"mode = 'learn'\ncookie = 'A'\npath = '/'", "path has no meaning with mode \"learn\""},
      {"mode = 'learn'\ncookie = 'A'\nidle = '1h'", "idle has no meaning"},
      {"mode = 'hash'\ncookie = 'A'", "key has no meaning with mode \"hash\""},
  };
  check(rows, kKey);
}

TEST_CASE("sticky_cookie: outside of an upstream a name must tell upstreams apart") {
  static constexpr Bad rows[] = {{"cookie = 'route'", "write {upstream} into it, or put the plugin into"}};
  check(rows, kKey, "global");
  CHECK(sticky_problems(std::string(kKey) + "cookie = 'route_{upstream}'", "route api").empty());
  CHECK(sticky_problems(std::string(kKey) + "mode = 'learn'\ncookie = 'JSESSIONID'", "global").empty());
}

TEST_CASE("sticky_cookie: two upstreams cannot have one cookie, unless its path or domain differs") {
  const auto problems = [](std::string_view second) {
    FakeHost host;
    host.share_snapshot();
    host.set_place("upstream app");
    host.load("sticky_cookie", std::string(kKey) + "cookie = 'route'\nupstream = [{ name = 'app' }]\n");
    host.set_place("upstream other");
    host.load("sticky_cookie", std::string(kKey) + std::string(second) + "upstream = [{ name = 'other' }]\n");
    return host.problem_text();
  };
  CHECK_THAT(problems("cookie = 'route'\n"),
             ContainsSubstring("is already that of upstream app; give each upstream its own"));
  CHECK(problems("cookie = 'route'\npath = '/other'\n").empty());
  CHECK(problems("cookie = 'other'\n").empty());
}

TEST_CASE("sticky_cookie: upstreams of an older snapshot do not count") {
  FakeHost host;
  for (const auto* upstream : {"app", "other"}) {
    host.set_place("upstream " + std::string(upstream));
    CHECK(host.load("sticky_cookie",
                    std::string(kKey) + "cookie = 'route'\nupstream = [{ name = '" + upstream + "' }]\n"));
  }
}

TEST_CASE("sticky_cookie: without a key it says what that means") {
  Sticky app("");
  CHECK_THAT(app.host.log_text(), ContainsSubstring("no key is configured"));
  const auto cookie = app.ask({}, 1).cookie();
  CHECK(app.with(cookie).picked == 1);
}

TEST_CASE("sticky_cookie: a file has one key a line, the first seals") {
  TempDir folder;
  const auto path = folder.path() / "keys";
  std::ofstream(path)
      << "# newest first\r\n\n  q3Jx0b1uC2mWv8kZ5tYhN7rLs9DfGaEo  \nZq8vRt2yHk5nBw1xLc7mPd4sGf9jUa3e\n";
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::string cookie;
  {
    Sticky app("key_file = '" + path.string() + "'\n");
    CHECK(app.host.log_text().empty());
    cookie = app.ask({}, 2).cookie();
  }
  Sticky same;
  CHECK(same.with(cookie).picked == 2);
}

TEST_CASE("sticky_cookie: a file without a good key, or open to everybody, is told of") {
  TempDir folder;
  const auto path = folder.path() / "keys";
  std::ofstream(path) << "# nothing\n";
  std::filesystem::permissions(path, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  FakeHost host;
  host.load("sticky_cookie", "key_file = '" + path.string() + "'\n");
  CHECK_THAT(host.problem_text(), ContainsSubstring("has no key; write one a line, the newest first"));
  CHECK_THAT(host.log_text(), ContainsSubstring("can be read by everybody"));
}

TEST_CASE("sticky_cookie: a host of ABI 1.1 is too old, and told so") {
  FakeHost host;
  host.with_older_balance();
  CHECK(host.load("sticky_cookie", kKey) == nullptr);
  CHECK_THAT(host.problem_text(), ContainsSubstring("this host is too old for sessions"));
}
