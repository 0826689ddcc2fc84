// Steps that look at the plugin as it lies there: does it load, what does it say of itself, are its keys in order.
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "check/bench.h"
#include "check/watched_host.h"

namespace sluice::check {
namespace {

std::string hook_list(const sluice_hooks& hooks) {
  std::string text;
  for (int phase = 0; phase < SLUICE_PHASES; ++phase)
    if (hook_of(hooks, static_cast<sluice_phase>(phase)) != nullptr)
      text += fmt::format("{}{}", text.empty() ? "" : ", ", name(static_cast<sluice_phase>(phase)));
  return text.empty() ? "no hooks" : text;
}

void load(Bench& bench) {
  auto& witness = bench.witness();
  auto library = bench.library();
  if (!library) {
    auto reason = library.error();
    if (auto said = last_log_error(); !said.empty()) reason += fmt::format("; it logged: {}", said);
    bench.report({"load", Outcome::failed, std::move(reason), {}});
    return;
  }
  const auto& plugin = (*library)->plugin();
  bench.report(Subject{bench.options().file, plugin.name, std::string((*library)->version()),
                       plugin.summary != nullptr ? plugin.summary : ""});
  if (!(*library)->warning().empty())
    witness.warn((*library)->warning(), "see \"How a plugin is built\" in plugins/README.md");
  bench.conclude("load", fmt::format("{}, {}", (*library)->name(), hook_list((*library)->hooks())));
}

// What the loader takes, and an author will want to know.
void descriptor(Bench& bench) {
  auto library = bench.library();
  if (!library) return;
  const auto& plugin = (*library)->plugin();
  auto& witness = bench.witness();
  if (hook_list((*library)->hooks()) == "no hooks")
    witness.warn("it has no hooks, so nothing will ever call it", "set members of its sluice_hooks");
  if (plugin.create != nullptr && plugin.destroy == nullptr)
    witness.warn("it has create() and no destroy(): each reload leaks an instance",
                 "set destroy, or give back something static and say so in a comment");
  if (plugin.create == nullptr && plugin.key_count > 0)
    witness.warn("it takes keys and has no create(), so nobody reads them",
                 "set create, or take the keys away");
  if (plugin.create_worker != nullptr && plugin.destroy_worker == nullptr)
    witness.warn("it has create_worker() and no destroy_worker(): each reload leaks a state per worker",
                 "set destroy_worker");
  if (plugin.create_worker == nullptr && plugin.destroy_worker != nullptr)
    witness.warn("it has destroy_worker() and no create_worker(), so it is never called",
                 "set create_worker, or take it away");
  if (plugin.abi_minor > SLUICE_ABI_MINOR)
    witness.warn(fmt::format("it is built for ABI {}.{}, this host has {}.{}: what is newer will be missing",
                             plugin.abi_major, plugin.abi_minor, SLUICE_ABI_MAJOR, SLUICE_ABI_MINOR),
                 "look for null before calling members that came later, or build with this host's headers");
  if (plugin.summary == nullptr || *plugin.summary == '\0')
    witness.warn("it has no summary", "set summary to one sentence; `sluice plan` and references show it");
  bench.conclude("descriptor", fmt::format("ABI {}.{}, version {}", plugin.abi_major, plugin.abi_minor,
                                           plugin.version != nullptr ? plugin.version : "not stated"));
}

void look_at_keys(std::span<const config::Key> keys, const std::string& prefix, Witness& witness) {
  for (const auto& key : keys) {
    const auto full = prefix + std::string(key.name);
    const bool is_plain = std::ranges::all_of(
        key.name, [](char c) { return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '_'; });
    if (!is_plain)
      witness.warn(fmt::format("key \"{}\" is not written as all others are", full),
                   "use a-z, 0-9 and _ in the names of keys");
    if (key.meaning.empty())
      witness.warn(fmt::format("key \"{}\" has no meaning", full),
                   "write one sentence; the reference is made from it");
    const bool has_place = key.type == SLUICE_KEY_TABLE || key.type == SLUICE_KEY_TABLES;
    if (!key.children.empty() && !has_place)
      witness.fault(
          fmt::format("key \"{}\" has children and is no table", full),
          "make it SLUICE_KEY_TABLE or SLUICE_KEY_TABLES, or take the children away: they are not checked");
    look_at_keys(key.children, full + ".", witness);
  }
}

void keys(Bench& bench) {
  auto library = bench.library();
  if (!library) return;
  const auto own = (*library)->keys().list(), routes = (*library)->route_keys().list();
  look_at_keys(own, {}, bench.witness());
  look_at_keys(routes, "route.", bench.witness());
  bench.conclude("keys",
                 fmt::format("{}{}", own.size(),
                             routes.empty() ? "" : fmt::format(", and {} for routes", routes.size())));
}

}  // namespace

void add_load_steps(std::vector<Step>& steps) {
  steps.push_back({"load", load, true});
  steps.push_back({"descriptor", descriptor});
  steps.push_back({"keys", keys});
}

}  // namespace sluice::check
