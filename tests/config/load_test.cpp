// load_text(): what the structs hold for a good file.
#include <catch2/catch_test_macros.hpp>

#include "config/config.h"

namespace {

using namespace sluice::config;
using namespace std::chrono_literals;

std::shared_ptr<const Config> good(std::string_view text) {
  auto loaded = load_text(text, "test.toml");
  INFO((loaded ? std::string() : loaded.error().text()));
  REQUIRE(loaded.has_value());
  return *loaded;
}

constexpr std::string_view kSmallest = R"([[listener]]
address = "127.0.0.1:8080"

[[upstream]]
name = "app"
endpoints = ["127.0.0.1:9000"]

[[route]]
upstream = "app"
)";

}  // namespace

TEST_CASE("nine lines make a gateway, and everything else has its default") {
  auto config = good(kSmallest);
  REQUIRE(config->listeners.size() == 1);
  CHECK(config->listeners[0].name == "127.0.0.1:8080");
  CHECK(config->listeners[0].address.port == 8080);
  CHECK(config->listeners[0].timeouts.request_header == 10s);
  CHECK(config->listeners[0].limits.header_bytes == 32 * 1024);
  REQUIRE(config->upstreams.size() == 1);
  CHECK(config->upstreams[0].pool.max_idle == 64);
  CHECK(config->upstreams[0].timeouts.connect == 5s);
  REQUIRE(config->routes.size() == 1);
  CHECK(config->routes[0].name == "route-1");
  CHECK(config->routes[0].upstream_index == 0);
  CHECK(config->forwarding.request_id == "X-Request-Id");
  CHECK(config->workers >= 1);
}

TEST_CASE("each table keeps its place in the file") {
  auto config = good(kSmallest);
  CHECK(config->listeners[0].position.file == "test.toml");
  CHECK(config->listeners[0].address_position.line == 2);
  CHECK(config->listeners[0].address_position.column == 11);
  CHECK(config->upstreams[0].endpoints[0].position.line == 6);
  CHECK(config->routes[0].position.line == 8);
}

TEST_CASE("the nearest timeout counts: route over listener over process") {
  auto config = good(std::string(kSmallest) + R"(timeouts.first_byte = "3s"
[timeouts]
first_byte = "1s"
total = "9s"
send = "7s"
[[listener]]
address = ":81"
timeouts = { total = "5m" }
)");
  const auto& first = config->listeners[0].timeouts;
  const auto& second = config->listeners[1].timeouts;
  CHECK(second.total == 5min);
  CHECK(second.first_byte == 1s);
  auto effective = config->routes[0].timeouts.over(first);
  CHECK(effective.first_byte == 3s);
  CHECK(effective.total == 9s);
  CHECK(effective.send == 7s);
}

TEST_CASE("plugin uses stand at every level and keep only the plugin's own keys") {
  auto config = good(R"(
plugin = [{ use = "access_log", format = "json" }]
[[listener]]
address = ":80"
[[listener.plugin]]
use = "./mine.so"
name = "mine"
on_failure = "allow"
[[route]]
[[route.plugin]]
use = "lua"
script = "a.lua"
[[route.plugin]]
use = "lua"
script = "b.lua"
)");
  REQUIRE(config->plugins.size() == 1);
  CHECK(config->plugins[0].table->get("format")->text == "json");
  CHECK(config->plugins[0].table->get("use") == nullptr);
  REQUIRE(config->listeners[0].plugins.size() == 1);
  CHECK(config->listeners[0].plugins[0].name == "mine");
  CHECK(config->listeners[0].plugins[0].on_failure == OnFailure::allow);
  CHECK(config->listeners[0].plugins[0].table->entries.empty());
  REQUIRE(config->routes[0].plugins.size() == 2);
  CHECK(config->routes[0].plugins[1].table->get("script")->text == "b.lua");
  CHECK_FALSE(config->routes[0].plugins[1].on_failure.has_value());
}

TEST_CASE("an endpoint is an address, a name, a path or a table with a weight") {
  auto config = good(R"(
listener = { address = "unix:/run/sluice.sock" }
[[upstream]]
name = "app"
endpoints = ["10.0.0.1:80", "[::1]:81", "app.internal:82", "unix:/run/app.sock", { address = "b:1", weight = 5 }]
)");
  const auto& endpoints = config->upstreams[0].endpoints;
  REQUIRE(endpoints.size() == 5);
  CHECK(endpoints[0].address.kind == Address::Kind::ip);
  CHECK(endpoints[1].address.text() == "[::1]:81");
  CHECK(endpoints[2].address.kind == Address::Kind::name);
  CHECK(endpoints[3].address.path == "/run/app.sock");
  CHECK(endpoints[4].weight == 5);
  CHECK(config->listeners[0].address.kind == Address::Kind::unix_path);
}

TEST_CASE("keys of a route that the core does not know are left for plugins") {
  auto config = good(std::string(kSmallest) + "match = { path = \"/a\" }\n");
  CHECK(config->routes[0].table->get("match")->get("path")->text == "/a");
}

TEST_CASE("two files that mean the same have one fingerprint") {
  auto one = good(kSmallest);
  auto same = good(R"(# as above, with defaults spelled out
drain = "30000ms"
route = [{ upstream = "app" }]
upstream = [{ endpoints = [{ address = "127.0.0.1:9000", weight = 1 }], name = "app" }]
limits = { header_bytes = 32768 }
listener = [{ backlog = 4096, address = "127.0.0.1:8080" }]
)");
  auto other = good(std::string(kSmallest) + "limits.body_bytes = \"1MiB\"\n");
  CHECK(one->fingerprint == same->fingerprint);
  CHECK(one->fingerprint != other->fingerprint);
}

TEST_CASE("a file that cannot be read says why") {
  auto missing = load("/nonexistent/sluice.toml");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().text() ==
        "/nonexistent/sluice.toml: cannot read the configuration: No such file or directory\n");
  auto folder = load("/tmp");
  REQUIRE_FALSE(folder.has_value());
  CHECK(folder.error().list()[0].message.find("folder") != std::string::npos);
}

TEST_CASE("every file in conf loads") {
  std::size_t count = 0;
  for (const auto& each : std::filesystem::recursive_directory_iterator(SLUICE_SOURCE_DIR "/conf")) {
    if (each.path().extension() != ".toml") continue;
    auto loaded = load(each.path());
    INFO((loaded ? std::string() : loaded.error().text()));
    CHECK(loaded.has_value());
    ++count;
  }
  CHECK(count >= 1);
}
