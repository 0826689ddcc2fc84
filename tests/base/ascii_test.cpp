#include "base/ascii.h"

#include <catch2/catch_test_macros.hpp>

#include <cctype>
#include <cstring>
#include <vector>

using namespace sluice;

namespace {

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> found;
  ascii::for_each_element(list, [&](std::string_view element) { found.emplace_back(element); });
  return found;
}

}  // namespace

TEST_CASE("tchar is the set of RFC 9110 5.6.2") {
  for (int byte = 0; byte < 256; ++byte) {
    const bool expected =
        (byte < 128 && std::isalnum(byte)) || (byte && std::strchr("!#$%&'*+-.^_`|~", byte));
    CHECK(ascii::is_tchar(static_cast<char>(byte)) == expected);
  }
  CHECK(ascii::is_token("a-b"));
  CHECK_FALSE(ascii::is_token(""));
  CHECK_FALSE(ascii::is_token("a b"));
}

TEST_CASE("case is ignored for letters alone") {
  for (int x = 0; x < 256; ++x) {
    for (int y = 0; y < 256; ++y) {
      const char a = static_cast<char>(x), b = static_cast<char>(y);
      const bool expected = ascii::to_lower(a) == ascii::to_lower(b);
      if (ascii::iequals({&a, 1}, {&b, 1}) != expected) FAIL("short: " << x << " " << y);
      for (std::size_t size : {5, 11}) {
        const std::string long_a(size, a), long_b(size, b);
        if (ascii::iequals(long_a, long_b) != expected) FAIL(size << " bytes: " << x << " " << y);
      }
    }
  }
  CHECK_FALSE(ascii::iequals("a", "aa"));
  CHECK(ascii::iequals("", ""));
}

TEST_CASE("a difference is seen at each place of texts of each size") {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string a(size, 'x'), b(size, 'X');
      CHECK(ascii::iequals(a, b));
      b[at] = 'y';
      CHECK_FALSE(ascii::iequals(a, b));
    }
  }
}

TEST_CASE("lower leaves bytes above ASCII alone") { CHECK(ascii::lower("AZ[@\xc4z") == "az[@\xc4z"); }

TEST_CASE("trim takes spaces and tabs from both ends") {
  CHECK(ascii::trim(" \t a b\t ") == "a b");
  CHECK(ascii::trim(" \t").empty());
  CHECK(ascii::trim("\na\r") == "\na\r");
}

TEST_CASE("numbers are digits alone") {
  CHECK(ascii::to_number("0") == 0);
  CHECK(ascii::to_number("007") == 7);
  CHECK(ascii::to_number("18446744073709551615") == 18446744073709551615u);
  for (auto text : {"", " 1", "1 ", "+1", "-1", "0x1", "1a", "18446744073709551616", "1.0"}) {
    CHECK_FALSE(ascii::to_number(text));
  }
}

TEST_CASE("hex digits have a value") {
  CHECK(ascii::hex('9') == 9);
  CHECK(ascii::hex('a') == 10);
  CHECK(ascii::hex('F') == 15);
  CHECK(ascii::hex('g') == -1);
}

TEST_CASE("a list falls apart at commas outside quotes") {
  CHECK(elements(" a, b ,,c\t") == std::vector<std::string>{"a", "b", "c"});
  CHECK(elements("a;x=\"1, 2\", b") == std::vector<std::string>{"a;x=\"1, 2\"", "b"});
  CHECK(elements("\"a\\\", b\", c") == std::vector<std::string>{"\"a\\\", b\"", "c"});
  CHECK(elements("\"a\\\\\", b") == std::vector<std::string>{"\"a\\\\\"", "b"});
  CHECK(elements("\"a, b") == std::vector<std::string>{"\"a, b"});
  CHECK(elements("\"a\\") == std::vector<std::string>{"\"a\\"});
  CHECK(elements("").empty());
}
