// Every endpoint object of the process, so that the same address of the same upstream is the same object in each snapshot and from
// each source: its counts, its health and its pooled connections live on. Holds none alive. Control thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "upstream/discovery/source.h"
#include "upstream/endpoint.h"
#include "upstream/group_share.h"

namespace sluice {

class Endpoints {
 public:
  // The one there is, or a new one. An address whose authority or zone has changed is another endpoint.
  std::shared_ptr<Endpoint> get(const std::string& group, const Found& found);
  // What the upstream of this name shares over its snapshots, likewise.
  std::shared_ptr<GroupShare> share(const std::string& group);
  // Forgets those that nobody holds any more.
  void sweep();

 private:
  std::map<std::string, std::weak_ptr<Endpoint>> known_;
  std::map<std::string, std::weak_ptr<GroupShare>> shares_;
};

}  // namespace sluice
