// What a session will write at the end of the turn: pieces in order, and memory for the ones made here (heads, chunk sizes).
//
// Empty between turns, holding nothing then. [loop]
#pragma once

#include <cstring>
#include <span>
#include <string_view>

#include "base/arena.h"

namespace sluice {

class OutputBatch {
 public:
  // A piece up to this size is copied behind a head or chunk size made here: cheaper than one more piece for the kernel.
  static constexpr std::size_t kJoined = 512;

  void add(std::string_view piece) {
    if (piece.empty()) return;
    bytes_ += piece.size();
    if (count_ > 0 && join(piece)) return;
    if (count_ == capacity_) grow();
    pieces_[count_++] = piece;
  }
  // For what add() will be given next.
  Arena& arena() {
    if (capacity_ == 0) grow();  // now, so that what is made after it can be joined
    return arena_;
  }
  std::span<const std::string_view> pieces() const { return {pieces_, count_}; }
  std::size_t bytes() const { return bytes_; }
  bool empty() const { return count_ == 0; }
  void clear() {
    arena_.reset();
    pieces_ = nullptr;
    count_ = capacity_ = 0;
    bytes_ = 0;
  }

 private:
  bool join(std::string_view piece) {
    std::string_view& last = pieces_[count_ - 1];
    if (last.data() + last.size() == piece.data()) {
      last = {last.data(), last.size() + piece.size()};
      return true;
    }
    if (piece.size() > kJoined ||
        !arena_.extend_in_place(last.data(), last.size(), last.size() + piece.size()))
      return false;
    std::memcpy(const_cast<char*>(last.data()) + last.size(), piece.data(), piece.size());
    last = {last.data(), last.size() + piece.size()};
    return true;
  }

  void grow() {
    const std::uint32_t wider = capacity_ == 0 ? 8 : capacity_ * 2;
    auto* fresh = static_cast<std::string_view*>(
        arena_.allocate(wider * sizeof(std::string_view), alignof(std::string_view)));
    for (std::uint32_t i = 0; i < count_; ++i)
      fresh[i] = pieces_[i];
    pieces_ = fresh;
    capacity_ = wider;
  }

  Arena arena_;
  std::string_view* pieces_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint32_t capacity_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace sluice
