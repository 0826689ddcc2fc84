#include "http/cookie.h"

#include <catch2/catch_test_macros.hpp>

using namespace sluice;

namespace {

std::string pairs(std::string_view field) {
  std::string text;
  for_each_cookie(field, [&](std::string_view name, std::string_view value) {
    text += "[" + std::string(name) + "|" + std::string(value) + "]";
    return true;
  });
  return text;
}

std::string written(const SetCookie& cookie) {
  const auto text = write_set_cookie(cookie);
  return text ? *text : "error: " + text.error();
}

bool is_refused(const SetCookie& cookie) { return !write_set_cookie(cookie); }

}  // namespace

TEST_CASE("cookies are read leniently") {
  CHECK(pairs("a=1; b=2;c=3") == "[a|1][b|2][c|3]");
  CHECK(pairs(" a = 1 ;\tb\t=\t2 ") == "[a|1][b|2]");
  CHECK(pairs("a=\"1; b=2\"") == "[a|\"1][b|2\"]");
  CHECK(pairs("a=b=c; d==; =e; f") == "[a|b=c][d|=][|e][|f]");
  CHECK(pairs("a; ;; =;") == "[|a][|]");
  CHECK(pairs("") == "");
  CHECK(pairs(" ; ") == "");
}

TEST_CASE("reading stops when told to") {
  int seen = 0;
  for_each_cookie("a=1; b=2; c=3", [&](std::string_view, std::string_view) { return ++seen < 2; });
  CHECK(seen == 2);
}

TEST_CASE("the first cookie of a name counts, case-sensitive") {
  CHECK(cookie_value("a=1; A=2; a=3", "a") == "1");
  CHECK(cookie_value("a=1; A=2; a=3", "A") == "2");
  CHECK_FALSE(cookie_value("aa=1; ba=2", "a"));
  CHECK(cookie_value("x; a=", "a") == "");
  CHECK(cookie_value("x", "") == "x");
}

TEST_CASE("a cookie is written with its attributes") {
  CHECK(written({.name = "a", .value = "1"}) == "a=1");
  CHECK(written({.name = "a", .value = ""}) == "a=");
  CHECK(written({.name = "__Host-a",
                 .value = "b=c",
                 .path = "/",
                 .max_age_seconds = -1,
                 .same_site = SameSite::none,
                 .secure = true,
                 .http_only = true,
                 .partitioned = true}) ==
        "__Host-a=b=c; Path=/; Max-Age=-1; SameSite=None; Secure; HttpOnly; Partitioned");
  CHECK(
      written(
          {.name = "a", .value = "1", .path = "/x", .domain = ".example.com", .same_site = SameSite::lax}) ==
      "a=1; Path=/x; Domain=.example.com; SameSite=Lax");
  CHECK(written({.name = "a", .value = "1", .same_site = SameSite::strict}) == "a=1; SameSite=Strict");
}

TEST_CASE("what would become another cookie is refused") {
  for (auto name : {"", "a b", "a=b", "a;b", "a\n", "\xc3\xa4"})
    CHECK(is_refused({.name = name, .value = "1"}));
  for (auto value : {"a b", "a;b", "a,b", "a\"b", "a\\b", "a\r\n", "\x7f", "\xc3\xa4"}) {
    CHECK(is_refused({.name = "a", .value = value}));
  }
  for (auto path : {"x", "/;x", "/\n", "/\x7f"})
    CHECK(is_refused({.name = "a", .value = "1", .path = path}));
  for (auto domain : {"a;b", "a b", "a/b", "a\n"})
    CHECK(is_refused({.name = "a", .value = "1", .domain = domain}));
}

TEST_CASE("what browsers drop is refused") {
  CHECK(is_refused({.name = "__Host-a", .value = "1", .path = "/"}));
  CHECK(is_refused({.name = "__host-a", .value = "1", .path = "/"}));
  CHECK(is_refused({.name = "__Host-a", .value = "1", .secure = true}));
  CHECK(is_refused({.name = "__Host-a", .value = "1", .path = "/", .domain = "b", .secure = true}));
  CHECK(is_refused({.name = "__Secure-a", .value = "1"}));
  CHECK(is_refused({.name = "a", .value = "1", .same_site = SameSite::none}));
  CHECK(is_refused({.name = "a", .value = "1", .partitioned = true}));
  CHECK_FALSE(is_refused({.name = "a", .value = std::string(4095, 'x')}));
  CHECK(is_refused({.name = "a", .value = std::string(4096, 'x')}));
  CHECK(is_refused({.name = "a", .value = "1", .path = "/" + std::string(1024, 'x')}));
}
