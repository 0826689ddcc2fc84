#include "string_table.h"

#include <cstring>

namespace sluice::router {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::size_t kFirstSize = 16;

// Multiply and fold, eight bytes at a time. Requests cannot make it degrade: they only look up, and what is in the table is
// the configuration's.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint32_t hash_of(std::uint32_t scope, std::string_view text) {
  constexpr std::uint64_t k0 =
      0xa0761d6478bd642f;  // odd constants with about half their bits set, from wyhash
  constexpr std::uint64_t k1 = 0xe7037ed1a0b428db;
  std::uint64_t hash = mix(scope ^ k0, text.size() ^ k1);
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t word = 0;
  for (; left >= sizeof word; left -= sizeof word, at += sizeof word) {
    std::memcpy(&word, at, sizeof word);
    hash = mix(hash ^ word, k1);
  }
  if (left >= 4) {  // the last 4 to 7 bytes as two overlapping words, no variable-length copy
    std::uint32_t head = 0;
    std::uint32_t tail = 0;
    std::memcpy(&head, at, sizeof head);
    std::memcpy(&tail, at + left - sizeof tail, sizeof tail);
    hash = mix(hash ^ (std::uint64_t{head} << 32 | tail), k0);
  } else if (left > 0) {
    const auto byte = [&](std::size_t i) {
      return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i]));
    };
    hash = mix(hash ^ (byte(0) << 16 | byte(left / 2) << 8 | byte(left - 1)), k0);
  }
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

}  // namespace

std::size_t StringTable::place(std::uint32_t scope, std::string_view text, std::uint32_t hash) const {
  const auto mask = slots_.size() - 1;
  for (auto i = hash & mask;; i = (i + 1) & mask) {
    const auto& slot = slots_[i];
    if (slot.value == kNone) return i;
    if (slot.hash == hash && slot.scope == scope &&
        std::string_view(pool_.data() + slot.begin, slot.size) == text)
      return i;
  }
}

std::uint32_t StringTable::find(std::uint32_t scope, std::string_view text) const {
  if (slots_.empty()) return kNone;
  return slots_[place(scope, text, hash_of(scope, text))].value;
}

std::uint32_t StringTable::find_or_add(std::uint32_t scope, std::string_view text, std::uint32_t value) {
  if ((used_ + 1) * 2 > slots_.size()) grow();
  const auto hash = hash_of(scope, text);
  auto& slot = slots_[place(scope, text, hash)];
  if (slot.value != kNone) return slot.value;
  slot = {value, scope, hash, static_cast<std::uint32_t>(text.size()), pool_.size()};
  pool_ += text;
  ++used_;
  return value;
}

void StringTable::grow() {
  std::vector<Slot> old(slots_.empty() ? kFirstSize : slots_.size() * 2);
  old.swap(slots_);
  const auto mask = slots_.size() - 1;
  for (const auto& slot : old) {
    if (slot.value == kNone) continue;
    auto i = slot.hash & mask;
    while (slots_[i].value != kNone)
      i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

}  // namespace sluice::router
