#include "plugin/uses.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <unordered_map>

#include "config/keys.h"

namespace sluice {
namespace {

// A place in the configuration that has a list of uses.
struct Place {
  const std::vector<config::PluginUse>* uses;
  std::string name;  // "route api"
  std::string path;  // "route[2].plugin"
  Uses::List* made;
};

class Maker {
 public:
  Maker(Host& host, Registry& registry, std::shared_ptr<const config::Config> config, std::uint64_t id,
        config::Problems& problems)
      : host_(host), registry_(registry), config_(std::move(config)), problems_(problems) {
    uses_->build = std::make_unique<SnapshotBuild>();
    auto& build = *uses_->build;
    build.config = config_;
    build.id = id;
    build.workers = config_->workers;
    build.tree = std::make_shared<config::Tree>(config_->tree);
    for (std::size_t i = 0; i < config_->upstreams.size(); ++i)
      build.upstreams.emplace(config_->upstreams[i].name, static_cast<std::int64_t>(i));
  }

  std::unique_ptr<Uses> run() {
    list_places();
    find_bad_routes();
    find_libraries();
    add_router();
    complete_routes();
    // Also after problems: each use is made by itself and may have problems of its own.
    for (auto& place : places_)
      make_place(place);
    return problems_.empty() ? std::move(uses_) : nullptr;
  }

 private:
  void list_places() {
    global_ = config_->plugins;
    uses_->listeners.resize(config_->listeners.size());
    uses_->upstreams.resize(config_->upstreams.size());
    uses_->routes.resize(config_->routes.size());
    places_.push_back({&global_, "global", "plugin", &uses_->global});
    add_places(config_->listeners, "listener", uses_->listeners);
    add_places(config_->upstreams, "upstream", uses_->upstreams);
    add_places(config_->routes, "route", uses_->routes);
  }

  template <class Item>
  void add_places(const std::vector<Item>& items, std::string_view kind, std::vector<Uses::List>& made) {
    for (std::size_t i = 0; i < items.size(); ++i)
      if (!items[i].plugins.empty())
        places_.push_back({&items[i].plugins, fmt::format("{} {}", kind, items[i].name),
                           fmt::format("{}[{}].plugin", kind, i + 1), &made[i]});
  }

  // Routes that the configuration's own check found wrong: nobody looks at them again.
  void find_bad_routes() {
    bad_routes_.resize(config_->routes.size());
    for (const auto& problem : problems_.list()) {
      constexpr std::string_view kBefore = "route[";
      if (!problem.path.starts_with(kBefore)) continue;
      auto number = std::strtoul(problem.path.c_str() + kBefore.size(), nullptr, 10);
      if (number >= 1 && number <= bad_routes_.size()) bad_routes_[number - 1] = true;
    }
  }

  // Each file once, so that a bad one gives one problem at its first use.
  void find_libraries() {
    for (const auto& place : places_)
      for (std::size_t i = 0; i < place.uses->size(); ++i) {
        const auto& use = (*place.uses)[i];
        auto [found, is_new] = libraries_.try_emplace(use.use);
        if (use.use.empty())
          is_library_missing_ = true;  // reported as a key
        else if (is_new)
          find_library(found->first, found->second, use.use_position,
                       fmt::format("{}[{}].use", place.path, i + 1));
      }
  }

  void find_library(const std::string& use, std::shared_ptr<const Library>& into, config::Position at,
                    const std::string& path) {
    auto library = registry_.find(use, config_->tree.get());
    if (library)
      into = std::move(*library);
    else
      problems_.add(at, path, library.error());
    is_library_missing_ = is_library_missing_ || !into;
  }

  bool has_router() const {
    for (const auto& use : global_) {
      const auto& library = libraries_.at(use.use);
      if (library && library->plugin().routes) return true;
    }
    return false;
  }

  // A plugin that could not be loaded may have been the router. The built-in one is asked all the same when the routes are
  // written for it.
  bool is_for_router() {
    auto router = registry_.find("router");
    if (!router) return false;
    return std::ranges::any_of(config_->routes, [&](const config::Route& route) {
      return std::ranges::any_of(route.table->entries, [&](const config::Entry& entry) {
        return config::find_key((*router)->route_keys().list(), entry.key) != nullptr;
      });
    });
  }

  void add_router() {
    if (config_->routes.empty() || has_router()) return;
    if (is_library_missing_ && !is_for_router()) return;
    config::PluginUse use{
        "router", "router", std::nullopt, uses_->build->tree->make(SLUICE_NODE_TABLE), {config_->file, 0, 0}};
    auto [found, is_new] = libraries_.try_emplace(use.use);
    if (is_new) find_library(found->first, found->second, use.position, {});
    global_.push_back(std::move(use));
  }

