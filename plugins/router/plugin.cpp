// The entry of the built-in `router` (see README.md).
#include <sluice/abi.h>
#include <sluice/hooks.h>

#include <array>
#include <string>

#include "host.h"
#include "keys.h"
#include "regex.h"
#include "router.h"

namespace {

using namespace sluice::router;

void* create(const sluice_create* args) { return Router::create(*args).release(); }

void destroy(void* instance) { delete static_cast<Router*>(instance); }

void* create_worker(void* instance, std::uint32_t) {
  auto worker = std::make_unique<Worker>(*static_cast<Router*>(instance));
  return worker->is_usable() ? worker.release() : nullptr;
}

void destroy_worker(void*, void* worker) { delete static_cast<Worker*>(worker); }

std::uint32_t wants(void* instance) {
  const auto response = static_cast<Router*>(instance)->edits_responses() ? 1U << SLUICE_ON_RESPONSE : 0U;
  return 1U << SLUICE_ON_ROUTE | response;
}

sluice_verdict on_route(sluice_exchange* ex, void* self) { return static_cast<Worker*>(self)->on_route(ex); }
sluice_verdict on_response(sluice_exchange* ex, void* self) {
  return static_cast<Worker*>(self)->on_response(ex);
}

// "PCRE2 10.42 2022-12-11", as linked.
const char* regex_library() {
  static const std::string text = [] {
    std::array<char, 64> version{};
    pcre2_config(PCRE2_CONFIG_VERSION, version.data());
    return "PCRE2 " + std::string(version.data());
  }();
  return text.c_str();
}

constexpr sluice_hooks kHooks = {
    .size = sizeof(sluice_hooks),
    .on_route = on_route,
    .on_response = on_response,
};

}  // namespace

extern "C" const sluice_plugin* sluice_plugin_entry(const sluice_host* given) {
  set_host(given);
  if (!host().routes) {
    const std::string_view why = "this host has no routes to choose from (" SLUICE_ROUTES ")";
    warn(why);
    return nullptr;
  }
  static const sluice_plugin plugin = {
      .size = sizeof(sluice_plugin),
      .abi_major = SLUICE_ABI_MAJOR,
      .abi_minor = SLUICE_ABI_MINOR,
      .name = "router",
      .version = SLUICE_VERSION,
      .summary = "Chooses the route by host, path, method, headers, query, cookies and client address.",
      .keys = plugin_keys().data(),
      .key_count = plugin_keys().size(),
      .route_keys = route_keys().data(),
      .route_key_count = route_keys().size(),
      .create = create,
      .destroy = destroy,
      .create_worker = create_worker,
      .destroy_worker = destroy_worker,
      .hooks = &kHooks,
      .guards = true,
      .routes = true,
      .wants = wants,
      .key_size = sizeof(sluice_key),
      .libraries = regex_library(),
      .repeatable = true,
  };
  return &plugin;
}
