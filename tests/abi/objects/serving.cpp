// Does what its requests' paths say, for tests of the whole process: /block, /timer?MILLISECONDS, /hold, /release, /log, and
// on_balance its calls with odd arguments. Everything is told in the gateway's log.
#include <sluice/exchange.h>
#include <sluice/ext/balance.h>
#include <sluice/ext/log.h>
#include <sluice/ext/timer.h>
#include <sluice/hooks.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

const sluice_host* host;
const sluice_log_api* logs;
const sluice_timer_api* timers;
const sluice_balance_api* balance;

void say(const std::string& text) { logs->write(SLUICE_INFO, nullptr, "serving", text.data(), text.size()); }

// One hold at a time; a hold waits until it is released, a release until there is one.
struct Hold {
  std::mutex lock;
  std::condition_variable changed;
  bool is_released = false;
};
Hold& hold() {
  static auto* only = new Hold;  // its thread may outlive the process's statics
  return *only;
}

struct Use {
  bool is_alive = true;
};

sluice_verdict resumed(sluice_exchange*, void*) {
  say("resumed");
  return SLUICE_CONTINUE;
}

void gone(void* user) { say(static_cast<Use*>(user)->is_alive ? "gone while alive" : "gone after destroy"); }

void wait_for_release(sluice_token* token, Use* use) {
  std::unique_lock lock(hold().lock);
  hold().changed.wait(lock, [] { return hold().is_released; });
  hold().is_released = false;
  host->exchange->resume_with(token, resumed, gone, use);
}

std::string_view text(sluice_exchange* ex, sluice_field field) {
  sluice_str out{nullptr, 0};
  host->exchange->get(ex, field, &out);
  return {out.data ? out.data : "", out.size};
}

sluice_verdict on_request(sluice_exchange* ex, void* self) {
  const auto path = text(ex, SLUICE_PATH);
  const std::string query(text(ex, SLUICE_QUERY));
  if (path == "/block") {
    say("blocking");
    for (;;)
      ::pause();
  }
  if (path == "/timer") {
    static auto fired = [](void* milliseconds) {
      say("fired " + std::to_string(reinterpret_cast<std::uintptr_t>(milliseconds)));
    };
    const auto milliseconds = std::strtoull(query.c_str(), nullptr, 10);
    timers->after(ex, milliseconds, [](void* user) { fired(user); }, reinterpret_cast<void*>(milliseconds));
  }
  if (path == "/hold") {
    std::thread(wait_for_release, host->exchange->pause(ex), static_cast<Use*>(self)).detach();
    say("holding");
    return SLUICE_PAUSE;
  }
  if (path == "/release") {
    std::lock_guard lock(hold().lock);
    hold().is_released = true;
    hold().changed.notify_all();
  }
  if (path == "/log") {
    const std::string hostile = "x\" request_id=\"forged\" \\ \x7f \xc2\x9b \xff";
    const sluice_str name{"note", 4}, value{hostile.data(), hostile.size()};
    logs->record(SLUICE_INFO, ex, "serving", hostile.data(), hostile.size(), &name, &value, 1);
  }
  return SLUICE_CONTINUE;
}

sluice_verdict on_balance(sluice_exchange* ex, void*) {
  if (text(ex, SLUICE_PATH) != "/balance") return SLUICE_CONTINUE;
  sluice_endpoint_view view{};
  view.size = offsetof(sluice_endpoint_view, in_flight);
  view.in_flight = 77;
  const auto seen = balance->view(ex, 0, &view);
  say("view " + std::to_string(seen) + " weight " + std::to_string(view.weight) + " in_flight " +
      std::to_string(view.in_flight));
  say("pick " + std::to_string(balance->pick(ex, std::size_t{1} << 32)));
  return SLUICE_CONTINUE;
}

// Never freed, so that a look at one after its end is a finding of the test and not of the sanitizer.
void* create(const sluice_create*) {
  static auto& all = *new std::vector<Use*>;
  all.push_back(new Use);
  return all.back();
}
void destroy(void* instance) {
  static_cast<Use*>(instance)->is_alive = false;
  say("destroyed");
}

}  // namespace

const sluice_plugin* sluice_plugin_entry(const sluice_host* given) {
  host = given;
  logs = static_cast<const sluice_log_api*>(host->ability(host, SLUICE_LOG));
  timers = static_cast<const sluice_timer_api*>(host->ability(host, SLUICE_TIMER));
  balance = static_cast<const sluice_balance_api*>(host->ability(host, SLUICE_BALANCE));
  static sluice_hooks hooks{};
  hooks.size = sizeof hooks;
  hooks.on_request = on_request;
  hooks.on_balance = on_balance;
  static sluice_plugin plugin{};
  plugin.size = sizeof plugin;
  plugin.abi_major = SLUICE_ABI_MAJOR;
  plugin.name = "serving";
  plugin.create = create;
  plugin.destroy = destroy;
  plugin.hooks = &hooks;
  return &plugin;
}
