// Plugins' key tables, as far as they are not tested through real plugins.
#include <catch2/catch_test_macros.hpp>

#include "config/plugin_keys.h"

using namespace sluice::config;

TEST_CASE("a key that the gateway has had is refused, one that it got later gives way") {
  Key old{"name", SLUICE_KEY_STRING, ""};
  Key newer{"retry", SLUICE_KEY_TABLE, "{}"};
  newer.since = 2;
  const Key hosts[] = {old, newer};
  const sluice_key keys[] = {{"name", SLUICE_KEY_STRING, "", "", nullptr, 0},
                             {"retry", SLUICE_KEY_INT, "3", "", nullptr, 0},
                             {"own", SLUICE_KEY_INT, "3", "", nullptr, 0}};
  const PluginKeys plugins(keys, 3);
  const auto before = compare_names(plugins.list(), hosts, 1);
  CHECK(before.refused == std::vector<std::string_view>{"name"});
  CHECK(before.yielding == std::vector<std::string_view>{"retry"});
  const auto after = compare_names(plugins.list(), hosts, 2);
  CHECK(after.refused == std::vector<std::string_view>{"name", "retry"});
  CHECK(after.yielding.empty());
}

TEST_CASE("a step between keys that is shorter than a key is a fault") {
  const sluice_key keys[] = {{"own", SLUICE_KEY_INT, "3", "", nullptr, 0}};
  CHECK(PluginKeys(keys, 1, 0).faults().empty());
  CHECK(PluginKeys(keys, 1, 8).faults().size() == 1);
  CHECK(PluginKeys(keys, 1, 8).list().empty());
}
