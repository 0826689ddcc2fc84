// The built-in api_version in the real program: upstreams, paths, answers and headers as client and origin see them.
#include <catch2/catch_test_macros.hpp>

#include "support/gateway.h"
#include "support/origin.h"

namespace sluice::test {
namespace {

// Upstreams "one" and "two" at these origins; `rest` are routes and plugins.
std::string with_origins(const Origin& one, const Origin& two, std::string_view rest) {
  return "[[listener]]\naddress = \"127.0.0.1:0\"\n[[upstream]]\nname = \"one\"\nendpoints = [\"" +
         one.endpoint() + "\"]\n[[upstream]]\nname = \"two\"\nendpoints = [\"" + two.endpoint() + "\"]\n" +
         std::string(rest);
}

constexpr std::string_view kForAll = R"(
[[route]]
name = "orders"
match = { path = "/orders/*" }
upstream = "two"

[[plugin]]
use = "api_version"
sources = ["path", "header", "media_type"]
strip_path = true

[[plugin.version]]
name = "1"
upstream = "one"
deprecated = 2024-01-01
sunset = 2099-01-01

[[plugin.version]]
name = "2.0"

[[plugin.version]]
name = "0"
sunset = 2020-01-01
successor_link = "/v1"
)";

TEST_CASE("A version leads to its upstream, and its age and source are told to client, origin and log") {
  Origin one(always(response(200, "one", "Vary: Origin\r\n")));
  Origin two(always(response(200, "two")));
  Gateway gateway(with_origins(one, two, std::string(kForAll) + std::string(access_plugin())));
  Client client = gateway.connect();

  const auto old = client.exchange(get("/v1/orders/5?x=1"));
  CHECK(old.body == "one");
  CHECK(old.header("Deprecation") == "@1704067200");
  CHECK(old.header("Sunset") == "Thu, 01 Jan 2099 00:00:00 GMT");
  CHECK(old.header("Vary") == "Origin");
  const auto seen = one.wait_request();
  CHECK(seen.target() == "/orders/5?x=1");
  CHECK(seen.header("X-API-Version") == "1");

  const auto fresh = client.exchange(get("/orders", "Accept: application/vnd.shop.v2+json\r\n"));
  CHECK(fresh.body == "two");
  CHECK_FALSE(fresh.has("Deprecation"));
  CHECK(fresh.header("Vary") == "X-API-Version, Accept-Version, Accept");
  CHECK(two.wait_request().header("X-API-Version") == "2.0");

  const auto lines = gateway.access(2);
  CHECK(lines[0]["notes"]["api_version"] == "1");
  CHECK(lines[0]["upstream"] == "one");
  CHECK(lines[0]["route"] == "orders");
  CHECK(lines[1]["notes"]["api_version.source"] == "accept");
}

TEST_CASE("A version that cannot be had is answered here, and the connection goes on") {
  Origin one, two;
  Gateway gateway(with_origins(one, two, std::string(kForAll) + std::string(access_plugin())));
  Client client = gateway.connect();
  const std::string json = "Accept: application/json\r\n";

  const auto unknown = client.exchange(get("/v7/orders", json));
  CHECK(unknown.status() == 404);
  CHECK(nlohmann::json::parse(unknown.body)["supported"] == nlohmann::json{"2.0", "1"});
  const auto ended = client.exchange(get("/v0/orders", json));
  CHECK(ended.status() == 410);
  CHECK(ended.header("Sunset") == "Wed, 01 Jan 2020 00:00:00 GMT");
  CHECK(ended.header("Link") == "</v1>; rel=\"successor-version\"");
  CHECK(nlohmann::json::parse(ended.body)["reason"] == "version_ended");
  CHECK(client.exchange(get("/v1/nothing")).status() == 404);
  CHECK(client.exchange("HEAD /v7/ HTTP/1.1\r\nHost: a\r\n\r\n").status() == 404);

  const auto lines = gateway.access(4);
  CHECK(lines[1]["notes"]["api_version.refused"] == "version_ended");
  CHECK(lines[1]["plugin"] == "api_version@global");
  CHECK(one.requests().empty());
  CHECK(two.requests().empty());
}

TEST_CASE(
    "A route's own versions choose among upstreams, bodies and all; without any route the version decides alone") {
  Origin one, two;
  const std::string versions =
      "sources = [\"header\"]\nversion = [{ name = \"1\", upstream = \"one\" }, { name = \"2\", upstream = \"two\" }]\n";
  Gateway gateway(with_origins(
      one, two, "[[route]]\nupstream = \"two\"\n[[route.plugin]]\nuse = \"api_version\"\n" + versions));
  const auto body = pattern(100000);
  CHECK(gateway.once(post("/x", body, "X-API-Version: 1\r\n")).status() == 200);
  CHECK(one.wait_request().body == body);
  CHECK(two.requests().empty());

  gateway.reload(with_origins(one, two, "[[plugin]]\nuse = \"api_version\"\n" + versions));
  CHECK(gateway.once(get("/y", "X-API-Version: 2\r\n")).status() == 200);
  CHECK(two.wait_request().target() == "/y");
}

TEST_CASE("A route that names no upstream takes the version's") {
  Origin one, two;
  Gateway gateway(with_origins(
      one, two,
      "[[route]]\nmatch = { header = { X-API-Version = \"1\" } }\n[[plugin]]\nuse = \"api_version\"\n"
      "version = [{ name = \"1\", upstream = \"one\" }]\n"));
  CHECK(gateway.once(get("/v1/z")).status() == 200);
  CHECK(one.wait_request().target() == "/v1/z");
}

}  // namespace
}  // namespace sluice::test
