// The four functions as Lua calls them: arguments, results and the order of their checks are those of Lua 5.1.
#include "pattern.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "matcher.h"

namespace sluice::lua {

namespace {

using Stop = const volatile std::sig_atomic_t;

// The flag, which is each function's first upvalue.
Stop* stop_of(lua_State* state) { return static_cast<Stop*>(lua_touserdata(state, lua_upvalueindex(1))); }

std::string_view text(lua_State* state, int argument) {
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(state, argument, &size);
  return {bytes, size};
}

bool is_plain(std::string_view pattern) {
  return pattern.find_first_of("^$*+?.([%-") == std::string_view::npos;
}

// glibc's memmem is linear, however both texts look.
int find_plain(lua_State* state, std::string_view subject, std::size_t from, std::string_view wanted) {
  const void* found = memmem(subject.data() + from, subject.size() - from, wanted.data(), wanted.size());
  if (found == nullptr) return 0;
  auto at = static_cast<const char*>(found) - subject.data();
  lua_pushinteger(state, at + 1);
  lua_pushinteger(state, at + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

int search(lua_State* state, bool find) {
  std::string_view subject = text(state, 1);
  std::string_view pattern = text(state, 2);
  auto size = static_cast<lua_Integer>(subject.size());
  lua_Integer from = luaL_optint(state, 3, 1);
  from = std::clamp<lua_Integer>(from < 0 ? from + size : from - 1, 0, size);
  if (find && (lua_toboolean(state, 4) != 0 || is_plain(pattern))) {
    int found = find_plain(state, subject, static_cast<std::size_t>(from), pattern);
    if (found != 0) return found;
    lua_pushnil(state);
    return 1;
  }
  bool anchored = pattern.starts_with('^');
  const char* items = pattern.data() + (anchored ? 1 : 0);
  Matcher matcher(state, subject, stop_of(state));
  const char* at = matcher.begin() + from;
  const char* to = nullptr;
  if (anchored) {
    to = matcher.match_at(at, items);
  } else {
    at = matcher.find(at, items, to);
  }
  if (to == nullptr) {
    lua_pushnil(state);
    return 1;
  }
  if (!find) return matcher.push_captures(at, to);
  lua_pushinteger(state, at - matcher.begin() + 1);
  lua_pushinteger(state, to - matcher.begin());
  return matcher.push_captures(nullptr, nullptr) + 2;
}

int find(lua_State* state) { return search(state, true); }

int match(lua_State* state) { return search(state, false); }

// The iterator: upvalues are the flag, the subject, the pattern, and how many bytes are done.
int next_match(lua_State* state) {
  std::size_t size = 0;
  const char* bytes = lua_tolstring(state, lua_upvalueindex(2), &size);
  const char* pattern = lua_tostring(state, lua_upvalueindex(3));
  Matcher matcher(state, {bytes, size}, stop_of(state));
  const char* to = nullptr;
  const char* at = matcher.find(bytes + lua_tointeger(state, lua_upvalueindex(4)), pattern, to);
  if (at == nullptr) return 0;
  // An empty match is not found twice.
  lua_pushinteger(state, to - bytes + (to == at ? 1 : 0));
  lua_replace(state, lua_upvalueindex(4));
  return matcher.push_captures(at, to);
}

// The same without a closure: subject, pattern, bytes done -> bytes done now and the captures; nothing at the end.
int next_of(lua_State* state) {
  std::string_view subject = text(state, 1);
  const char* pattern = luaL_checkstring(state, 2);
  auto size = static_cast<lua_Integer>(subject.size());
  lua_Integer done = luaL_checkinteger(state, 3);
  Matcher matcher(state, subject, stop_of(state));
  if (done < 0 || done > size) return 0;
  const char* to = nullptr;
  const char* at = matcher.find(matcher.begin() + done, pattern, to);
  if (at == nullptr) return 0;
  lua_pushinteger(state, to - matcher.begin() + (to == at ? 1 : 0));
  return matcher.push_captures(at, to) + 1;
}

int gmatch(lua_State* state) {
  luaL_checkstring(state, 1);
  luaL_checkstring(state, 2);
  lua_settop(state, 2);
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_pushinteger(state, 0);
  lua_pushcclosure(state, next_match, 4);
  return 1;
}

// A replacement text: %0 to %9 are captures, % before anything else gives that.
void add_text(luaL_Buffer& out, Matcher& matcher, std::string_view replacement, const char* from,
              const char* to) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    char c = replacement[i];
    if (c != '%') {
      luaL_addchar(&out, c);
      continue;
    }
    // The NUL behind the text, where it ends with a '%'.
    c = replacement.data()[++i];
    if (c < '0' || c > '9') {
      luaL_addchar(&out, c);
    } else if (c == '0') {
      luaL_addlstring(&out, from, static_cast<std::size_t>(to - from));
    } else {
      matcher.push_capture(c - '1', from, to);
      luaL_addvalue(&out);
    }
  }
}

// What replaces the match from..to, by the text, table or function in argument 3.
void add_replacement(lua_State* state, luaL_Buffer& out, Matcher& matcher, const char* from, const char* to) {
  int kind = lua_type(state, 3);
  if (kind == LUA_TSTRING || kind == LUA_TNUMBER) {
    std::size_t size = 0;
    const char* bytes = lua_tolstring(state, 3, &size);
    return add_text(out, matcher, {bytes, size}, from, to);
  }
  if (kind == LUA_TTABLE) {
    matcher.push_capture(0, from, to);
    lua_gettable(state, 3);
  } else {
    lua_pushvalue(state, 3);
    int captures = matcher.push_captures(from, to);
    lua_call(state, captures, 1);
  }
  if (lua_toboolean(state, -1) == 0) {
    lua_pop(state, 1);
    lua_pushlstring(state, from, static_cast<std::size_t>(to - from));
  } else if (lua_isstring(state, -1) == 0) {
    luaL_error(state, "invalid replacement value (a %s)", luaL_typename(state, -1));
  }
  luaL_addvalue(&out);
}

int gsub(lua_State* state) {
  std::string_view subject = text(state, 1);
  const char* pattern = luaL_checkstring(state, 2);
  int kind = lua_type(state, 3);
  int most = luaL_optint(state, 4, static_cast<int>(subject.size() + 1));
  if (kind != LUA_TNUMBER && kind != LUA_TSTRING && kind != LUA_TFUNCTION && kind != LUA_TTABLE) {
    return luaL_argerror(state, 3, "string/function/table expected");
  }
  bool anchored = *pattern == '^';
  if (anchored) ++pattern;
  Matcher matcher(state, subject, stop_of(state));
  luaL_Buffer out;
  luaL_buffinit(state, &out);
  const char* at = matcher.begin();
  int done = 0;
  while (done < most) {
    const char* to = matcher.match_at(at, pattern);
    if (to != nullptr) {
      ++done;
      add_replacement(state, out, matcher, at, to);
    }
    if (to != nullptr && to > at) {
      at = to;
    } else if (at < matcher.end()) {
      luaL_addchar(&out, *at++);
    } else {
      break;
    }
    if (anchored) break;
  }
  luaL_addlstring(&out, at, static_cast<std::size_t>(matcher.end() - at));
  luaL_pushresult(&out);
  lua_pushinteger(state, done);
  return 2;
}

}  // namespace

void push_patterns(lua_State* state, Stop* stop) {
  constexpr luaL_Reg kFunctions[] = {
      {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {"next", next_of}};
  for (const luaL_Reg& function : kFunctions) {
    lua_pushlightuserdata(state, const_cast<std::sig_atomic_t*>(stop));
    lua_pushcclosure(state, function.func, 1);
    lua_setfield(state, -2, function.name);
  }
}

}  // namespace sluice::lua
