#include "vm.h"

#include <algorithm>
#include <random>
#include <string>

#include "api.h"
#include "embedded.h"
#include "leaf_calls.h"
#include "pattern.h"

namespace sluice::lua {

namespace {

int run_work(lua_State* state) {
  (*static_cast<const std::function<void(lua_State*)>*>(lua_touserdata(state, 1)))(state);
  return 0;
}

// package.preload of the internal modules: compiled when first required by another one.
int load_embedded(lua_State* state) {
  const auto& file = *static_cast<const EmbeddedFile*>(lua_touserdata(state, lua_upvalueindex(1)));
  if (luaL_loadbuffer(state, file.text, file.size, file.chunk) != 0) return lua_error(state);
  lua_call(state, 0, 1);
  return 1;
}

void preload(lua_State* state) {
  lua_getglobal(state, "package");
  lua_getfield(state, -1, "preload");
  for (const EmbeddedFile& file : embedded_files()) {
    lua_pushlightuserdata(state, const_cast<EmbeddedFile*>(&file));
    lua_pushcclosure(state, load_embedded, 1);
    lua_setfield(state, -2, file.module);
  }
  lua_pop(state, 2);
}

}  // namespace

std::expected<std::shared_ptr<Vm>, std::string> Vm::open(const Limits& limits,
                                                         std::shared_ptr<Sources> sources) {
  std::shared_ptr<Vm> vm(new Vm(limits, std::move(sources)));
  vm->state_ = lua_newstate(Memory::allocate, &vm->memory_);
  if (vm->state_ == nullptr) return std::unexpected("no memory for a Lua VM; raise `memory`");
  lua_setexdata(vm->state_, vm.get());
  std::string error;
  if (!vm->boot(error)) return std::unexpected("the Lua API does not load: " + error);
  if (!limits.jit) luaJIT_setmode(vm->state_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  vm->budget_.watch(vm->state_);
  return vm;
}

bool Vm::boot(std::string& error) {
  int status = protect([this](lua_State* state) {
    luaL_openlibs(state);
    preload(state);
    // What boot.lua is given: the leaf functions, their declarations, and the C functions of the API.
    lua_newtable(state);
    lua_pushlightuserdata(state, const_cast<sluice_lua_leaf*>(&leaf_calls()));
    lua_setfield(state, -2, "leaf");
    lua_pushlightuserdata(state, &out_);
    lua_setfield(state, -2, "out");
    std::string_view declarations = leaf_declarations();
    lua_pushlstring(state, declarations.data(), declarations.size());
    lua_setfield(state, -2, "declarations");
    lua_pushinteger(state, static_cast<lua_Integer>(std::random_device()()));
    lua_setfield(state, -2, "seed");
    push_api(state);
    lua_newtable(state);
    push_patterns(state, &budget_.over());
    lua_setfield(state, -2, "patterns");
    lua_getglobal(state, "package");
    lua_getfield(state, -1, "loaded");
    lua_pushvalue(state, -3);
    lua_setfield(state, -2, "sluice.given");
    lua_settop(state, 0);
    lua_getglobal(state, "require");
    lua_pushliteral(state, "sluice.boot");
    lua_call(state, 1, 1);
    for (int entry = 1; entry <= kEntries; ++entry) {
      lua_rawgeti(state, -1, entry);
      entries_[static_cast<std::size_t>(entry)] = luaL_ref(state, LUA_REGISTRYINDEX);
    }
  });
  if (status == 0) return true;
  const char* text = lua_tostring(state_, -1);
  error = text == nullptr ? "unknown" : text;
  return false;
}

Vm::~Vm() {
  if (state_ != nullptr) lua_close(state_);
}

Vm& Vm::of(lua_State* state) { return *static_cast<Vm*>(lua_getexdata(state)); }

void Vm::join(const Limits& limits) {
  memory_.set_limit(std::max(memory_.limit(), limits.memory));
  if (!limits.jit) luaJIT_setmode(state_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
}

int Vm::protect(const std::function<void(lua_State*)>& work) {
  return lua_cpcall(state_, run_work, const_cast<std::function<void(lua_State*)>*>(&work));
}

void Vm::push(Entry entry) {
  lua_rawgeti(state_, LUA_REGISTRYINDEX, entries_[static_cast<std::size_t>(entry)]);
}

void Vm::relieve() {
  // A collection itself needs a little memory, and telling the failure may have used some beyond the limit.
  std::uint64_t limit = memory_.limit();
  memory_.set_limit(memory_.used() + kReserve);
  protect([](lua_State* state) { lua_gc(state, LUA_GCCOLLECT, 0); });
  lua_settop(state_, 0);
  memory_.set_limit(limit);
}

Call* Vm::begin(Visit& visit, const WorkerUse& use, sluice_phase phase) {
  if (idle_calls_ == nullptr) {
    auto fresh = std::make_unique<Call>();
    Call* made = fresh.get();
    int status = protect([made](lua_State* state) {
      made->thread = lua_newthread(state);
      made->thread_ref = luaL_ref(state, LUA_REGISTRYINDEX);
    });
    lua_settop(state_, 0);
    if (status != 0) return nullptr;
    keep(std::move(fresh));
  }
  return &take_idle(visit, use, phase);
}

void Vm::keep(std::unique_ptr<Call> fresh) {
  Call* made = fresh.get();
  made->index = calls_.size();
  calls_.push_back(std::move(fresh));
  idle_calls_ = made;
  ++idle_call_count_;
}

Call& Vm::take_idle(Visit& visit, const WorkerUse& use, sluice_phase phase) {
  Call* begun = idle_calls_;
  idle_calls_ = begun->next;
  --idle_call_count_;
  begun->next = nullptr;
  begun->visit = &visit;
  begun->use = &use;
  begun->phase = phase;
  begun->answered = false;
  return *begun;
}

Call& Vm::begin_task(lua_State* state, Call& parent) {
  if (idle_calls_ == nullptr) {
    lua_State* thread = lua_newthread(state);
    int reference = luaL_ref(state, LUA_REGISTRYINDEX);
    auto fresh = std::make_unique<Call>();
    fresh->thread = thread;
    fresh->thread_ref = reference;
    keep(std::move(fresh));
  }
  Call& task = take_idle(*parent.visit, *parent.use, parent.phase);
  task.piece = parent.piece;
  task.parent = &parent;
  task.sibling = parent.tasks;
  parent.tasks = &task;
  ++parent.root().task_count;
  return task;
}

void Vm::take_task(Call& task) {
  Call** link = &task.parent->tasks;
  while (*link != &task)
    link = &(*link)->sibling;
  *link = task.sibling;
  --task.root().task_count;
  task.parent = task.sibling = nullptr;
}

void Vm::drop_tasks(Call& of) {
  while (of.tasks != nullptr) {
    Call& task = *of.tasks;
    take_task(task);
    end(task, true);
  }
}

void Vm::end(Call& ended, bool spent) {
  drop_tasks(ended);
  ended.op.reset();
  ended.visit = nullptr;
  ended.wait = Wait::none;
  ended.token = nullptr;
  ended.awaits_task = ended.doomed = false;
  if (!spent && idle_call_count_ < kIdleCalls) {
    lua_settop(ended.thread, 0);
    ended.next = idle_calls_;
    idle_calls_ = &ended;
    ++idle_call_count_;
    return;
  }
  // To a slot that exists luaL_unref only writes, so it cannot fail for want of memory.
  luaL_unref(state_, LUA_REGISTRYINDEX, ended.thread_ref);
  std::size_t index = ended.index;
  std::swap(calls_[index], calls_.back());
  calls_[index]->index = index;
  calls_.pop_back();
}

}  // namespace sluice::lua
