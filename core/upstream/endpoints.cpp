#include "upstream/endpoints.h"

namespace sluice {

std::shared_ptr<Endpoint> Endpoints::get(const std::string& group, const Found& found) {
  std::string key = group;
  for (auto& part : {found.address.text(), found.authority, found.zone})
    (key += '\0') += part;
  auto& known = known_[std::move(key)];
  auto endpoint = known.lock();
  if (endpoint == nullptr)
    known = endpoint = std::make_shared<Endpoint>(group, found.address, found.authority, found.zone);
  return endpoint;
}

std::shared_ptr<GroupShare> Endpoints::share(const std::string& group) {
  auto& known = shares_[group];
  auto share = known.lock();
  if (share == nullptr) known = share = std::make_shared<GroupShare>();
  return share;
}

void Endpoints::sweep() {
  std::erase_if(shares_, [](auto& entry) { return entry.second.expired(); });
  std::erase_if(known_, [](auto& entry) { return entry.second.expired(); });
}

}  // namespace sluice
