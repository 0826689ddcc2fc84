#include "base/arena.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;

TEST_CASE("an arena that has given nothing holds nothing") {
  Arena arena;
  CHECK(arena.footprint() == 0);
  arena.allocate(1);
  CHECK(arena.footprint() == Arena::kChunk);
  arena.reset();
  CHECK(arena.footprint() == 0);
}

TEST_CASE("blocks are aligned and do not overlap") {
  Arena arena;
  std::vector<std::pair<std::uintptr_t, std::size_t>> blocks;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t align = std::size_t{1} << (i % 5);
    const std::size_t size = i % 37;
    auto* block = static_cast<char*>(arena.allocate(size, align));
    REQUIRE(block);
    REQUIRE(reinterpret_cast<std::uintptr_t>(block) % align == 0);
    for (std::size_t at = 0; at < size; ++at)
      block[at] = static_cast<char>(i);
    blocks.emplace_back(reinterpret_cast<std::uintptr_t>(block), size);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto* block = reinterpret_cast<const char*>(blocks[i].first);
    for (std::size_t at = 0; at < blocks[i].second; ++at)
      REQUIRE(block[at] == static_cast<char>(i));
  }
}

TEST_CASE("a large block gets a chunk of its own and the old one stays in use") {
  Arena arena;
  auto* first = static_cast<char*>(arena.allocate(16));
  auto* large = static_cast<char*>(arena.allocate(100'000));
  large[99'999] = 'x';
  auto* next = static_cast<char*>(arena.allocate(16));
  CHECK(next == first + 16);
}

TEST_CASE("copies are the arena's own") {
  Arena arena;
  std::string text = "hello";
  const auto copy = arena.copy(text);
  text = "?????";
  CHECK(copy == "hello");
  CHECK(arena.copy("").data() != nullptr);
}

TEST_CASE("the latest block grows in place") {
  Arena arena;
  auto* block = static_cast<char*>(arena.allocate(1, 1));
  block[0] = 'a';
  CHECK(arena.extend(block, 1, 100) == block);
  arena.allocate(1, 1);
  auto* moved = arena.extend(block, 100, 200);
  CHECK(moved != block);
  CHECK(moved[0] == 'a');
}

TEST_CASE("growing byte by byte costs a small multiple of the end") {
  Arena arena;
  auto* block = static_cast<char*>(arena.allocate(1, 1));
  block[0] = 0;
  constexpr std::size_t kSize = 300'000;
  for (std::size_t size = 1; size < kSize; ++size) {
    block = arena.extend(block, size, size + 1);
    block[size] = static_cast<char>(size);
  }
  for (std::size_t at = 0; at < kSize; ++at)
    REQUIRE(block[at] == static_cast<char>(at));
  CHECK(arena.footprint() < 6 * kSize);
}

TEST_CASE("chunks go round within a thread") {
  void* first = nullptr;
  {
    Arena arena;
    first = arena.allocate(100);
  }
  Arena arena;
  CHECK(arena.allocate(100) == first);
}

TEST_CASE("an arena may outlive the thread that filled it") {
  Arena arena;
  std::thread([&] {
    arena.allocate(100);
    Arena other;
    other.allocate(100);
  }).join();
  arena.reset();
  CHECK(arena.footprint() == 0);
}

TEST_CASE("more chunks than the free list keeps are no harm") {
  Arena arena;
  for (int i = 0; i < 1500; ++i)
    arena.allocate(4000);
  CHECK(arena.footprint() == 1500 * Arena::kChunk);
  arena.reset();
  Arena again;
  for (int i = 0; i < 1500; ++i)
    again.allocate(4000);
  CHECK(again.footprint() == 1500 * Arena::kChunk);
}

TEST_CASE("objects are made in the arena") {
  struct Point {
    int x, y;
  };
  Arena arena;
  auto* point = arena.make<Point>(1, 2);
  CHECK(point->y == 2);
}
