// What a Lua hook costs: CPU time from the host's call of the hook to its verdict, without any server around it.
//
//   lua_cost [round trips]     one line per script, nanoseconds per exchange (best of five rounds)
//
// The host is the least that the plugin needs: an exchange of five headers whose functions do no more than their contract
// asks for, so that nearly all that is counted is the plugin's and Lua's.
#include <dlfcn.h>
#include <sluice/abi.h>
#include <sluice/config.h>
#include <sluice/exchange.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>

struct sluice_exchange {
  std::array<std::array<std::string_view, 2>, 5> headers;
  std::string_view upstream;
  void* slot = nullptr;
};

namespace {

// ---- the exchange ----

sluice_status get(sluice_exchange*, sluice_field, sluice_str* out) {
  *out = {"/index.html", 11};
  return SLUICE_OK;
}

sluice_status set(sluice_exchange* ex, sluice_field, const char* data, std::size_t size) {
  static const std::string_view upstreams[] = {"app", "beta"};
  for (std::string_view upstream : upstreams) {
    if (upstream != std::string_view(data, size)) continue;
    ex->upstream = upstream;
    return SLUICE_OK;
  }
  return SLUICE_NOT_FOUND;
}

sluice_status header_get(sluice_exchange* ex, sluice_map, const char* name, std::size_t size, std::size_t,
                         sluice_str* value) {
  for (const auto& [key, text] : ex->headers) {
    if (key.size() != size || strncasecmp(key.data(), name, size) != 0) continue;
    *value = {text.data(), text.size()};
    return SLUICE_OK;
  }
  return SLUICE_NOT_FOUND;
}

sluice_status header_set(sluice_exchange*, sluice_map, const char*, std::size_t, const char*, std::size_t) {
  return SLUICE_OK;
}

sluice_status fail_reason(sluice_exchange*, const char* text, std::size_t size) {
  std::fprintf(stderr, "failed: %.*s\n", static_cast<int>(size), text);
  std::exit(1);
}

sluice_slot_free_fn slot_free;
std::int32_t slot(const sluice_host*, const char*, sluice_slot_free_fn free_value) {
  slot_free = free_value;
  return 0;
}
void slot_set(sluice_exchange* ex, std::int32_t, void* value) { ex->slot = value; }
void* slot_get(sluice_exchange* ex, std::int32_t) { return ex->slot; }

// ---- the configuration: a node is the text of its key ----

std::string script_path;
const char* jit_text = "true";

const sluice_config* node(const void* text) { return static_cast<const sluice_config*>(text); }

const sluice_config* config_get(const sluice_config*, const char* key, std::size_t size) {
  if (std::string_view(key, size) == "script") return node("script");
  if (std::string_view(key, size) == "jit") return node("jit");
  return nullptr;
}
bool as_bool(const sluice_config*, bool* out) {
  *out = std::string_view(jit_text) == "true";
  return true;
}
bool as_str(const sluice_config*, sluice_str* out) {
  *out = {script_path.data(), script_path.size()};
  return true;
}
void path(const sluice_config*, sluice_str* out) { *out = {script_path.data(), script_path.size()}; }
void problem(const sluice_config*, const char* text, std::size_t size) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(size), text);
  std::exit(1);
}

const void* ability(const sluice_host*, const char*) { return nullptr; }

// ---- measuring ----

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Subject {
  const char* name;
  const char* script;
  bool on_response = false;
};

constexpr Subject kSubjects[] = {
    {"an empty on_route", "return { on_route = function(req) end }"},
    {"read one header, choose an upstream",
     R"lua(return { on_route = function(req)
          if req:header("x-canary") == "1" then req:set_upstream("beta") end
        end })lua"},
    {"the same, req handed to a function of the script",
     R"lua(local function canary(req) return req:header("x-canary") == "1" end
        return { on_route = function(req) if canary(req) then req:set_upstream("beta") end end })lua"},
    {"read one header, keep it in req.ctx",
     R"lua(return { on_route = function(req) req.ctx.canary = req:header("x-canary") end })lua"},
    {"read five headers and the path",
     R"lua(return { on_route = function(req)
          local all = req:header("host") and req:header("accept") and req:header("user-agent")
            and req:header("accept-encoding") and req:header("x-canary") and req:path()
          if all == "/none" then req:set_upstream("beta") end
        end })lua"},
    {"match the path with a pattern",
     R"lua(return { on_route = function(req)
          if req:path():match("^/api/(%w+)") == "beta" then req:set_upstream("beta") end
        end })lua"},
    {"set two response headers",
     R"lua(return { on_response = function(req, res)
          res:set_header("x-frame-options", "deny") res:set_header("x-content-type-options", "nosniff")
        end })lua",
     true},
};

double measure(const sluice_plugin& plugin, void* worker, const Subject& subject, long rounds) {
  sluice_hook_fn hook = subject.on_response ? plugin.hooks->on_response : plugin.hooks->on_route;
  double best = 1e12;
  for (int attempt = 0; attempt < 5; ++attempt) {
    double begin = cpu_ns();
    for (long i = 0; i < rounds; ++i) {
      sluice_exchange ex;
      ex.headers = {{{"Host", "example.org"},
                     {"User-Agent", "curl/8.0"},
                     {"Accept", "*/*"},
                     {"Accept-Encoding", "gzip"},
                     {"X-Canary", i % 2 == 0 ? "1" : "0"}}};
      if (hook(&ex, worker) != SLUICE_CONTINUE) std::exit(1);
      slot_free(ex.slot);
    }
    best = std::min(best, (cpu_ns() - begin) / static_cast<double>(rounds));
  }
  return best;
}

}  // namespace

int main(int count, char** words) {
  long rounds = count > 1 ? std::atol(words[1]) : 1000000;
  sluice_exchange_api exchange{};
  exchange.size = sizeof exchange;
  exchange.get = get;
  exchange.set = set;
  exchange.header_get = header_get;
  exchange.header_set = header_set;
  exchange.fail_reason = fail_reason;
  exchange.slot = slot;
  exchange.slot_set = slot_set;
  exchange.slot_get = slot_get;
  sluice_config_api config{};
  config.size = sizeof config;
  config.get = config_get;
  config.as_bool = as_bool;
  config.as_str = as_str;
  config.path = path;
  config.problem = problem;
  sluice_host host{sizeof(sluice_host), SLUICE_ABI_MAJOR, SLUICE_ABI_MINOR, "0", &exchange, &config, ability};

  void* object = dlopen(SLUICE_BINARY_DIR "/plugins/lua.so", RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  auto entry = reinterpret_cast<sluice_plugin_entry_fn>(dlsym(object, "sluice_plugin_entry"));
  const sluice_plugin& plugin = *entry(&host);
  script_path = "/tmp/lua_cost." + std::to_string(getpid()) + ".lua";
  std::uint64_t snapshot = 0;
  std::printf("%-52s %10s %10s\n", "nanoseconds per exchange", "jit", "no jit");
  for (const Subject& subject : kSubjects) {
    std::ofstream(script_path) << subject.script;
    std::printf("%-52s", subject.name);
    for (const char* jit : {"true", "false"}) {
      jit_text = jit;
      sluice_create args{sizeof(sluice_create), &host, node("use"), ++snapshot, {"global", 6}, 1};
      void* use = plugin.create(&args);
      void* worker = plugin.create_worker(use, 0);
      std::printf(" %10.0f", measure(plugin, worker, subject, rounds));
      plugin.destroy_worker(use, worker);
      plugin.destroy(use);
    }
    std::printf("\n");
  }
  std::remove(script_path.c_str());
  return 0;
}
