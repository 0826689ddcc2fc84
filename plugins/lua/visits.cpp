// The part of Vm that keeps Visits and the objects that scripts hold of them.
#include <algorithm>

#include "api.h"
#include "host.h"
#include "vm.h"

namespace sluice::lua {

thread_local Visit* running = nullptr;

Visit* Vm::admit(sluice_exchange* exchange) {
  auto* first = static_cast<Visit*>(host.exchange->slot_get(exchange, host.slot));
  for (Visit* held = first; held != nullptr; held = held->also) {
    if (held->vm == this) return held;
  }
  if (idle_visits_.empty()) {
    auto fresh = std::make_unique<Visit>();
    fresh->vm = this;
    fresh->objects.fill(LUA_NOREF);
    Visit* visit = fresh.get();
    int status = protect([this, visit](lua_State* state) {
      push(Entry::make_handle);
      lua_pushlightuserdata(state, static_cast<sluice_lua_visit*>(visit));
      lua_call(state, 1, 1);
      visit->handle = luaL_ref(state, LUA_REGISTRYINDEX);
    });
    lua_settop(state_, 0);
    if (status != 0) return nullptr;
    visit->index = visits_.size();
    visits_.push_back(std::move(fresh));
    idle_visits_.push_back(visit);
  }
  Visit* visit = idle_visits_.back();
  idle_visits_.pop_back();
  visit->exchange = exchange;
  visit->also = first;
  visit->serial = ++last_serial_;
  host.exchange->slot_set(exchange, host.slot, visit);
  return visit;
}

// A new object of this kind, in the place of the old one, which is retired; or, when only ctx was used, a new ctx in it.
// Nothing here allocates outside of the protected call: the registry's slot is there already.
bool Vm::renew(Visit& visit, Kind kind, bool whole) {
  int slot = visit.objects[static_cast<std::size_t>(kind)];
  push(whole ? Entry::renew_object : Entry::renew_ctx);
  lua_rawgeti(state_, LUA_REGISTRYINDEX, slot);
  lua_rawgeti(state_, LUA_REGISTRYINDEX, visit.handle);
  lua_pushinteger(state_, static_cast<int>(kind));
  if (lua_pcall(state_, 3, 1, 0) != 0) {
    lua_settop(state_, 0);
    return false;
  }
  lua_rawseti(state_, LUA_REGISTRYINDEX, slot);
  visit.stale &= ~kind_bit(kind);
  if (kind == Kind::request) visit.stale &= ~kCtxBit;
  return true;
}

bool Vm::provide(Visit& visit, std::span<const Kind> kinds) {
  for (Kind kind : kinds) {
    int& object = visit.objects[static_cast<std::size_t>(kind)];
    if (object == LUA_NOREF) {
      // A placeholder that is renewed at once.
      int status = protect([&object](lua_State* state) {
        lua_newtable(state);
        object = luaL_ref(state, LUA_REGISTRYINDEX);
      });
      lua_settop(state_, 0);
      if (status != 0) return false;
    }
    bool whole = (visit.stale & kind_bit(kind)) != 0;
    bool ctx = kind == Kind::request && (visit.stale & kCtxBit) != 0;
    if ((whole || ctx) && !renew(visit, kind, whole)) return false;
  }
  return true;
}

void Vm::dismiss(Visit& visit) {
  while (visit.waiting != nullptr) {
    cancel_wait(*visit.waiting);
  }
  visit.exchange = nullptr;
  visit.also = nullptr;
  visit.serial = 0;
  // What a script may have kept must not become the next exchange's. Until it is renewed there, an old object fails the
  // comparison with `running`.
  if (visit.escaped) visit.stale = kAllKinds;
  if (visit.ctx_used) visit.stale |= kCtxBit;
  visit.escaped = visit.ctx_used = false;
  if (idle_visits_.size() < kIdleVisits || !discard(visit)) idle_visits_.push_back(&visit);
}

// Free a Visit. Objects of it that a script may hold lose their handle first: its address may become another's.
bool Vm::discard(Visit& visit) {
  for (int kind = 0; kind < kKinds; ++kind) {
    bool held = (visit.stale & kind_bit(static_cast<Kind>(kind))) != 0;
    if (held && visit.objects[static_cast<std::size_t>(kind)] != LUA_NOREF &&
        !renew(visit, static_cast<Kind>(kind), true)) {
      return false;
    }
  }
  // To a slot that exists luaL_unref only writes, so it cannot fail for want of memory.
  for (int object : visit.objects) {
    luaL_unref(state_, LUA_REGISTRYINDEX, object);
  }
  luaL_unref(state_, LUA_REGISTRYINDEX, visit.handle);
  std::size_t index = visit.index;
  std::swap(visits_[index], visits_.back());
  visits_[index]->index = index;
  visits_.pop_back();
  return true;
}

bool Vm::is_live(double serial) const {
  return std::ranges::any_of(visits_, [serial](const auto& visit) { return visit->serial == serial; });
}

}  // namespace sluice::lua
