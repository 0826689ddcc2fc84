#include "upstream/group.h"

namespace sluice {

Group::Group(std::string name, GroupSettings settings, Members members, std::shared_ptr<GroupShare> share)
    : name_(std::move(name)), settings_(std::move(settings)), share_(std::move(share)) {
  if (share_ == nullptr) share_ = std::make_shared<GroupShare>();
  update(std::move(members));
}

std::shared_ptr<const EndpointSet> Group::set() const {
  std::lock_guard lock(lock_);
  return set_;
}

void Group::update(Members members) {
  publish(std::make_shared<const EndpointSet>(std::make_shared<const Members>(std::move(members)),
                                              settings_.balance, share_->turns));
}

void Group::refresh() {
  const auto before = set();
  publish(std::make_shared<const EndpointSet>(before->members_pointer(), settings_.balance, share_->turns,
                                              before.get()));
}

void Group::publish(std::shared_ptr<const EndpointSet> set) {
  {
    std::lock_guard lock(lock_);
    set_ = std::move(set);
  }
  generation_.fetch_add(1, std::memory_order_acq_rel);
  share_->queue.room_for_all();
}

void GroupView::renew(const Group& group) {
  // Before the set: one that comes in between is then taken once more.
  generation_ = group.generation();
  auto shared = std::make_shared<const std::shared_ptr<const EndpointSet>>(group.set());
  const EndpointSet* set = shared->get();
  set_ = std::shared_ptr<const EndpointSet>(std::move(shared), set);
}

}  // namespace sluice
