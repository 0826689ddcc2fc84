// DNS answers from their bytes: what is in them, and that no byte string makes the parser read outside.
#include "upstream/discovery/dns_answer.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace sluice::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

const Bytes kName{1, 'a', 4, 't', 'e', 's', 't', 0};
const Bytes kPointer{0xc0, 12};

Bytes header(std::uint8_t answers, std::uint8_t additional = 0, std::uint8_t flags = 0x81) {
  return Bytes{0, 1, flags, 0x80, 0, 1, 0, answers, 0, 0, 0, additional} + kName + Bytes{0, 33, 0, 1};
}
Bytes record(const Bytes& owner, std::uint8_t type, std::uint8_t ttl, const Bytes& data,
             std::uint8_t ttl_top = 0) {
  return owner + Bytes{0, type, 0, 1, ttl_top, 0, 0, ttl, 0, static_cast<std::uint8_t>(data.size())} + data;
}
const Bytes kService =
    Bytes{0, 10, 0, 20, 0x1f, 0x90, 1, 'b'} + Bytes{0xc0, 14};  // b.test, by a pointer into the question

TEST_CASE("A service is read with its target, TTL and glue") {
  const auto wire = header(1, 1) + record(kPointer, 33, 30, kService) +
                    record(Bytes{1, 'B', 0xc0, 14}, 1, 9, {10, 0, 0, 1});
  const auto answer = parse_dns_answer(wire, DnsType::srv);
  REQUIRE(answer);
  CHECK(answer->ttl == 30);
  CHECK(answer->services == std::vector{DnsService{10, 20, 8080, "b.test"}});
  REQUIRE(answer->glue.size() == 1);
  CHECK(answer->glue[0].owner == "b.test");
  CHECK(answer->glue[0].ip == Ip::parse("10.0.0.1"));
  CHECK(answer->glue[0].ttl == 9);
}

TEST_CASE("A target that is the root has no name") {
  const auto answer =
      parse_dns_answer(header(1) + record(kPointer, 33, 30, {0, 0, 0, 0, 0, 0, 0}), DnsType::srv);
  REQUIRE(answer);
  CHECK(answer->services == std::vector{DnsService{}});
}

TEST_CASE("The least TTL of an answer counts, those of aliases too, and one above 31 bits is none") {
  const auto alias = record(kPointer, 5, 5, Bytes{1, 'c', 0});
  const auto known =
      parse_dns_answer(header(2) + alias + record({1, 'c', 0}, 1, 60, {10, 0, 0, 1}), DnsType::a);
  REQUIRE(known);
  CHECK(known->ttl == 5);
  CHECK(known->addresses == std::vector{*Ip::parse("10.0.0.1")});
  const auto huge = parse_dns_answer(header(1) + record(kPointer, 1, 60, {10, 0, 0, 1}, 0x80), DnsType::a);
  REQUIRE(huge);
  CHECK(huge->ttl == 0);
}

TEST_CASE("The addresses 0.0.0.0 and :: are passed over") {
  const auto four = parse_dns_answer(
      header(2) + record(kPointer, 1, 9, {0, 0, 0, 0}) + record(kPointer, 1, 9, {10, 0, 0, 1}), DnsType::a);
  REQUIRE(four);
  CHECK(four->addresses == std::vector{*Ip::parse("10.0.0.1")});
  const auto six = parse_dns_answer(header(1) + record(kPointer, 28, 9, Bytes(16, 0)), DnsType::aaaa);
  REQUIRE(six);
  CHECK(six->addresses.empty());
}

TEST_CASE("An answer that says it is cut short is an error") {
  const auto answer = parse_dns_answer(header(1, 0, 0x83) + record(kPointer, 33, 30, kService), DnsType::srv);
  REQUIRE_FALSE(answer);
  CHECK(answer.error() == "an answer that is cut short");
}

TEST_CASE("Every beginning of a good answer that is not all of it is an error") {
  const auto wire = header(1, 1) + record(kPointer, 33, 30, kService) + record(kPointer, 28, 9, Bytes(16, 1));
  REQUIRE(parse_dns_answer(wire, DnsType::srv));
  for (std::size_t size = 0; size < wire.size(); ++size)
    CHECK_FALSE(parse_dns_answer(std::span(wire).first(size), DnsType::srv));
}

TEST_CASE(
    "A service whose target does not end with its record is an error, as is a name that points to itself") {
  auto longer = record(kPointer, 33, 30, kService + Bytes{7});
  CHECK_FALSE(parse_dns_answer(header(1) + longer, DnsType::srv));
  const auto own_place = static_cast<std::uint8_t>(header(1).size());
  const auto answer = parse_dns_answer(header(1) + record({0xc0, own_place}, 33, 30, kService), DnsType::srv);
  REQUIRE_FALSE(answer);
  CHECK(answer.error() == "an answer whose answer record 1 is broken");
}

TEST_CASE("An address record of another length than an address is an error") {
  CHECK_FALSE(parse_dns_answer(header(1) + record(kPointer, 1, 30, {10, 0, 0}), DnsType::a));
  CHECK_FALSE(parse_dns_answer(header(1) + record(kPointer, 28, 30, {10, 0, 0, 1}), DnsType::aaaa));
}

}  // namespace
}  // namespace sluice::test
