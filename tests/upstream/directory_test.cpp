// What a reload does to the endpoints of an upstream.
#include <catch2/catch_test_macros.hpp>

#include "upstream/directory.h"
#include "upstream/dns_rig.h"

namespace sluice::test {
namespace {

TEST_CASE("A reload that changes how a name is asked for keeps its endpoints until the new answer") {
  Loop loop;
  Endpoints endpoints;
  Directory directory(loop, endpoints);
  config::Config config;
  config::Upstream upstream;
  upstream.name = "app";
  config::Endpoint endpoint;
  endpoint.address.kind = config::Address::Kind::name;
  endpoint.address.host = "localhost";
  endpoint.address.port = 80;
  upstream.endpoints.push_back(endpoint);
  config.upstreams.push_back(upstream);
  auto first = Directory::make_group(upstream, endpoints);
  directory.publish(config, {first});
  REQUIRE(runs_until(loop, [&] { return !first->set()->members().empty(); }));
  config.upstreams[0].endpoints[0].weight = 2;
  auto second = Directory::make_group(config.upstreams[0], endpoints);
  directory.publish(config, {second});
  CHECK_FALSE(second->set()->members().empty());
}

}  // namespace
}  // namespace sluice::test
