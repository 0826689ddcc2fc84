// A plugin that breaks one rule of the ABI, which its key `fault` names; without one it keeps them all, and waits.
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <sluice/ext/timer.h>
#include <sluice/hooks.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

const sluice_host* host;
const sluice_exchange_api* api;
const sluice_timer_api* timer;
std::int32_t slot = -1;
std::atomic<int> seen = 0;

struct Instance {
  std::string fault;
  sluice_exchange* last = nullptr;
};

// What an exchange keeps in its slot: the wait that may be under way.
struct Visit {
  sluice_token* token = nullptr;
  sluice_timer* timer = nullptr;
};

void free_visit(void* value) {
  auto* visit = static_cast<Visit*>(value);
  if (visit->timer != nullptr) {
    timer->cancel(visit->timer);
    api->drop(visit->token);
  }
  delete visit;
}

void fire(void* value) {
  auto* visit = static_cast<Visit*>(value);
  visit->timer = nullptr;
  api->resume(std::exchange(visit->token, nullptr), SLUICE_CONTINUE);
}

// A wait as it should be: its timer goes with the exchange.
sluice_verdict wait_well(sluice_exchange* ex) {
  auto* visit = static_cast<Visit*>(api->slot_get(ex, slot));
  if (visit == nullptr) {
    visit = new Visit;
    api->slot_set(ex, slot, visit);
  }
  visit->token = api->pause(ex);
  visit->timer = timer->after(ex, 50, fire, visit);
  return SLUICE_PAUSE;
}

std::string_view header(sluice_exchange* ex, std::string_view name) {
  sluice_str value{};
  api->header_get(ex, SLUICE_REQUEST_HEADERS, name.data(), name.size(), 0, &value);
  return {value.data != nullptr ? value.data : "", value.size};
}

[[gnu::noinline]] int copy_to_buffer(std::string_view value) {
  char buffer[1024];
  std::memcpy(buffer, value.data(), value.size());
  return buffer[seen.load() & 1023];
}

// Looks again and again for what never comes.
void poll(void* ex) { timer->after(static_cast<sluice_exchange*>(ex), 10, poll, ex); }

struct Holder {
  sluice_exchange* ex;
};

sluice_verdict on_request(sluice_exchange* ex, void* self) {
  auto& use = *static_cast<Instance*>(self);
  const auto& fault = use.fault;
  if (fault == "double_resume") {
    auto* token = api->pause(ex);
    api->resume(token, SLUICE_CONTINUE);
    api->resume(token, SLUICE_CONTINUE);
    return SLUICE_PAUSE;
  }
  if (fault == "lost_token") {
    api->pause(ex);
    return SLUICE_PAUSE;
  }
  if (fault == "polls") {
    api->pause(ex);
    poll(ex);
    return SLUICE_PAUSE;
  }
  if (fault == "no_token") return SLUICE_PAUSE;
  if (fault == "no_pause") {
    api->resume(api->pause(ex), SLUICE_CONTINUE);
    return SLUICE_CONTINUE;
  }
  if (fault == "throws") throw std::runtime_error("thrown on purpose");
  if (fault == "no_verdict") return static_cast<sluice_verdict>(17);
  if (fault == "exits") std::exit(0);
  if (fault == "hangs")
    for (;;)
      seen.fetch_add(1);
  if (fault == "other_thread")
    std::thread([ex] {
      sluice_str out{};
      api->get(ex, SLUICE_PATH, &out);
    }).join();
  if (fault == "late_slot") api->slot(host, "misbehave/late", nullptr);
  if (fault == "wrong_slot") api->slot_set(ex, 63, &use);
  if (fault == "no_reason") return SLUICE_FAIL;
  if (fault == "buffer") seen += copy_to_buffer(header(ex, "X-Long"));
  if (fault == "timer_left") timer->after(ex, 1000, [](void*) { ++seen; }, nullptr);
  if (fault == "stale_exchange") {
    auto* holder = new Holder{ex};
    timer->after(
        ex, 1000,
        [](void* user) {
          auto* held = static_cast<Holder*>(user);
          sluice_str out{};
          api->get(held->ex, SLUICE_PATH, &out);
          delete held;
        },
        holder);
  }
  if (fault == "state_in_self") use.last = ex;
  if (fault == "no_cancel") {
    // The timer comes when the exchange may be over, and the wait with it; the token is given back all the same.
    timer->after(
        ex, 50, [](void* token) { api->resume(static_cast<sluice_token*>(token), SLUICE_CONTINUE); },
        api->pause(ex));
    return SLUICE_PAUSE;
  }
  if (fault == "resume_uses_exchange") {
    struct Wait {
      sluice_exchange* ex;
      sluice_token* token;
    };
    auto* wait = new Wait{ex, api->pause(ex)};
    timer->after(
        ex, 50,
        [](void* user) {
          auto* done = static_cast<Wait*>(user);
          api->resume(done->token, SLUICE_CONTINUE);
          api->note(done->ex, "late", 4, "x", 1);
          delete done;
        },
        wait);
    return SLUICE_PAUSE;
  }
  return fault.empty() ? wait_well(ex) : SLUICE_CONTINUE;
}

