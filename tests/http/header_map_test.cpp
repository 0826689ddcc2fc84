#include "http/header_map.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

#include "base/ascii.h"

using namespace sluice;

namespace {

// "a=1 b=2": the lines in order.
std::string lines(const HeaderMap& map) {
  std::string text;
  for (const Field& field : map.fields()) {
    if (!text.empty()) text += ' ';
    text += std::string(field.name) + "=" + std::string(field.value);
  }
  return text;
}

std::size_t cost(const HeaderMap& map) {
  std::size_t sum = 0;
  for (const Field& field : map.fields())
    sum += field.name.size() + field.value.size() + 32;
  return sum;
}

struct Rig {
  Rig(std::initializer_list<std::pair<std::string_view, std::string_view>> given) {
    for (auto [name, value] : given)
      REQUIRE(map.add(name, value) == FieldFault::none);
  }
  Arena arena;
  HeaderMap map{arena};
};

}  // namespace

TEST_CASE("well-known names have an id in any case") {
  CHECK(header_id("Host") == HeaderId::host);
  CHECK(header_id("HOST") == HeaderId::host);
  CHECK(header_id("tE") == HeaderId::te);
  CHECK(header_id("Content-Length") == HeaderId::content_length);
  CHECK(header_id("PROXY-authorization") == HeaderId::proxy_authorization);
  CHECK(header_id("HTTP2-Settings") == HeaderId::http2_settings);
  CHECK(header_id("x-request-id") == HeaderId::x_request_id);
}

TEST_CASE("names that only look alike have none") {
  for (std::string_view name : {"", "h", "h0st", "Hosts", "Content\rLength", "Content-Lengtz",
                                "content_length", "x-forwarded-from-somewhere-else", "\xc8ost"}) {
    CHECK(header_id(name) == HeaderId::other);
  }
  CHECK(header_id("hos\x14") == HeaderId::other);
  CHECK(header_id(std::string_view("host\0", 5)) == HeaderId::other);
}

TEST_CASE("names are tokens") {
  Arena arena;
  HeaderMap map(arena);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name = std::string("a") + static_cast<char>(byte) + "b";
    const bool is_token = ascii::is_tchar(static_cast<char>(byte));
    CHECK(map.add(name, "x") == (is_token ? FieldFault::none : FieldFault::bad_name));
    CHECK(map.set(name, "x") == (is_token ? FieldFault::none : FieldFault::bad_name));
  }
  CHECK(map.add("", "x") == FieldFault::bad_name);
}

TEST_CASE("values have no control bytes but HTAB") {
  Arena arena;
  HeaderMap map(arena);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value = std::string("a") + static_cast<char>(byte) + "b";
    const bool is_allowed = byte == '\t' || (byte >= ' ' && byte != 127);
    CHECK(map.add("x", value) == (is_allowed ? FieldFault::none : FieldFault::bad_value));
  }
  CHECK(map.add("x", "a\r\nSet-Cookie: b") == FieldFault::bad_value);
}

TEST_CASE("a fault changes nothing") {
  Rig rig{{"a", "1"}};
  CHECK(rig.map.set("a", "2\n") == FieldFault::bad_value);
  CHECK(rig.map.set("a ", "2") == FieldFault::bad_name);
  CHECK(lines(rig.map) == "a=1");
}

TEST_CASE("space around a value is dropped, inside it is kept") {
  Rig rig{{"a", " \t1 2\t "}, {"b", "   "}};
  CHECK(lines(rig.map) == "a=1 2 b=");
}

TEST_CASE("lines keep their order and their spelling") {
  Rig rig{{"B", "1"}, {"a", "2"}, {"b", "3"}};
  CHECK(lines(rig.map) == "B=1 a=2 b=3");
  CHECK(rig.map.get("b") == "1");
  CHECK(rig.map.get("B", 1) == "3");
  CHECK_FALSE(rig.map.get("b", 2));
  CHECK_FALSE(rig.map.get("c"));
}

TEST_CASE("set replaces all lines of a name in the place of the first") {
  Rig rig{{"a", "1"}, {"Via", "2"}, {"b", "3"}, {"via", "4"}, {"c", "5"}};
  CHECK(rig.map.set("VIA", "6") == FieldFault::none);
  CHECK(lines(rig.map) == "a=1 VIA=6 b=3 c=5");
  CHECK(rig.map.get(HeaderId::via) == "6");
  CHECK(rig.map.set("d", "7") == FieldFault::none);
  CHECK(lines(rig.map) == "a=1 VIA=6 b=3 c=5 d=7");
  CHECK(rig.map.bytes() == cost(rig.map));
}

TEST_CASE("set from a value of the map itself") {
  Rig rig{{"a", "1"}, {"b", "2"}};
  CHECK(rig.map.set("a", *rig.map.get("b")) == FieldFault::none);
  CHECK(lines(rig.map) == "a=2 b=2");
}

TEST_CASE("remove says how many lines went") {
  Rig rig{{"a", "1"}, {"Host", "2"}, {"A", "3"}, {"b", "4"}};
  CHECK(rig.map.remove("a") == 2);
  CHECK(rig.map.remove("a") == 0);
  CHECK(rig.map.remove(HeaderId::host) == 1);
  CHECK(rig.map.remove(HeaderId::other) == 0);
  CHECK(lines(rig.map) == "b=4");
  CHECK(rig.map.bytes() == cost(rig.map));
}

TEST_CASE("lists looks at all elements of all lines") {
  Rig rig{{"Connection", "a, \"b, c\" ,D"}, {"connection", "e"}};
  for (auto element : {"a", "A", "d", "e", "\"b, c\""})
    CHECK(rig.map.lists(HeaderId::connection, element));
  for (auto element : {"b", "c", "", "a, d"})
    CHECK_FALSE(rig.map.lists(HeaderId::connection, element));
  CHECK_FALSE(rig.map.lists(HeaderId::te, "a"));
}

TEST_CASE("a map grows to any number of lines") {
  Arena arena;
  HeaderMap map(arena);
  for (int i = 0; i < 1000; ++i)
    REQUIRE(map.add("n" + std::to_string(i), std::to_string(i)) == FieldFault::none);
  CHECK(map.size() == 1000);
  CHECK(map.get("N999") == "999");
  CHECK(map.bytes() == cost(map));
  map.clear();
  CHECK(map.size() == 0);
  CHECK(map.bytes() == 0);
}

TEST_CASE("assign copies the lines of another map") {
  Rig from{{"a", "1"}, {"Host", "2"}};
  Arena arena;
  HeaderMap map(arena);
  REQUIRE(map.add("z", "0") == FieldFault::none);
  map.assign(from.map);
  CHECK(lines(map) == "a=1 Host=2");
  CHECK(map.has(HeaderId::host));
  map.assign(map);
  CHECK(lines(map) == "a=1 Host=2");
  REQUIRE(map.set("a", "3") == FieldFault::none);
  CHECK(lines(from.map) == "a=1 Host=2");
}
