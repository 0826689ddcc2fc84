#include "failure.h"

#include <array>
#include <string>

#include "hooks.h"
#include "host.h"
#include "vm.h"

namespace sluice::lua {

namespace {

struct Report {
  std::string message;  // file:line: text
  std::string trace;
};

void write(sluice_exchange* exchange, const Script& script, sluice_phase phase, const Report& report) {
  host.exchange->fail_reason(exchange, report.message.data(), report.message.size());
  if (host.log == nullptr) return;
  const char* hook = kPhases[phase].name;
  std::string text = std::string(hook) + " failed: " + report.message;
  constexpr auto kHasRecord = offsetof(sluice_log_api, record) + sizeof(host.log->record);
  if (host.log->size < kHasRecord || host.log->record == nullptr) {
    text += "\n" + script.file.path + "\n" + report.trace;
    host.log->write(SLUICE_ERROR, exchange, "lua", text.data(), text.size());
    return;
  }
  auto str = [](std::string_view bytes) {
    return sluice_str{bytes.data(), bytes.size()};
  };
  // The host adds request id, route and hook.
  const std::array names{str("script"), str("trace")};
  const std::array values{str(script.file.path), str(report.trace)};
  host.log->record(SLUICE_ERROR, exchange, "lua", text.data(), text.size(), names.data(), values.data(),
                   names.size());
}

std::string text_at(lua_State* state, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(state, index, &size);
  return text == nullptr ? std::string() : std::string(text, size);
}

// boot.lua's describe() makes the message and the trace, joined over coroutines.
Report describe(Call& call, int status) {
  Vm& vm = *call.visit->vm;
  Report report;
  // So that "not enough memory" still comes with its trace.
  std::uint64_t limit = vm.memory().limit();
  vm.memory().set_limit(vm.memory().used() + kReserve);
  // A script's __tostring may run here: under the budget, like the hook.
  vm.budget().enter(call.use->cpu_budget);
  int told = vm.protect([&](lua_State* state) {
    vm.push(Entry::describe);
    lua_pushthread(call.thread);
    lua_xmove(call.thread, state, 1);
    if (status == LUA_YIELD) {
      lua_pushliteral(state, "coroutine.yield() outside of a coroutine that the script made");
    } else {
      lua_pushvalue(call.thread, -1);
      lua_xmove(call.thread, state, 1);
    }
    lua_pushstring(state, kPhases[call.phase].name);
    lua_rawgeti(state, LUA_REGISTRYINDEX, call.use->script->hooks[call.phase].function);
    lua_call(state, 4, 2);
    report.message = text_at(state, -2);
    report.trace = text_at(state, -1);
  });
  vm.budget().leave();
  lua_settop(vm.state(), 0);
  vm.memory().set_limit(limit);
  if (told != 0)
    report.message = status == LUA_ERRMEM ? "not enough memory" : "an error that cannot be shown";
  return report;
}

}  // namespace

void report_error(Call& call, int status, bool over_budget) {
  Report report = describe(call, status);
  // A hook that raises inside an error handler ends as "error in error handling": say the cause.
  if (over_budget && report.message.find("CPU budget") == std::string::npos) {
    report.message += " (the CPU budget of this hook call is used up)";
  }
  write(call.visit->exchange, *call.use->script, call.phase, report);
}

void report_text(Call& call, const char* text) {
  write(call.visit->exchange, *call.use->script, call.phase, {text, {}});
}

void report_no_memory(sluice_exchange* exchange, const Script& script, sluice_phase phase) {
  write(exchange, script, phase, {"not enough memory in the Lua VM (memory)", {}});
}

}  // namespace sluice::lua
