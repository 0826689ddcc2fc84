// The table of leaf.h's functions, in two files by subject.
#pragma once

#include <string_view>

#include "leaf.h"
#include "vm.h"

namespace sluice::lua {

// What a leaf function answers when the object is not of the running hook's exchange.
inline constexpr int kElsewhere = -7;

const sluice_lua_leaf& leaf_calls();
// leaf.h as ffi.cdef takes it.
std::string_view leaf_declarations();

// ---- for the leaf functions ----

// The Visit behind a handle, null unless its hook runs on this thread. Compares, never follows.
inline Visit* here(sluice_lua_visit* handle) {
  return running != nullptr && running->token == handle ? running : nullptr;
}

inline int code(sluice_status status) { return -static_cast<int>(status); }

// A text for Lua: its length, with the bytes where leaf.h says.
inline int give(Visit& visit, const char* data, std::size_t size) {
  sluice_lua_out& out = visit.vm->out();
  out.data = data;
  out.size = size;
  if (size <= sizeof(out.copy)) __builtin_memcpy(out.copy, data, size);
  return static_cast<int>(size);
}
inline int give(Visit& visit, sluice_status status, const sluice_str& text) {
  if (status != SLUICE_OK || text.data == nullptr)
    return code(status == SLUICE_OK ? SLUICE_NOT_FOUND : status);
  return give(visit, text.data, text.size);
}

// leaf_message.cpp
void add_message_calls(sluice_lua_leaf& leaf);
// leaf_hook.cpp
void add_hook_calls(sluice_lua_leaf& leaf);

}  // namespace sluice::lua
