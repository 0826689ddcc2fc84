#include "base/byte_queue.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace sluice {

struct ByteQueue::Chunk {
  Chunk* next;
  std::size_t begin;
  std::size_t end;
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  static constexpr std::size_t kBytes = kChunk - sizeof(Chunk*) - 2 * sizeof(std::size_t);
};

namespace {

// AddressSanitizer must see each chunk end.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kKeepFree = false;
#else
constexpr bool kKeepFree = true;
#endif

// Free chunks of this thread; 64 of them (1 MiB) are kept, the rest goes back to malloc.
struct FreeList {
  static constexpr std::size_t kMost = 64;
  void* items[kMost];
  std::size_t count = 0;
  ~FreeList() {
    while (count > 0)
      std::free(items[--count]);
  }
  void* take() {
    if (count > 0) return items[--count];
    void* fresh = std::malloc(ByteQueue::kChunk);
    if (fresh == nullptr) throw std::bad_alloc();
    return fresh;
  }
  void give(void* chunk) {
    if (kKeepFree && count < kMost)
      items[count++] = chunk;
    else
      std::free(chunk);
  }
};
thread_local FreeList free_chunks;

}  // namespace

ByteQueue::ByteQueue(ByteQueue&& other) noexcept
    : head_(std::exchange(other.head_, nullptr)),
      tail_(std::exchange(other.tail_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

ByteQueue& ByteQueue::operator=(ByteQueue&& other) noexcept {
  if (this != &other) {
    clear();
    head_ = std::exchange(other.head_, nullptr);
    tail_ = std::exchange(other.tail_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void ByteQueue::append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (tail_ == nullptr || tail_->end == Chunk::kBytes) {
      auto* chunk = new (free_chunks.take()) Chunk{nullptr, 0, 0};
      (tail_ != nullptr ? tail_->next : head_) = chunk;
      tail_ = chunk;
    }
    const std::size_t fits = std::min(bytes.size(), Chunk::kBytes - tail_->end);
    std::memcpy(tail_->bytes() + tail_->end, bytes.data(), fits);
    tail_->end += fits;
    bytes.remove_prefix(fits);
  }
}

std::string_view ByteQueue::front() const {
  if (head_ == nullptr) return {};
  return {head_->bytes() + head_->begin, head_->end - head_->begin};
}

bool ByteQueue::next_piece(const Chunk*& at, std::string_view& piece) const {
  at = at == nullptr ? head_ : at->next;
  if (at == nullptr) return false;
  piece = {const_cast<Chunk*>(at)->bytes() + at->begin, at->end - at->begin};
  return true;
}

std::size_t ByteQueue::pieces(std::string_view* out, std::size_t most) const {
  std::size_t count = 0;
  for (Chunk* chunk = head_; chunk != nullptr && count < most; chunk = chunk->next)
    out[count++] = {chunk->bytes() + chunk->begin, chunk->end - chunk->begin};
  return count;
}

void ByteQueue::consume(std::size_t count) {
  size_ -= count;
  while (head_ != nullptr) {
    const std::size_t here = std::min(count, head_->end - head_->begin);
    head_->begin += here;
    count -= here;
    if (head_->begin < head_->end) return;
    Chunk* done = head_;
    head_ = done->next;
    if (head_ == nullptr) tail_ = nullptr;
    free_chunks.give(done);
  }
}

void ByteQueue::clear() { consume(size_); }

}  // namespace sluice
