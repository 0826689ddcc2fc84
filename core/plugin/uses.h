// Every use of a plugin in one configuration, made into instances: the plugin half of a snapshot.
//
//   Config --find files--> libraries --their route keys--> route tables checked, completed
//          --create() for each use, in the order of the file--> Uses
//
// Configuration thread. The Uses own the instances and whatever they were told about (build); they are destroyed there too,
// after the last exchange of the snapshot.
#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "plugin/instance.h"
#include "plugin/registry.h"

namespace sluice {

struct Uses {
  using List = std::vector<std::unique_ptr<Instance>>;

  // First, so that it goes last.
  std::unique_ptr<SnapshotBuild> build;
  List global;  // the router that the gateway adds stands last
  // Same order and size as in the Config.
  std::vector<List> listeners;
  std::vector<List> upstreams;
  std::vector<List> routes;
};

// Makes `config`'s uses. `id` is the snapshot's, never used before. When there are routes and no global use has a plugin that
// routes, the built-in "router" is added. Null after any problem, those that `problems` had before included: then everything
// made so far is destroyed again, and `problems` has all that could be found. A use is made when its library and its table are
// good, whatever the others are; plugins that route then see the good routes only.
std::unique_ptr<Uses> make_uses(Host& host, Registry& registry, std::shared_ptr<const config::Config> config,
                                std::uint64_t id, config::Problems& problems);

// True when making `fresh`'s uses would give what `made` is: the same keys, the same libraries, the same content of the files
// that plugins said they read; and no plugin that does not say (sluice_plugin.repeatable).
bool is_same(const Uses& made, Registry& registry, const config::Config& fresh);

}  // namespace sluice
