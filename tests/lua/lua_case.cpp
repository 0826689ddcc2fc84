#include "lua/lua_case.h"

#include <unistd.h>

#include <atomic>
#include <fstream>

namespace sluice::test {

namespace {

constexpr std::string_view kUpstreams = R"(
[[upstream]]
name = "app"
endpoints = ["10.0.0.1:80", "10.0.0.2:80"]
[[upstream]]
name = "beta"
endpoints = ["10.0.1.1:80"]
[[route]]
name = "api"
upstream = "app"
[[plugin]]
use = "lua"
script = "script.lua"
)";

std::filesystem::path new_folder() {
  static std::atomic<int> made{0};
  auto folder = std::filesystem::temp_directory_path() /
                ("sluice-lua-" + std::to_string(getpid()) + "-" + std::to_string(made++));
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

LuaCase::LuaCase() : folder(new_folder()) { host.set_folder(folder.string()); }

LuaCase::LuaCase(std::string_view script, std::string_view settings) : LuaCase() {
  if (load(script, settings) == nullptr) throw std::runtime_error(host.problem_text());
}

LuaCase::~LuaCase() { std::filesystem::remove_all(folder); }

void LuaCase::write(const std::string& name, std::string_view text) const {
  std::filesystem::create_directories((folder / name).parent_path());
  std::ofstream(folder / name, std::ios::binary) << text;
}

FakePlugin* LuaCase::load(std::string_view script, std::string_view settings) {
  write("script.lua", script);
  return host.load("lua", std::string(kUpstreams) + std::string(settings));
}

std::string request_script(std::string_view body) {
  return "return { on_request = function(req)\n" + std::string(body) + "\nend }";
}

std::string result(std::string_view body, std::string_view target, FakeHeaders headers) {
  LuaCase lua(R"(
local function join(...)
  local all = { ... }
  for i = 1, select("#", ...) do all[i] = tostring(all[i]) end
  return table.concat(all, "|")
end
return { on_request = function(req)
  local function body() )" +
              std::string(body) + R"( end
  req:set_note("result", join(body()))
end })");
  auto ex = lua.get(target, std::move(headers));
  if (lua.run(SLUICE_ON_REQUEST, ex) == SLUICE_FAIL) return "FAIL: " + ex.fail_reason();
  return ex.note("result");
}

}  // namespace sluice::test