sluice_verdict on_request_body(sluice_exchange*, void* self, const sluice_chunk* chunk) {
  if (static_cast<Instance*>(self)->fault == "empty_piece") seen = static_cast<int>(1000 / chunk->length);
  return SLUICE_CONTINUE;
}

sluice_verdict on_response(sluice_exchange* ex, void* self) {
  auto& use = *static_cast<Instance*>(self);
  if (use.fault == "state_in_self") {
    sluice_str out{};
    api->get(use.last, SLUICE_PATH, &out);
  }
  return use.fault.empty() ? wait_well(ex) : SLUICE_CONTINUE;
}

sluice_verdict on_log(sluice_exchange* ex, void* self) {
  const auto& fault = static_cast<Instance*>(self)->fault;
  // Only a client that left before there was an answer makes it 499.
  if (fault == "crash_after_abort" && api->number(ex, SLUICE_STATUS) == 499) std::abort();
  if (fault == "responds_in_log") return SLUICE_RESPOND;
  return SLUICE_CONTINUE;
}

void* create(const sluice_create* args) {
  auto* use = new Instance;
  sluice_str text{};
  host->config->as_str(host->config->get(args->config, "fault", 5), &text);
  use->fault.assign(text.data != nullptr ? text.data : "", text.size);
  bool is_silent = false;
  host->config->as_bool(host->config->get(args->config, "silent", 6), &is_silent);
  // Too much for a name, which is refused without a word or with one.
  if (use->fault.size() > 100 && use->fault.size() < 100'000) {
    const std::string why = "is longer than 100 bytes; name a fault";
    if (!is_silent) host->config->problem(args->config, why.data(), why.size());
    delete use;
    return nullptr;
  }
  return use;
}

void destroy(void* instance) { delete static_cast<Instance*>(instance); }

void* create_worker(void* instance, std::uint32_t) { return instance; }
void destroy_worker(void*, void*) {}

constexpr sluice_key kKeys[] = {
    {"fault", SLUICE_KEY_STRING, "", "The rule to break.", nullptr, 0},
    {"silent", SLUICE_KEY_BOOL, "false", "Refuse without saying why.", nullptr, 0},
};

}  // namespace

const sluice_plugin* sluice_plugin_entry(const sluice_host* given) {
  host = given;
  api = given->exchange;
  timer = static_cast<const sluice_timer_api*>(given->ability(given, SLUICE_TIMER));
  slot = api->slot(given, "misbehave/visit", free_visit);
  static sluice_hooks hooks{};
  hooks.size = sizeof hooks;
  hooks.on_request = on_request;
  hooks.on_request_body = on_request_body;
  hooks.on_response = on_response;
  hooks.on_log = on_log;
  static sluice_plugin plugin{};
  plugin.size = sizeof plugin;
  plugin.abi_major = SLUICE_ABI_MAJOR;
  plugin.abi_minor = SLUICE_ABI_MINOR;
  plugin.name = "misbehave";
  plugin.version = "1";
  plugin.summary = "Breaks one rule of the ABI.";
  plugin.keys = kKeys;
  plugin.key_count = sizeof kKeys / sizeof *kKeys;
  plugin.create = create;
  plugin.destroy = destroy;
#ifdef SHARED_WORKER_STATE
  plugin.create_worker = create_worker;
  plugin.destroy_worker = destroy_worker;
#else
  static_cast<void>(create_worker);
  static_cast<void>(destroy_worker);
#endif
  plugin.hooks = &hooks;
  return &plugin;
}
