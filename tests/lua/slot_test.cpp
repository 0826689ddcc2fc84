// A host that has no slot left for the plugin.
#include <dlfcn.h>
#include <sluice/abi.h>
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <string>

#include "lua/lua_case.h"

namespace sluice::test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string told;  // by config->problem

void problem(const sluice_config*, const char* text, std::size_t size) { told.assign(text, size); }
std::int32_t no_slot(const sluice_host*, const char*, sluice_slot_free_fn) { return -1; }
const void* no_ability(const sluice_host*, const char*) { return nullptr; }

TEST_CASE("without a slot no use is made, and the configuration is told why") {
  // A copy: the object that the other tests load has been entered with a host that gave it one.
  LuaCase lua;
  std::filesystem::path copy = lua.folder / "lua.so";
  std::filesystem::copy_file(SLUICE_BINARY_DIR "/plugins/lua.so", copy);
  void* object = dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
  REQUIRE(object != nullptr);
  auto entry = reinterpret_cast<sluice_plugin_entry_fn>(dlsym(object, "sluice_plugin_entry"));
  static sluice_exchange_api exchange{};
  exchange.size = sizeof exchange;
  exchange.slot = no_slot;
  static sluice_config_api config{};
  config.size = sizeof config;
  config.problem = problem;
  static const sluice_host host{sizeof(sluice_host), SLUICE_ABI_MAJOR, SLUICE_ABI_MINOR, "0",
                                &exchange,           &config,          no_ability};
  const sluice_plugin* plugin = entry(&host);
  REQUIRE(plugin != nullptr);
  sluice_create args{sizeof(sluice_create), &host, nullptr, 1, {"global", 6}, 1};
  CHECK(plugin->create(&args) == nullptr);
  CHECK_THAT(told, ContainsSubstring("no slot left"));
}

}  // namespace
}  // namespace sluice::test