  // Keys that plugins add to [[route]], each with its plugin.
  std::vector<config::Key> route_keys() {
    std::vector<config::Key> keys;
    std::map<std::string_view, const Library*> owners;
    for (const auto& [use, library] : libraries_) {
      if (!library) continue;
      for (const auto& key : library->route_keys().list()) {
        auto [owner, is_new] = owners.emplace(key.name, library.get());
        if (is_new)
          keys.push_back(key);
        else if (owner->second != library.get())
          problems_.add(
              config::Position{config_->file, 0, 0}, "route",
              fmt::format("plugins \"{}\" ({}) and \"{}\" ({}) both take the key \"{}\"; use one of them",
                          owner->second->name(), owner->second->file(), library->name(), library->file(),
                          key.name));
      }
    }
    return keys;
  }

  void complete_routes() {
    auto keys = route_keys();
    // The gateway's own are in the list for the sake of "did you mean", but were checked before.
    const auto& own = config::keys_of<config::RouteKeys>().list;
    auto added = keys.size();
    keys.insert(keys.end(), own.begin(), own.end());
    for (std::size_t i = added; i < keys.size(); ++i)
      keys[i].unset = "none";
    // With a plugin missing, only what looks like a slip of the pen is called unknown: the rest may be that plugin's.
    auto names = config::names_of(keys);
    auto is_anothers = [&](std::string_view name) {
      if (config::find_key(own, name)) return true;
      return is_library_missing_ && !config::find_key(keys, name) && config::nearest(name, names).empty();
    };

    auto& build = *uses_->build;
    config::Completer completer(*build.tree, problems_);
    config::Path root;
    build.routes.reserve(config_->routes.size());
    for (std::size_t i = 0; i < config_->routes.size(); ++i) {
      const auto& route = config_->routes[i];
      auto before = problems_.size();
      const auto* table = completer.complete(*route.table, keys, root.child("route", i + 1), is_anothers);
      if (problems_.size() == before && !bad_routes_[i]) build.routes.push_back({table, route.name, i + 1});
    }
  }

  void make_place(Place& place) {
    for (std::size_t i = 0; i < place.uses->size(); ++i) {
      const auto& use = (*place.uses)[i];
      const auto& library = libraries_.at(use.use);
      if (!library) continue;
      // The router that the gateway added stands nowhere.
      auto path = use.position.line != 0 ? fmt::format("{}[{}]", place.path, i + 1) : std::string();
      auto instance = Instance::create(host_, library, *uses_->build, use, place.name, path, problems_);
      if (instance) place.made->push_back(std::move(instance));
    }
  }

  Host& host_;
  Registry& registry_;
  std::shared_ptr<const config::Config> config_;
  config::Problems& problems_;
  std::unique_ptr<Uses> uses_ = std::make_unique<Uses>();
  std::vector<config::PluginUse> global_;
  std::vector<Place> places_;
  std::vector<bool> bad_routes_;
  bool is_library_missing_ = false;
  // By the text of `use`. Ordered, so that messages come out the same every time.
  std::map<std::string, std::shared_ptr<const Library>> libraries_;
};

}  // namespace

std::unique_ptr<Uses> make_uses(Host& host, Registry& registry, std::shared_ptr<const config::Config> config,
                                std::uint64_t id, config::Problems& problems) {
  return Maker(host, registry, std::move(config), id, problems).run();
}

bool is_same(const Uses& made, Registry& registry, const config::Config& fresh) {
  auto are_same = [&](const std::vector<config::PluginUse>& uses, const Uses::List& list) {
    // A router that the gateway added stands behind those of the file.
    if (list.size() < uses.size()) return false;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto& library = list[i]->library();
      auto now =
          registry.find(i < uses.size() ? std::string_view(uses[i].use) : library.name(), fresh.tree.get());
      if (!library.plugin().repeatable || !now || now->get() != &library) return false;
    }
    return true;
  };
  auto all_same = [&](const auto& items, const std::vector<Uses::List>& lists) {
    for (std::size_t i = 0; i < items.size(); ++i)
      if (!are_same(items[i].plugins, lists[i])) return false;
    return true;
  };
  const auto& config = *made.build->config;
  return config.file == fresh.file && config.fingerprint == fresh.fingerprint &&
         config.workers == fresh.workers && are_same(fresh.plugins, made.global) &&
         all_same(fresh.listeners, made.listeners) && all_same(fresh.upstreams, made.upstreams) &&
         all_same(fresh.routes, made.routes) &&
         std::ranges::all_of(config.tree->reads(), &config::FileRead::is_unchanged);
}

}  // namespace sluice
