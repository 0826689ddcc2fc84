// Loading a script into a VM: boot.lua's load() compiles, checks and runs it; here its hooks are taken over.
#include "script.h"

#include <algorithm>

#include "sources.h"
#include "vm.h"

namespace sluice::lua {

namespace {

// How long a script's top level may compute. It runs on the configuration thread, where it holds up nobody's request.
constexpr std::chrono::milliseconds kLoadBudget{2000};

void push_text(lua_State* state, const std::string& text) {
  lua_pushlstring(state, text.data(), text.size());
}

// { {path, shown}, ... }
void push_folders(lua_State* state, const std::vector<Folder>& folders) {
  lua_createtable(state, static_cast<int>(folders.size()), 0);
  for (std::size_t i = 0; i < folders.size(); ++i) {
    lua_createtable(state, 2, 0);
    push_text(state, folders[i].path);
    lua_rawseti(state, -2, 1);
    push_text(state, folders[i].shown);
    lua_rawseti(state, -2, 2);
    lua_rawseti(state, -2, static_cast<int>(i + 1));
  }
}

bool field(lua_State* state, const char* name) {
  lua_getfield(state, -1, name);
  bool set = lua_toboolean(state, -1) != 0;
  lua_pop(state, 1);
  return set;
}

// On top: { on_x = {run = function, escapes = boolean, ctx = boolean}, ... }
void take_hooks(lua_State* state, Script& script) {
  for (std::size_t phase = 0; phase < kPhases.size(); ++phase) {
    lua_getfield(state, -1, kPhases[phase].name);
    Hook& hook = script.hooks[phase];
    if (!lua_isnil(state, -1)) {
      hook.escapes = field(state, "escapes");
      hook.uses_ctx = field(state, "ctx");
      lua_getfield(state, -1, "run");
      hook.function = luaL_ref(state, LUA_REGISTRYINDEX);
    }
    lua_pop(state, 1);
  }
}

}  // namespace

std::uint32_t Script::wants() const {
  std::uint32_t bits = 0;
  for (std::size_t phase = 0; phase < hooks.size(); ++phase) {
    if (hooks[phase].function != LUA_NOREF) bits |= 1U << phase;
  }
  return bits;
}

std::expected<const Script*, std::string> Vm::load(const ScriptFile& file) {
  auto same = std::ranges::find_if(scripts_, [&file](const auto& script) { return script->file == file; });
  if (same != scripts_.end()) return same->get();
  const Sources::Text& source = sources_->read(file.path);
  if (!source.error.empty()) return std::unexpected(file.shown + ": " + source.error);
  auto script = std::make_unique<Script>();
  script->file = file;
  std::string error;
  budget_.enter(kLoadBudget);
  int status = protect([&](lua_State* state) {
    push(Entry::load);
    push_text(state, source.bytes);
    push_text(state, file.shown);
    push_folders(state, file.folders);
    lua_call(state, 3, 2);
    if (lua_isnil(state, -2)) {
      std::size_t size = 0;
      const char* text = lua_tolstring(state, -1, &size);
      error.assign(text == nullptr ? "unknown error" : text, text == nullptr ? 13 : size);
      return;
    }
    lua_pop(state, 1);
    take_hooks(state, *script);
  });
  bool over_budget = budget_.leave();
  if (status != 0) {
    const char* text = lua_tostring(state_, -1);
    error = file.shown + ": " + (text == nullptr ? "unknown error" : text);
  }
  if (over_budget && error.find("CPU budget") == std::string::npos)
    error += " (loading took more than 2s of CPU)";
  lua_settop(state_, 0);
  if (!error.empty()) return std::unexpected(error);
  scripts_.push_back(std::move(script));
  return scripts_.back().get();
}

}  // namespace sluice::lua
