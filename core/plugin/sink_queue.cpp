#include "plugin/sink_queue.h"

namespace sluice {
namespace {

std::size_t shard_of_thread() {
  static std::atomic<std::size_t> next = 0;
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

}  // namespace

SinkQueue::Added SinkQueue::add(std::string_view lines) {
  auto& shard = shards_[shard_of_thread() % kShards];
  std::lock_guard hold(shard.lock);
  auto used = shard.lines.size();
  if (lines.size() > room_ - used) return Added::no;
  shard.lines.append(lines);
  // Once is enough: it stays until the writing thread has taken the lines.
  if (!shard.has_lines.load(std::memory_order_relaxed)) shard.has_lines.store(true);
  return used < room_ / 2 && shard.lines.size() >= room_ / 2 ? Added::yes_and_filling : Added::yes;
}

void SinkQueue::take(std::string& into) {
  for (auto& shard : shards_) {
    if (!shard.has_lines.load(std::memory_order_relaxed)) continue;
    {
      std::lock_guard hold(shard.lock);
      shard.lines.swap(spare_);
      shard.has_lines.store(false, std::memory_order_relaxed);
    }
    into += spare_;
    spare_.clear();
  }
}

bool SinkQueue::is_empty() const {
  for (const auto& shard : shards_)
    if (shard.has_lines.load()) return false;
  return true;
}

}  // namespace sluice
