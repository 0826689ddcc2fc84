// A hash table from (scope, text) to a number: hosts, and the edges of the path trie. Built once, then only read.
//
// Open addressing over one array, texts in one pool: no allocation and about one comparison per lookup, whatever the size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::router {

class StringTable {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // kNone when it is not there.
  std::uint32_t find(std::uint32_t scope, std::string_view text) const;
  // Returns what is there, or puts `value` there and returns it.
  std::uint32_t find_or_add(std::uint32_t scope, std::string_view text, std::uint32_t value);
  std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::uint32_t value = kNone;
    std::uint32_t scope = 0;
    std::uint32_t hash = 0;
    std::uint32_t size = 0;
    std::size_t begin = 0;  // of the text in the pool
  };

  // The slot of the text, or the free one where it belongs.
  std::size_t place(std::uint32_t scope, std::string_view text, std::uint32_t hash) const;
  void grow();

  std::vector<Slot> slots_;
  std::string pool_;
  std::size_t used_ = 0;
};

}  // namespace sluice::router
