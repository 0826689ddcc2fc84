// A growing array in an arena, for trivially copyable elements. Nothing is held until the first push.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/arena.h"

namespace sluice {

template <class T>
class ArenaVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  void push(Arena& arena, const T& value) {
    if (count_ == capacity_) {
      const std::uint32_t wider = capacity_ == 0 ? 4 : capacity_ * 2;
      auto* fresh = static_cast<T*>(arena.allocate(wider * sizeof(T), alignof(T)));
      if (count_ > 0) std::memcpy(fresh, items_, count_ * sizeof(T));
      items_ = fresh;
      capacity_ = wider;
    }
    items_[count_++] = value;
  }
  std::span<const T> view() const { return {items_, count_}; }
  std::span<T> view() { return {items_, count_}; }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  void clear() { count_ = 0; }  // keeps its room

 private:
  T* items_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace sluice
