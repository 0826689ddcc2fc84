// Lines on their way from many threads to the writing one: a buffer per thread, swapped out whole.
//
//   worker --append--> shard (its own lock, held for a memcpy) ==take()==> writing thread
//
// Shards are chosen by thread, so that workers do not meet on a lock. Order holds within a thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice {

class SinkQueue {
 public:
  // Bytes that may wait in each shard.
  explicit SinkQueue(std::size_t room) : room_(room) {}

  enum class Added : std::uint8_t { no, yes, yes_and_filling };  // the last: half of the room is gone

  // Copies whole lines; `no` changes nothing. [any-thread]
  Added add(std::string_view lines);
  // Appends everything to `into`, shard by shard. [writing thread]
  void take(std::string& into);
  // False may be stale by the time it is seen. [any-thread]
  bool is_empty() const;

 private:
  static constexpr std::size_t kShards = 16;

  struct alignas(64) Shard {
    std::mutex lock;
    std::string lines;
    std::atomic<bool> has_lines = false;
  };

  std::size_t room_;
  std::array<Shard, kShards> shards_;
  std::string spare_;  // swapped with a shard's, so that both keep their memory
};

}  // namespace sluice
