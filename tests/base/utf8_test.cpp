#include "base/utf8.h"

#include <catch2/catch_test_macros.hpp>

using sluice::utf8::append_escaped;

namespace {

std::string escaped(std::string_view text, bool quotes = false) {
  std::string out;
  append_escaped(out, text, quotes);
  return out;
}

}  // namespace

TEST_CASE("characters of every length pass") {
  CHECK(escaped("a gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "a gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(escaped("\xc2\xa0") == "\xc2\xa0");
}

TEST_CASE("controls of all kinds are escaped, backslashes doubled") {
  CHECK(escaped("a\nb\r\x1b[0m\x7f") == "a\\nb\\x0d\\x1b[0m\\x7f");
  CHECK(escaped("\xc2\x80\xc2\x9b\xc2\x9f") == "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f");
  CHECK(escaped("\\n") == "\\\\n");
}

TEST_CASE("bytes that are no UTF-8 are escaped one by one") {
  CHECK(escaped("\x9b") == "\\x9b");
  CHECK(escaped("\xff\xc3") == "\\xff\\xc3");
  CHECK(escaped("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

TEST_CASE("quotes are escaped where asked for") {
  CHECK(escaped("\"a\"") == "\"a\"");
  CHECK(escaped("\"a\"", true) == "\\\"a\\\"");
}
