// Bytes waiting in order: appended at the back, taken from the front, in chunks from a free list per thread.
//
// For what a socket would not take at once and for body held while a hook waits. An empty queue holds no chunk.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice {

class ByteQueue {
  struct Chunk;

 public:
  // Bytes of a chunk with its header. 16 KiB: one TLS record, a quarter of the read buffer.
  static constexpr std::size_t kChunk = 16 * 1024;

  ByteQueue() = default;
  ByteQueue(ByteQueue&& other) noexcept;
  ByteQueue& operator=(ByteQueue&& other) noexcept;
  ~ByteQueue() { clear(); }

  void append(std::string_view bytes);
  // The first contiguous piece; empty when the queue is. Valid until consume() or clear(); append() does not move it.
  std::string_view front() const;
  // Calls `each(piece)` for all pieces in order; `each` must not change the queue.
  template <class Fn>
  void for_each(Fn each) const {
    std::string_view piece;
    for (const Chunk* at = nullptr; next_piece(at, piece);)
      each(piece);
  }
  // Up to `most` pieces from the front into `out`; returns how many.
  std::size_t pieces(std::string_view* out, std::size_t most) const;
  // Forget the first `count` bytes (at most size()).
  void consume(std::size_t count);
  void clear();
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  bool next_piece(const Chunk*& at, std::string_view& piece) const;
  Chunk* head_ = nullptr;
  Chunk* tail_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sluice
