#include "http/normalise.h"

#include <catch2/catch_test_macros.hpp>

#include <random>
#include <string>

using namespace sluice;

namespace {

std::string normal(std::string_view raw) {
  Arena arena;
  const auto path = normalise_path(arena, raw);
  return path ? std::string(*path) : "fault: " + std::string(explain(path.error()));
}

struct Case {
  std::string_view raw;
  std::string_view expected;
};

}  // namespace

TEST_CASE("a normal path is handed back as it is") {
  Arena arena;
  for (std::string_view raw : {"/", "/a", "/a/b/", "/.well-known/x", "/a..b/...", "/a%20b%2F%5C%C3%A4", "*",
                               "/a;b=c,d:@!$&'()*+", "/%25", "/~a-b_c.d"}) {
    const auto path = normalise_path(arena, raw);
    REQUIRE(path);
    CHECK(path->data() == raw.data());
    CHECK(*path == raw);
  }
  CHECK(arena.footprint() == 0);
}

TEST_CASE("unreserved characters are decoded, other escapes get upper-case hex") {
  for (auto [raw, expected] :
       {Case{"/%41%7a%7E%2d%5F", "/Az~-_"}, Case{"/%2f", "/%2F"}, Case{"/%5c", "/%5C"},
        Case{"/%c3%a4", "/%C3%A4"}, Case{"/%3a%3B", "/%3A%3B"}, Case{"/%2541", "/%2541"},
        Case{"/%0a", "/%0A"}, Case{"/%25%34%31", "/%2541"}}) {
    CHECK(normal(raw) == expected);
  }
}

TEST_CASE("dot segments go, also escaped ones") {
  for (auto [raw, expected] :
       {Case{"/.", "/"}, Case{"/./", "/"}, Case{"/a/.", "/a/"}, Case{"/a/..", "/"}, Case{"/a/../", "/"},
        Case{"/a/b/..", "/a/"}, Case{"/a/b/../..", "/"}, Case{"/a/./b", "/a/b"}, Case{"/a/../b", "/b"},
        Case{"/a/b/../c", "/a/c"}, Case{"/%2e/a", "/a"}, Case{"/a/%2e%2E/b", "/b"}, Case{"/a/.%2e", "/"},
        Case{"/...", "/..."}, Case{"/a/..;/b", "/a/..;/b"}, Case{"/a%2F../b", "/a%2F../b"},
        Case{"/a/%2e%2e%2f", "/a/..%2F"}}) {
    INFO(raw);
    CHECK(normal(raw) == expected);
  }
}

TEST_CASE("repeated slashes are merged before segments are counted") {
  for (auto [raw, expected] :
       {Case{"//", "/"}, Case{"//a", "/a"}, Case{"/a//b", "/a/b"}, Case{"/a///", "/a/"},
        Case{"/a//../b", "/b"}, Case{"/a/.//b", "/a/b"}, Case{"///..a", "/..a"}}) {
    INFO(raw);
    CHECK(normal(raw) == expected);
  }
}

TEST_CASE("visible bytes that no path holds become escapes") {
  for (auto [raw, expected] :
       {Case{"/a\\..\\b", "/a%5C..%5Cb"}, Case{"/{a}|b", "/%7Ba%7D%7Cb"}, Case{"/\"<>^`", "/%22%3C%3E%5E%60"},
        Case{"/[a]", "/%5Ba%5D"}, Case{"/a?b#c", "/a%3Fb%23c"}}) {
    CHECK(normal(raw) == expected);
  }
}

TEST_CASE("what cannot be one path is refused") {
  for (auto [raw, expected] :
       {Case{"/%", "bad escape"}, Case{"/%4", "bad escape"}, Case{"/a%zz", "bad escape"},
        Case{"/%4g", "bad escape"}, Case{"/%%41", "bad escape"}, Case{"/%u0041", "bad escape"},
        Case{"/%00", "null byte"}, Case{"/a\x01", "control byte or byte outside ASCII"},
        Case{"/a\x7f", "control byte or byte outside ASCII"},
        Case{"/a b", "control byte or byte outside ASCII"},
        Case{"/\xc3\xa4", "control byte or byte outside ASCII"}, Case{"/..", "more \"..\" than segments"},
        Case{"/a/../..", "more \"..\" than segments"}, Case{"/%2e%2e/a", "more \"..\" than segments"},
        Case{"//../a", "more \"..\" than segments"}, Case{"", "does not begin with a slash"},
        Case{"a", "does not begin with a slash"}, Case{"**", "does not begin with a slash"},
        Case{"%2F", "does not begin with a slash"}}) {
    INFO(raw);
    CHECK(normal(raw) == "fault: " + std::string(expected));
  }
  CHECK(normal(std::string_view("/a\0b", 4)) == "fault: control byte or byte outside ASCII");
}

TEST_CASE("the normal form of a normal form is itself") {
  constexpr std::string_view kPieces[] = {"/", "//", ".",   "..", "%2e", "%2E", "%2f", "%25",
                                          "a", "B",  "%41", "\\", "{",   ";",   "%c3", "%"};
  std::mt19937 random(7);
  int kept = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string raw = "/";
    for (auto left = random() % 10; left > 0; --left)
      raw += kPieces[random() % std::size(kPieces)];
    Arena arena;
    const auto once = normalise_path(arena, raw);
    if (!once) continue;
    ++kept;
    const auto twice = normalise_path(arena, *once);
    REQUIRE(twice);
    REQUIRE(twice->data() == once->data());
    REQUIRE(*twice == *once);
    REQUIRE(once->find("//") == once->npos);
  }
  CHECK(kept > 1000);
}
