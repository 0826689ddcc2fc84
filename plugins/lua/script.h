// A script in a VM: the hook functions of its table, and where it came from.
#pragma once

#include <sluice/hooks.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::lua {

// A folder that `require` looks into.
struct Folder {
  std::string path;   // absolute
  std::string shown;  // as written in the configuration, for messages

  bool operator==(const Folder&) const = default;
};

struct ScriptFile {
  std::string path;
  std::string shown;
  std::vector<Folder> folders;

  bool operator==(const ScriptFile&) const = default;
};

// What lint.lua found out about a hook function.
struct Hook {
  int function = -2;     // registry; LUA_NOREF: the script has none
  bool escapes = false;  // it may keep the objects it is given
  bool uses_ctx = false;
};

struct Script {
  ScriptFile file;
  std::array<Hook, SLUICE_PHASES> hooks{};

  // The hooks it has, as sluice_plugin.wants tells them.
  std::uint32_t wants() const;
};

}  // namespace sluice::lua
