// Durations, sizes, addresses and ranges: texts in, values out.
#include <catch2/catch_test_macros.hpp>

#include "config/address.h"
#include "config/cidr.h"
#include "config/value.h"

using namespace sluice::config;
using namespace std::chrono_literals;

TEST_CASE("durations are a whole number and a unit") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("2m") == 2min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("1d") == 24h);
  CHECK(parse_duration("0") == 0ms);
  CHECK(parse_duration("10000d").has_value());
  for (auto bad :
       {"", "s", "5", "5 s", "-5s", "+5s", "1.5s", "5S", "5sec", "5s ", "10001d", "99999999999999999999s"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad).has_value());
  }
}

TEST_CASE("sizes count in powers of 1024") {
  CHECK(parse_size("512") == 512);
  CHECK(parse_size("64KiB") == 65536);
  CHECK(parse_size("10MiB") == 10u << 20);
  CHECK(parse_size("1GiB") == 1u << 30);
  for (auto bad : {"", "KiB", "64KB", "64k", "64 KiB", "-1", "1.5MiB", "9223372036854775808", "8388608TiB"}) {
    INFO(bad);
    CHECK_FALSE(parse_size(bad).has_value());
  }
}

TEST_CASE("formatting gives the shortest text that means the same") {
  CHECK(format_duration(0ms) == "0s");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(120s) == "2m");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_size(0) == "0");
  CHECK(format_size(65536) == "64KiB");
  CHECK(format_size(1000) == "1000B");
  CHECK(parse_size(format_size(1000)) == 1000);
}

TEST_CASE("an address range contains what its prefix says, IPv4 also in its mapped form") {
  auto ten = parse_cidr("10.0.0.0/9");
  REQUIRE(ten.has_value());
  CHECK(ten->contains(*sluice::Ip::parse("10.127.255.255")));
  CHECK_FALSE(ten->contains(*sluice::Ip::parse("10.128.0.0")));
  CHECK(ten->contains(*sluice::Ip::parse("::ffff:10.1.2.3")));
  CHECK_FALSE(ten->contains(*sluice::Ip::parse("2001:db8::1")));
  CHECK(parse_cidr("0.0.0.0/0")->contains(*sluice::Ip::parse("192.0.2.1")));
  CHECK_FALSE(parse_cidr("0.0.0.0/0")->contains(*sluice::Ip::parse("::1")));
  CHECK(parse_cidr("::1")->contains(*sluice::Ip::parse("::1")));
  CHECK(parse_cidr("::/0")->contains(*sluice::Ip::parse("192.0.2.1")));
}

TEST_CASE("an address range that is none says how to write one") {
  CHECK(parse_cidr("10.0.0.1/8").error() ==
        R"("10.0.0.1/8" has bits set behind its prefix; did you mean "10.0.0.0/8"?)");
  CHECK(parse_cidr("10.0.0.0/33").error() ==
        R"("10.0.0.0/33" has no valid prefix length; needs 0 to 32 behind the slash)");
  for (auto bad : {"", "/8", "10.0.0", "proxy.internal", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "::1/129",
                   "1.2.3.4 "})
    CHECK_FALSE(parse_cidr(bad).has_value());
}

TEST_CASE("listeners listen on addresses, never on names") {
  CHECK(parse_listen_address(":8080")->kind == Address::Kind::any);
  CHECK(parse_listen_address("*:8080")->text() == ":8080");
  CHECK(parse_listen_address("[::]:80")->text() == "[::]:80");
  CHECK(parse_listen_address("127.0.0.1:0")->port == 0);
  CHECK(parse_listen_address("unix:/run/x.sock")->path == "/run/x.sock");
  CHECK(parse_listen_address("localhost:80").error() ==
        R"("localhost:80" is a name; did you mean "127.0.0.1:80"?)");
  for (auto bad : {"", "8080", "0.0.0.0", "::1:80", "[::1]", "[1.2.3.4]:80", "1.2.3.4:70000",
                   "1.2.3.4:", "1.2.3.4:+1", "unix:x.sock", "http://0.0.0.0:80", "web:80"}) {
    INFO(bad);
    CHECK_FALSE(parse_listen_address(bad).has_value());
  }
}

TEST_CASE("endpoints may be names, which are not resolved here") {
  CHECK(parse_endpoint_address("no-such-name.invalid:80")->kind == Address::Kind::name);
  CHECK(parse_endpoint_address("http://app:80").error() ==
        R"("http://app:80" has a scheme; write host and port alone, as in "app.internal:8080")");
  for (auto bad :
       {"app", "app:0", "app:65536", "256.1.1.1:80", "a b:80", ":80", "-x:80", "a..b:80", "fe80::1:80"}) {
    INFO(bad);
    CHECK_FALSE(parse_endpoint_address(bad).has_value());
  }
}
