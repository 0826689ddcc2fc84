#include "base/arena.h"

#include <algorithm>
#include <cstdint>

#ifdef __SANITIZE_ADDRESS__
#define SLUICE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_ASAN 1
#endif
#endif
#ifdef SLUICE_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace sluice {

// Sits at the start of its block; the payload follows, aligned to 16.
struct alignas(std::max_align_t) Arena::Chunk {
  Chunk* next;
  std::size_t size;  // bytes of the block with this header

  std::size_t begin() { return reinterpret_cast<std::size_t>(this + 1); }
  std::size_t end() { return reinterpret_cast<std::size_t>(this) + size; }

  void poison() {
#ifdef SLUICE_ASAN
    ASAN_POISON_MEMORY_REGION(this + 1, size - sizeof(Chunk));
#endif
  }
  void unpoison() {
#ifdef SLUICE_ASAN
    ASAN_UNPOISON_MEMORY_REGION(this + 1, size - sizeof(Chunk));
#endif
  }

  // Out of memory ends the process: bad_alloc cannot leave a noexcept function.
  static Chunk* from_system(std::size_t size) noexcept {
    auto* chunk = static_cast<Chunk*>(::operator new(size));
    chunk->size = size;
    return chunk;
  }

  // ---- the thread's free list ----
  // Two thread-locals: the list itself needs no constructor (so that using it costs no guard), and the closer, made when
  // the first chunk comes back, empties it when the thread ends. Arenas that die after that give to the system.
  struct FreeList {
    Chunk* first;
    unsigned count;
    bool is_closed;
  };
  struct Closer {
    ~Closer();
  };
  static constexpr unsigned kFreeMost = 1024;  // chunks kept a thread: 4 MiB
  static thread_local constinit FreeList free_list;

  static Chunk* take() {
    Chunk* chunk = free_list.first;
    if (!chunk) return from_system(kChunk);
    free_list.first = chunk->next;
    --free_list.count;
    chunk->unpoison();
    return chunk;
  }

  static void give(Chunk* chunk) {
    if (chunk->size != kChunk || free_list.is_closed || free_list.count >= kFreeMost) {
      ::operator delete(chunk);
      return;
    }
    if (free_list.count == 0) {
      static thread_local Closer closer;
      (void)closer;
    }
    chunk->poison();
    chunk->next = free_list.first;
    free_list.first = chunk;
    ++free_list.count;
  }
};

thread_local constinit Arena::Chunk::FreeList Arena::Chunk::free_list = {nullptr, 0, false};

Arena::Chunk::Closer::~Closer() {
  free_list.is_closed = true;
  while (Chunk* chunk = free_list.first) {
    free_list.first = chunk->next;
    chunk->unpoison();
    ::operator delete(chunk);
  }
  free_list.count = 0;
}

void* Arena::grow(std::size_t size, std::size_t align) {
  const std::size_t need = size + sizeof(Chunk) + align;
  Chunk* chunk = need <= kChunk ? Chunk::take() : Chunk::from_system(need);
  footprint_ += chunk->size;
  chunk->next = chunks_;
  chunks_ = chunk;
  const std::size_t at = (chunk->begin() + align - 1) & ~(align - 1);
  // Go on in whichever chunk has more room left: a large block must not waste the rest of a fresh chunk.
  if (cursor_ == 0 || chunk->end() - (at + size) >= end_ - cursor_) {
    cursor_ = at + size;
    end_ = chunk->end();
  }
  return reinterpret_cast<void*>(at);
}

char* Arena::extend(char* block, std::size_t old_size, std::size_t new_size) {
  if (extend_in_place(block, old_size, new_size)) return block;
  // Room for as much again, so that growing on is in place.
  auto* to = static_cast<char*>(allocate(new_size * 2, 1));
  std::memcpy(to, block, std::min(old_size, new_size));
  const auto moved = reinterpret_cast<std::size_t>(to);
  if (moved + new_size * 2 == cursor_) cursor_ = moved + new_size;
  return to;
}

void Arena::reset() {
  while (Chunk* chunk = chunks_) {
    chunks_ = chunk->next;
    Chunk::give(chunk);
  }
  cursor_ = end_ = footprint_ = 0;
}

}  // namespace sluice
