// The text of endpoint files: what is found, and what is said of each mistake.
#include <catch2/catch_test_macros.hpp>

#include "dns_rig.h"
#include "upstream/discovery/endpoint_file.h"
#include "upstream/discovery/endpoint_text.h"

namespace sluice::test {
namespace {

std::string mistakes(std::string_view text, EndpointSyntax syntax) {
  const auto found = parse_endpoints(text, syntax, "f");
  return found ? "none" : found.error().text();
}
std::string of_toml(std::string_view text) { return mistakes(text, EndpointSyntax::toml); }
std::string of_json(std::string_view text) { return mistakes(text, EndpointSyntax::json); }

TEST_CASE("TOML and JSON mean the same") {
  const auto toml = parse_endpoints(
      "endpoints = [\"10.0.0.1:80\", {address = \"[::1]:81\", weight = 2, priority = 1, zone = \"a\", max_in_flight = 9},\n"
      "\"unix:/run/x.sock\"]",
      EndpointSyntax::toml, "f");
  const auto json = parse_endpoints(
      R"({"endpoints": ["10.0.0.1:80", {"address": "[::1]:81", "weight": 2, "priority": 1, "zone": "a", "max_in_flight": 9},
          "unix:/run/x.sock"]})",
      EndpointSyntax::json, "f");
  REQUIRE(toml);
  REQUIRE(json);
  CHECK(*toml == *json);
  CHECK(addresses_of(*toml) == Texts{"10.0.0.1:80", "[::1]:81", "unix:/run/x.sock"});
  CHECK((*toml)[1].weight == 2);
  CHECK((*toml)[1].priority == 1);
  CHECK((*toml)[1].zone == "a");
  CHECK((*toml)[1].max_in_flight == 9);
}

TEST_CASE("An empty list is an answer, a file without one is a mistake") {
  CHECK(of_toml("endpoints = []") == "none");
  CHECK(of_json("{\"endpoints\": []}") == "none");
  CHECK(of_toml("").starts_with("f:1:1: key \"endpoints\" is missing"));
  CHECK(of_json("{}").starts_with("f:1:1: key \"endpoints\" is missing"));
  CHECK(of_json("").starts_with("f:1:1: syntax error"));
}

TEST_CASE("Every mistake has its place, its value and the remedy") {
  CHECK(
      of_toml("endpoints = [\n  \"10.0.0.1\",\n  { address = \"10.0.0.2:80\", wieght = 3 },\n  7]") ==
      "f:2:3: endpoints[1]: \"10.0.0.1\" has no port; write \"10.0.0.1:80\"\n"
      "f:3:30: endpoints[2].wieght: unknown key; did you mean \"weight\"?\n"
      "f:4:3: endpoints[3]: 7 is a whole number; needs an address, as in \"10.0.0.1:80\", or a table with one\n");
  CHECK(
      of_json(
          "{\n \"endpoints\": [\n  {\"address\": \"10.0.0.2:80\", \"weight\": 70000},\n  {\"weight\": \"2\"}\n ]\n}") ==
      "f:3:40: endpoints[1].weight: 70000 is out of range; needs 0 to 65535\n"
      "f:4:3: endpoints[2]: key \"address\" is missing: \"ip:port\" or \"unix:/path\"\n"
      "f:4:14: endpoints[2].weight: \"2\" is a string; needs a whole number, without quotes\n");
  CHECK(of_toml("endpoint = []").find("did you mean \"endpoints\"?") != std::string::npos);
}

TEST_CASE("Names, doubles and a set without weight are refused") {
  CHECK(
      of_toml("endpoints = [\"app.test:80\"]") ==
      "f:1:14: endpoints[1]: \"app.test:80\" is a name; write its IP address here, or let the upstream ask the DNS for it\n");
  CHECK(of_toml("endpoints = [\"10.0.0.1:80\",\n\"10.0.0.1:80\"]")
            .starts_with("f:2:1: endpoints[2]: \"10.0.0.1:80\" stands here twice, first in line 1;"));
  CHECK(of_toml("endpoints = [{ address = \"10.0.0.1:80\", weight = 0 }]") ==
        "f:1:13: endpoints: every endpoint has weight 0; one must take exchanges\n");
}

TEST_CASE("JSON of other kinds is refused at its place") {
  CHECK(of_json("[1]") ==
        "f:1:1: [...] is a list; needs an object, as in {\"endpoints\": [\"10.0.0.1:80\"]}\n");
  CHECK(of_json("{\"endpoints\": {}}").starts_with("f:1:15: endpoints: {} is a table; needs a list"));
  CHECK(of_json("{\"endpoints\": null}") == "f:1:15: null is no value here; leave the key out\n");
  CHECK(of_json("{\"endpoints\": [],\n \"endpoints\": []}") ==
        "f:2:2: key \"endpoints\" stands twice; the first is at line 1\n");
  CHECK(of_json("{\"endpoints\": [" + std::string(100, '[')).find("nested deeper than 64 levels") !=
        std::string::npos);
  CHECK(of_json("{\"endpoints\": [1e999]}") != "none");
  CHECK(of_json("{\"endpoints\": [18446744073709551615]}") != "none");
}

TEST_CASE("A file of which only a part has been written is refused") {
  const std::string toml = "endpoints = [\"10.0.0.1:80\", \"10.0.0.2:80\"]";
  const std::string json = R"({"endpoints": ["10.0.0.1:80", {"address": "10.0.0.2:80", "weight": 2}]})";
  for (std::size_t size = 0; size < toml.size(); ++size)
    CHECK(of_toml(toml.substr(0, size)) != "none");
  for (std::size_t size = 0; size < json.size(); ++size)
    CHECK(of_json(json.substr(0, size)) != "none");
}

TEST_CASE("More endpoints than are allowed are refused with their number") {
  std::string text = "{\"endpoints\": [\"10.0.0.1:80\"";
  for (std::size_t i = 0; i < kMostEndpoints; ++i)
    text += ",1";
  CHECK(of_json(text + "]}") == "f:1:15: endpoints: has 100001 endpoints; at most 100000 are allowed\n");
}

}  // namespace
}  // namespace sluice::test
