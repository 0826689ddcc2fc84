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
    fresh->index = visits_.size();
    idle_visits_.push_back(fresh.get());
    visits_.push_back(std::move(fresh));
  }
  Visit* visit = idle_visits_.back();
  idle_visits_.pop_back();
  visit->exchange = exchange;
  visit->also = first;
  visit->serial = ++last_serial_;
  host.exchange->slot_set(exchange, host.slot, visit);
  return visit;
}

// A slot of the registry, so that nothing allocates when it is filled later.
bool Vm::reserve(int& slot) {
  int status = protect([&slot](lua_State* state) {
    lua_newtable(state);
    slot = luaL_ref(state, LUA_REGISTRYINDEX);
  });
  lua_settop(state_, 0);
  return status == 0;
}

// A new handle: whatever a script kept of the exchanges before has another token and raises. Tokens are numbers in a
// pointer's clothes, of which a VM never sees the end.
bool Vm::renew_handle(Visit& visit) {
  auto* token = reinterpret_cast<sluice_lua_visit*>(last_token_ + 1);
  if (visit.handle == LUA_NOREF && !reserve(visit.handle)) return false;
  push(Entry::make_handle);
  lua_pushlightuserdata(state_, token);
  if (lua_pcall(state_, 1, 1, 0) != 0) {
    lua_settop(state_, 0);
    return false;
  }
  lua_rawseti(state_, LUA_REGISTRYINDEX, visit.handle);
  visit.token = token;
  ++last_token_;
  visit.stale &= ~kHandleBit;
  return true;
}

// A new object of this kind, in the place of the old one; or, when only ctx was used, a new ctx in it.
// Nothing here allocates outside of the protected call: the registry's slot is there already.
bool Vm::renew(Visit& visit, Kind kind, bool whole) {
  int slot = visit.objects[static_cast<std::size_t>(kind)];
  push(whole ? Entry::make_object : Entry::renew_ctx);
  lua_rawgeti(state_, LUA_REGISTRYINDEX, whole ? visit.handle : slot);
  lua_pushinteger(state_, static_cast<int>(kind));
  if (lua_pcall(state_, 2, 1, 0) != 0) {
    lua_settop(state_, 0);
    return false;
  }
  lua_rawseti(state_, LUA_REGISTRYINDEX, slot);
  visit.stale &= ~kind_bit(kind);
  if (kind == Kind::request) visit.stale &= ~kCtxBit;
  return true;
}

bool Vm::provide(Visit& visit, std::span<const Kind> kinds) {
  if ((visit.stale & kHandleBit) != 0 && !renew_handle(visit)) return false;
  for (Kind kind : kinds) {
    int& object = visit.objects[static_cast<std::size_t>(kind)];
    if (object == LUA_NOREF && !reserve(object)) return false;
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
  // What a script may have kept must not become the next exchange's.
  if (visit.escaped) visit.stale = kAllKinds | kHandleBit;
  if (visit.ctx_used) visit.stale |= kCtxBit;
  visit.escaped = visit.ctx_used = false;
  if (idle_visits_.size() < kIdleVisits) {
    idle_visits_.push_back(&visit);
  } else {
    discard(visit);
  }
}

// Free a Visit. To a slot that exists luaL_unref only writes, so it cannot fail for want of memory.
void Vm::discard(Visit& visit) {
  for (int object : visit.objects) {
    luaL_unref(state_, LUA_REGISTRYINDEX, object);
  }
  luaL_unref(state_, LUA_REGISTRYINDEX, visit.handle);
  std::size_t index = visit.index;
  std::swap(visits_[index], visits_.back());
  visits_[index]->index = index;
  visits_.pop_back();
}

bool Vm::is_live(double serial) const {
  return std::ranges::any_of(visits_, [serial](const auto& visit) { return visit->serial == serial; });
}

}  // namespace sluice::lua
