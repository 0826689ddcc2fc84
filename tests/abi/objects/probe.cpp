// Writes down what the host does with it: calls, arguments, order. The test finds the record by symbol in the same process
// through the ability "test.record/1".
#include <sluice/config.h>
#include <sluice/ext/routes.h>
#include <sluice/hooks.h>

#include <fstream>
#include <iterator>
#include <string>

namespace {

using Record = std::string;  // both sides are built together

const sluice_host* the_host;

Record& record() {
  return *static_cast<Record*>(const_cast<void*>(the_host->ability(the_host, "test.record/1")));
}

struct Use {
  const sluice_config* config;
  std::string label;
};

std::string text(const sluice_config* node) {
  sluice_str out{};
  return the_host->config->as_str(node, &out) ? std::string(out.data, out.size) : "-";
}

const sluice_config* get(const sluice_config* node, const char* key) {
  return the_host->config->get(node, key, std::char_traits<char>::length(key));
}

void* create(const sluice_create* args) {
  const auto* config = the_host->config;
  auto label = text(get(args->config, "label"));
  int64_t wait = -1;
  config->as_duration(get(args->config, "wait"), &wait);
  int64_t depth = -1;
  config->as_int(get(get(args->config, "nested"), "depth"), &depth);
  record() += "create " + label + " at " + std::string(args->place.data, args->place.size) + " wait " +
              std::to_string(wait) + " depth " + std::to_string(depth) + "\n";
  if (const auto* routes =
          static_cast<const sluice_routes_api*>(the_host->ability(the_host, SLUICE_ROUTES))) {
    for (size_t i = 0; i < routes->count(args); ++i) {
      sluice_str name{};
      routes->name(args, i, &name);
      record() += " route " + std::string(name.data, name.size) + " " +
                  text(get(routes->config(args, i), "probe_path")) + "\n";
    }
    record() += " upstream " + std::to_string(routes->upstream_find(args, "app", 3)) + "\n";
  }
  if (label == "refuse") {
    std::string why = "\"refuse\" is refused; take another";
    config->problem(get(args->config, "label"), why.data(), why.size());
    config->problem(get(args->config, "wait"), "and a default", 13);
    return nullptr;
  }
  if (label == "routes") {
    const auto* routes = static_cast<const sluice_routes_api*>(the_host->ability(the_host, SLUICE_ROUTES));
    for (size_t i = 0; i < routes->count(args); ++i)
      if (const auto* path = get(routes->config(args, i), "probe_path"); text(path)[0] != '/')
        config->problem(path, "must begin with /", 17);
  }
  if (label.starts_with("reads ")) {
    const auto file = label.substr(6);
    std::ifstream stream(file);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    config->reads(args->config, file.data(), file.size(), bytes.data(), bytes.size());
  }
  return label == "silent" ? nullptr : new Use{args->config, label};
}

void destroy(void* instance) {
  auto* use = static_cast<Use*>(instance);
  record() += "destroy " + use->label + " " + text(get(use->config, "label")) + "\n";
  delete use;
}

void* create_worker(void* instance, uint32_t worker) {
  auto* use = static_cast<Use*>(instance);
  record() += "worker " + use->label + " " + std::to_string(worker) + "\n";
  if (use->label == "half" && worker == 1) return nullptr;
  return new uint32_t(worker);
}

void destroy_worker(void* instance, void* state) {
  auto* worker = static_cast<uint32_t*>(state);
  record() += "destroy worker " + static_cast<Use*>(instance)->label + " " + std::to_string(*worker) + "\n";
  delete worker;
}

uint32_t wants(void* instance) {
  return static_cast<Use*>(instance)->label == "idle" ? 1u << SLUICE_ON_LOG : ~0u;
}

sluice_verdict hook(sluice_exchange*, void*) { return SLUICE_CONTINUE; }

constexpr sluice_key kNested[] = {{"depth", SLUICE_KEY_INT, "3", "How deep.", nullptr, 0}};
constexpr sluice_key kKeys[] = {
    {"label", SLUICE_KEY_STRING, nullptr, "What it is called.", nullptr, 0},
    {"wait", SLUICE_KEY_DURATION, "5s", "How long.", nullptr, 0},
    {"limit", SLUICE_KEY_SIZE, "none", "How much.", nullptr, 0},
    {"list", SLUICE_KEY_LIST, R"(["a", "b"])", "What.", nullptr, 0},
    {"nested", SLUICE_KEY_TABLE, "{}", "More.", kNested, 1},
    {"rule", SLUICE_KEY_TABLES, "[]", "Many.", kNested, 1},
};
constexpr sluice_key kRouteKeys[] = {
    {"probe_path", SLUICE_KEY_STRING, "/default", "Which path.", nullptr, 0}};

}  // namespace

const sluice_plugin* sluice_plugin_entry(const sluice_host* host) {
  the_host = host;
  record() += "entry\n";
  static sluice_hooks hooks{};
  hooks.size = sizeof hooks;
  hooks.on_request = hook;
  hooks.on_log = hook;
  static sluice_plugin plugin{};
  plugin.size = sizeof plugin;
  plugin.abi_major = SLUICE_ABI_MAJOR;
  plugin.abi_minor = SLUICE_ABI_MINOR;
  plugin.name = "probe";
  plugin.version = "1";
  plugin.summary = "Writes down what the host does.";
  plugin.keys = kKeys;
  plugin.key_count = sizeof kKeys / sizeof *kKeys;
  plugin.route_keys = kRouteKeys;
  plugin.route_key_count = 1;
  plugin.create = create;
  plugin.destroy = destroy;
  plugin.create_worker = create_worker;
  plugin.destroy_worker = destroy_worker;
  plugin.hooks = &hooks;
  plugin.guards = true;
  plugin.routes = true;
  plugin.wants = wants;
  plugin.repeatable = true;
  return &plugin;
}
