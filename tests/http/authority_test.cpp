#include "http/authority.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace sluice;

TEST_CASE("an authority is a host and perhaps a port") {
  const auto plain = parse_authority("Example.com");
  REQUIRE(plain);
  CHECK(plain->host == "Example.com");
  CHECK_FALSE(plain->port);
  const auto with_port = parse_authority("example.com:8080");
  REQUIRE(with_port);
  CHECK(with_port->host == "example.com");
  CHECK(with_port->port == 8080);
  CHECK_FALSE(with_port->is_ip_literal);
}

TEST_CASE("an empty port is none") {
  const auto found = parse_authority("a:");
  REQUIRE(found);
  CHECK(found->host == "a");
  CHECK_FALSE(found->port);
}

TEST_CASE("IP literals keep their brackets") {
  for (auto text : {"[::1]", "[2001:db8::1]", "[::ffff:1.2.3.4]", "[v1.a:b]"}) {
    const std::string with_port = std::string(text) + ":65535";
    const auto found = parse_authority(with_port);
    REQUIRE(found);
    CHECK(found->host == text);
    CHECK(found->port == 65535);
    CHECK(found->is_ip_literal);
  }
}

TEST_CASE("names may have any byte of a reg-name") {
  for (auto text : {"1.2.3.4", "a_b", "xn--bcher-kva.example", "a-b.c.", "a%20b", "*.x", "(a)", "a,b"}) {
    INFO(text);
    CHECK(parse_authority(text));
  }
}

TEST_CASE("what is no authority is refused") {
  for (auto text : {"",
                    ":80",
                    "a b",
                    "a\tb",
                    "a/b",
                    "a?b",
                    "a#b",
                    "a@b",
                    "u:p@b",
                    "a\\b",
                    "a\"b",
                    "<a>",
                    "a:b",
                    "a:-1",
                    "a:+1",
                    "a:65536",
                    "a:80:80",
                    "a: 80",
                    "a%",
                    "a%4",
                    "a%zz",
                    "::1",
                    "[",
                    "[]",
                    "[::1",
                    "::1]",
                    "[::1]x",
                    "[::1]80",
                    "[1.2.3.4]",
                    "[::g]",
                    "[fe80::1%25lo]",
                    "[fe80::1%lo]",
                    "[v.a]",
                    "[v1.]",
                    "[v1.a/]",
                    "[vg.a]",
                    "\xc3\xa4",
                    "a\x7f",
                    "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"}) {
    INFO(text);
    CHECK_FALSE(parse_authority(text));
  }
  CHECK_FALSE(parse_authority(std::string_view("a\0b", 3)));
  CHECK_FALSE(parse_authority(std::string_view("[::1\0]", 6)));
}

TEST_CASE("hosts are compared in lower case, copied only when they have to be") {
  Arena arena;
  const std::string_view lower = "example.com";
  CHECK(lower_host(arena, lower).data() == lower.data());
  CHECK(lower_host(arena, "EXAMPLE.Com") == "example.com");
  CHECK(lower_host(arena, "[2001:DB8::A]") == "[2001:db8::a]");
}
