// The plugin as the host sees it: its configuration keys, and the making and ending of uses.
#include <sluice/abi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "generation.h"
#include "hooks.h"
#include "host.h"
#include "vm.h"

namespace sluice::lua {

Host host;

namespace {

// One use in the configuration. Its VMs hold on to `generation` through it: WorkerUses end before it does.
struct Use {
  const sluice_config* config = nullptr;
  std::shared_ptr<Generation> generation;
  ScriptFile script;
  Limits limits;
  std::chrono::milliseconds cpu_budget{0};
  std::uint32_t wants = 0;
};

constexpr std::array<sluice_key, 5> kKeys{{
    {"script", SLUICE_KEY_STRING, nullptr,
     "The script: a Lua file that returns a table of hook functions. A relative name is taken from the folder of the "
     "configuration file.",
     nullptr, 0},
    {"path", SLUICE_KEY_LIST, "none", "Folders in which `require` looks after the script's own.", nullptr, 0},
    {"memory", SLUICE_KEY_SIZE, "64MiB",
     "Memory of the Lua VM, which all uses on a worker share: the largest asked for holds. What would pass it fails "
     "with \"not enough memory\".",
     nullptr, 0},
    {"cpu_budget", SLUICE_KEY_DURATION, "50ms",
     "CPU time that a hook may take from call to return, or from one wait to the next; what takes more is ended. "
     "\"0s\": no limit.",
     nullptr, 0},
    {"jit", SLUICE_KEY_BOOL, "true",
     "Compile hot code to machine code. One use that says false turns it off for all that share the VM.",
     nullptr, 0},
}};

const sluice_config* key(const sluice_config* config, std::string_view name) {
  return host.config->get(config, name.data(), name.size());
}

void problem(const sluice_config* node, const std::string& text) {
  host.config->problem(node, text.data(), text.size());
}

std::string text_of(const sluice_config* node) {
  sluice_str text{};
  return node != nullptr && host.config->as_str(node, &text) ? std::string(view(text)) : std::string();
}

std::string path_of(const sluice_config* node) {
  sluice_str path{};
  host.config->path(node, &path);
  return std::string(view(path));
}

// The folder part; "." for a bare name.
std::string folder_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool read_script(Use& use) {
  const sluice_config* node = key(use.config, "script");
  use.script.shown = text_of(node);
  if (use.script.shown.empty()) {
    problem(node == nullptr ? use.config : node, "`script` names no file; give the path of a Lua file");
    return false;
  }
  use.script.path = path_of(node);
  use.script.folders.push_back({folder_of(use.script.path), folder_of(use.script.shown)});
  const sluice_config* path = key(use.config, "path");
  bool good = true;
  for (std::size_t i = 0; path != nullptr && i < host.config->count(path); ++i) {
    const sluice_config* entry = host.config->at(path, i, nullptr);
    std::string shown = text_of(entry);
    good = good && !shown.empty();
    if (shown.empty()) problem(entry, "`path` lists folders, each as a text such as \"lua/modules\"");
    if (!shown.empty()) use.script.folders.push_back({path_of(entry), shown});
  }
  return good;
}

void read_limits(Use& use) {
  std::int64_t budget_ms = 50;
  if (const sluice_config* node = key(use.config, "memory")) host.config->as_size(node, &use.limits.memory);
  if (const sluice_config* node = key(use.config, "cpu_budget")) host.config->as_duration(node, &budget_ms);
  if (const sluice_config* node = key(use.config, "jit")) host.config->as_bool(node, &use.limits.jit);
  use.cpu_budget = std::chrono::milliseconds(budget_ms);
}

// Least with which the API itself loads and a script has some room.
constexpr std::uint64_t kLeastMemory = 1024 * 1024;

// Compile and run the script in a VM of its own, which is then thrown away: errors are found here, at `sluice check`.
bool try_script(Use& use) {
  auto& tried = use.generation->tried();
  auto same = std::ranges::find(tried, use.script, &std::pair<ScriptFile, std::uint32_t>::first);
  if (same != tried.end()) {
    use.wants = same->second;
    return true;
  }
  const sluice_config* node = key(use.config, "script");
  auto scratch = Vm::open(use.limits, use.generation->sources());
  if (!scratch) {
    problem(use.config, scratch.error());
    return false;
  }
  auto script = (*scratch)->load(use.script);
  if (!script) {
    problem(node, script.error());
    return false;
  }
  use.wants = (*script)->wants();
  tried.emplace_back(use.script, use.wants);
  return true;
}

void* create(const sluice_create* args) {
  if (host.slot < 0) {
    problem(
        args->config,
        "the gateway has no slot left in which the lua plugin could keep what belongs to an exchange; load fewer "
        "plugins that take one");
    return nullptr;
  }
  auto use = std::make_unique<Use>();
  use->config = args->config;
  use->limits.memory = 64 * kLeastMemory;
  use->generation = Generation::of(args->snapshot);
  use->generation->sources()->told_to(args->config);
  bool good = read_script(*use);
  read_limits(*use);
  if (use->limits.memory < kLeastMemory) {
    problem(key(use->config, "memory"), "`memory` is below 1MiB, too little for a Lua VM");
    good = false;
  }
  if (!good || !try_script(*use)) return nullptr;
  return use.release();
}

void destroy(void* instance) { delete static_cast<Use*>(instance); }

void* create_worker(void* instance, std::uint32_t worker) {
  auto& use = *static_cast<Use*>(instance);
  auto vm = use.generation->vm(worker, use.limits);
  if (!vm) {
    problem(use.config, vm.error());
    return nullptr;
  }
  auto script = (*vm)->load(use.script);
  if (!script) {
    problem(key(use.config, "script"), script.error());
    return nullptr;
  }
  return new WorkerUse{*vm, *script, use.cpu_budget};
}

void destroy_worker(void*, void* worker) { delete static_cast<WorkerUse*>(worker); }

std::uint32_t wants(void* instance) { return static_cast<Use*>(instance)->wants; }

const sluice_plugin kPlugin{
    .size = sizeof(sluice_plugin),
    .abi_major = SLUICE_ABI_MAJOR,
    .abi_minor = SLUICE_ABI_MINOR,
    .name = "lua",
    .version = LUAJIT_VERSION,
    .summary = "Runs a Lua script's functions at the hooks of an exchange.",
    .keys = kKeys.data(),
    .key_count = kKeys.size(),
    .create = create,
    .destroy = destroy,
    .create_worker = create_worker,
    .destroy_worker = destroy_worker,
    .hooks = &kHooks,
    // Nobody can tell whether a script guards something, so one that fails ends its request unless the use says otherwise.
    .guards = true,
    .wants = wants,
    .key_size = sizeof(sluice_key),
    .repeatable = true,
};

}  // namespace
}  // namespace sluice::lua

extern "C" SLUICE_EXPORT const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  namespace lua = sluice::lua;
  lua::Host& known = lua::host;
  known.host = host;
  known.exchange = host->exchange;
  known.config = host->config;
  known.timer = static_cast<const sluice_timer_api*>(host->ability(host, SLUICE_TIMER));
  known.log = static_cast<const sluice_log_api*>(host->ability(host, SLUICE_LOG));
  known.balance = static_cast<const sluice_balance_api*>(host->ability(host, SLUICE_BALANCE));
  known.callout = static_cast<const sluice_callout_api*>(host->ability(host, SLUICE_CALLOUT));
  known.slot = host->exchange->slot(host, "lua", lua::dismiss_visit);
  return &lua::kPlugin;
}
