// An upstream: a named group of endpoints and how they are used.
//
// Settings are those of one snapshot; the endpoints change under it. The control thread publishes a new EndpointSet; each worker
// keeps the current one (GroupView) and looks with one atomic load whether there is a newer.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "upstream/endpoint_set.h"
#include "upstream/group_share.h"
#include "upstream/settings.h"

namespace sluice {

class Group {
 public:
  // `share`: that of the upstream's name; null: its own.
  Group(std::string name, GroupSettings settings, Members members,
        std::shared_ptr<GroupShare> share = nullptr);

  const std::string& name() const { return name_; }
  const GroupSettings& settings() const { return settings_; }
  GroupShare& share() const { return *share_; }

  // The current set. Takes a lock: workers ask their GroupView. [any-thread]
  std::shared_ptr<const EndpointSet> set() const;
  // Counts set()s, from 1.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // Members came or went. [control thread]
  void update(Members members);
  // Blocks of members changed. [control thread]
  void refresh();

 private:
  void publish(std::shared_ptr<const EndpointSet> set);

  std::string name_;
  std::atomic<std::uint64_t> generation_{0};
  GroupSettings settings_;
  std::shared_ptr<GroupShare> share_;
  mutable std::mutex lock_;
  std::shared_ptr<const EndpointSet> set_;
};

// A worker's copy of a group's current set. [loop]
class GroupView {
 public:
  // The set to use now. Its reference count is this worker's own: taking a copy touches no line that other workers write.
  const std::shared_ptr<const EndpointSet>& set(const Group& group) {
    if (generation_ != group.generation()) renew(group);
    return set_;
  }

 private:
  void renew(const Group& group);
  std::uint64_t generation_ = 0;
  std::shared_ptr<const EndpointSet> set_;
};

}  // namespace sluice
