// Memory that lives as long as one exchange: bump allocation in chunks, freed all at once.
//
// Chunks come from a free list per thread and go back to it, so that the steady state never calls malloc. An arena that
// has allocated nothing holds nothing (an idle connection costs no chunk). Not for types with destructors.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice {

class Arena {
 public:
  // Bytes of a chunk with its header; larger requests get a chunk of their own from malloc.
  static constexpr std::size_t kChunk = 4096;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { reset(); }

  // `size` bytes (up to 1 GiB), aligned to `align` (a power of two up to 16). Never null; std::bad_alloc ends the process.
  void* allocate(std::size_t size, std::size_t align = alignof(std::max_align_t)) {
    auto at = (cursor_ + align - 1) & ~(align - 1);
    if (at + size > end_ || cursor_ == 0) return grow(size, align);
    cursor_ = at + size;
    return reinterpret_cast<void*>(at);
  }

  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>, "an arena runs no destructors");
    return new (allocate(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
  }

  // A copy that lives as long as the arena. Empty in, empty (non-null) out.
  std::string_view copy(std::string_view text) {
    auto* to = static_cast<char*>(allocate(text.size() ? text.size() : 1, 1));
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  // Grow the latest allocation in place when it is the last thing in its chunk, else move it (the old place stays taken).
  // Returns where it now is. A block grown byte by byte is copied a logarithmic number of times.
  char* extend(char* block, std::size_t old_size, std::size_t new_size);

  // Grow it in place, if nothing was allocated after it and its chunk has room; false, and unchanged, otherwise.
  bool extend_in_place(const char* block, std::size_t old_size, std::size_t new_size) {
    const auto at = reinterpret_cast<std::size_t>(block);
    if (at + old_size != cursor_ || new_size > end_ - at) return false;
    cursor_ = at + new_size;
    return true;
  }

  // Give everything back.
  void reset();
  // Bytes taken from the system or the free list, for limits and tests.
  std::size_t footprint() const { return footprint_; }

 private:
  struct Chunk;
  void* grow(std::size_t size, std::size_t align);

  std::size_t cursor_ = 0;
  std::size_t end_ = 0;
  Chunk* chunks_ = nullptr;
  std::size_t footprint_ = 0;
};

}  // namespace sluice
