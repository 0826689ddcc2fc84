// Lookups made into endpoints, and when they are asked again: no network, no clock.
#include "upstream/discovery/dns_found.h"

#include <catch2/catch_test_macros.hpp>

#include "dns_rig.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

DnsTarget target(std::uint16_t priority, std::uint16_t weight, std::string name,
                 std::vector<std::string> ips) {
  DnsTarget made{{priority, weight, 80, std::move(name)}, {}};
  for (const auto& each : ips)
    made.addresses.push_back(*Ip::parse(each));
  return made;
}

DnsQuery service() { return DnsRig::service("_http._tcp.test"); }

TEST_CASE("A service's priorities are numbered in their order, from the query's up") {
  auto query = service();
  query.priority = 5;
  const auto found = found_of(query, {target(30, 1, "c", {"10.0.0.3"}), target(10, 1, "a", {"10.0.0.1"}),
                                      target(30, 2, "b", {"10.0.0.2"})});
  CHECK(texts_of(found) == Texts{"10.0.0.1:80 a:80 weight 1 priority 5",
                                 "10.0.0.2:80 b:80 weight 2 priority 6",
                                 "10.0.0.3:80 c:80 weight 1 priority 6"});
}

TEST_CASE("Where all weights of a priority are 0 they count as 1") {
  const auto found = found_of(service(), {target(0, 0, "a", {"10.0.0.1"}), target(0, 0, "b", {"10.0.0.2"})});
  CHECK(texts_of(found) ==
        Texts{"10.0.0.1:80 a:80 weight 1 priority 0", "10.0.0.2:80 b:80 weight 1 priority 0"});
}

TEST_CASE("A weight of 0 beside others is a hundredth of the least of them") {
  const auto found = found_of(service(), {target(0, 0, "a", {"10.0.0.1"}), target(0, 3, "b", {"10.0.0.2"})});
  CHECK(texts_of(found) ==
        Texts{"10.0.0.1:80 a:80 weight 1 priority 0", "10.0.0.2:80 b:80 weight 300 priority 0"});
}

TEST_CASE("A target's addresses share its weight, so that two addresses do not get twice as much") {
  const auto found =
      found_of(service(), {target(0, 10, "a", {"10.0.0.1", "::1"}), target(0, 10, "b", {"10.0.0.2"})});
  CHECK(texts_of(found) == Texts{"[::1]:80 a:80 weight 500 priority 0",
                                 "10.0.0.1:80 a:80 weight 500 priority 0",
                                 "10.0.0.2:80 b:80 weight 1000 priority 0"});
}

TEST_CASE("Weights of RFC 2782's largest kind do not overflow") {
  const auto found =
      found_of(service(), {target(0, 65535, "a", {"10.0.0.1"}), target(65535, 65535, "b", {"10.0.0.2"}),
                           target(0, 0, "c", {"10.0.0.3"})});
  REQUIRE(found.size() == 3);
  CHECK(found[0].weight == 6'553'500);
  CHECK(found[2].weight == 65535);
  CHECK(found[2].priority == 1);
}

TEST_CASE("Of two services with one address the one with the lower priority stays") {
  const auto found = found_of(service(), {target(2, 9, "b", {"10.0.0.1"}), target(1, 1, "a", {"10.0.0.1"})});
  CHECK(texts_of(found) == Texts{"10.0.0.1:80 a:80 weight 1 priority 0"});
}

TEST_CASE("The order of answers does not matter") {
  const auto a = target(0, 1, "a", {"10.0.0.1", "10.0.0.2"}), b = target(0, 1, "b", {"10.0.0.3", "10.0.0.4"});
  const auto turned = target(0, 1, "a", {"10.0.0.2", "10.0.0.1"});
  CHECK(found_of(service(), {a, b}) == found_of(service(), {b, turned}));
}

TEST_CASE("An address query gives its own weight, priority, zone and name to every address") {
  auto query = DnsRig::query("app.test.");
  query.weight = 7;
  query.priority = 2;
  query.zone = "a";
  const auto found = found_of(
      query, {{{0, 0, 80, {}}, {*Ip::parse("10.0.0.2"), *Ip::parse("10.0.0.1"), *Ip::parse("10.0.0.2")}}});
  CHECK(texts_of(found) ==
        Texts{"10.0.0.1:80 app.test:80 weight 7 priority 2", "10.0.0.2:80 app.test:80 weight 7 priority 2"});
  CHECK(found[0].zone == "a");
}

TEST_CASE("A TTL is kept between the least and the most") {
  const DnsSettings settings;
  CHECK(kept_for(settings, 0) == 1s);
  CHECK(kept_for(settings, 30) == 30s);
  CHECK(kept_for(settings, 2'147'483'647) == 1h);
}

TEST_CASE("Failures are asked again after a wait that doubles up to 30 seconds") {
  const DnsSettings settings;
  CHECK(retry_after(settings, 1) == 1s);
  CHECK(retry_after(settings, 2) == 2s);
  CHECK(retry_after(settings, 5) == 16s);
  CHECK(retry_after(settings, 6) == 30s);
  CHECK(retry_after(settings, 4'000'000'000) == 30s);
}

}  // namespace
}  // namespace sluice::test
