// The Lua side of the API and leaf.h's declarations, put into the shared object at build time (CMakeLists.txt).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sluice::lua {

struct EmbeddedFile {
  const char* module;  // for require: "sluice.request"
  const char* chunk;   // for messages: "=sluice/request.lua"
  const char* text;
  std::size_t size;
};

std::span<const EmbeddedFile> embedded_files();
std::string_view embedded_declarations();

}  // namespace sluice::lua
