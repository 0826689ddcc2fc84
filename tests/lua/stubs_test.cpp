// The type stubs and the reference say what the API has, no more and no less.
#include <catch2/catch_test_macros.hpp>

#include <lua.hpp>
#include <memory>
#include <string>

namespace sluice::test {
namespace {

TEST_CASE("every function of the API has its stub and reference, and the other way round") {
  std::unique_ptr<lua_State, decltype(&lua_close)> state(luaL_newstate(), lua_close);
  luaL_openlibs(state.get());
  REQUIRE(luaL_loadfile(state.get(), SLUICE_SOURCE_DIR "/tests/lua/stubs_check.lua") == 0);
  lua_pushliteral(state.get(), SLUICE_SOURCE_DIR);
  int status = lua_pcall(state.get(), 1, 1, 0);
  std::string differences = lua_tostring(state.get(), -1);
  CHECK(status == 0);
  CHECK(differences == "");
}

}  // namespace
}  // namespace sluice::test
