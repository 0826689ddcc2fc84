#include "plugin/routes_ability.h"

#include "plugin/create_scope.h"

namespace sluice {
namespace {

const SnapshotBuild* build() {
  auto* scope = CreateScope::current();
  return scope ? &scope->build() : nullptr;
}

size_t count(const sluice_create*) { return build() ? build()->routes.size() : 0; }

const sluice_config* table(const sluice_create*, size_t index) {
  return build() && index < build()->routes.size() ? build()->routes[index].table : nullptr;
}

void name(const sluice_create*, size_t index, sluice_str* out) {
  *out = {nullptr, 0};
  if (!build() || index >= build()->routes.size()) return;
  auto text = build()->routes[index].name;
  *out = {text.data(), text.size()};
}

int64_t upstream_find(const sluice_create*, const char* text, size_t size) {
  if (!build()) return -1;
  return build()->find_upstream({text, size});
}

int64_t listener_find(const sluice_create*, const char* text, size_t size) {
  if (!build()) return -1;
  const auto& listeners = build()->config->listeners;
  for (size_t i = 0; i < listeners.size(); ++i)
    if (listeners[i].name == std::string_view(text, size)) return static_cast<int64_t>(i);
  return -1;
}

}  // namespace

sluice_routes_api routes_at_create() {
  sluice_routes_api api{};
  api.size = sizeof api;
  api.count = count;
  api.config = table;
  api.name = name;
  api.upstream_find = upstream_find;
  api.listener_find = listener_find;
  return api;
}

}  // namespace sluice
