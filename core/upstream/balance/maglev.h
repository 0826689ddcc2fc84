// Maglev's table (Eisenbud and others 2016, 3.4): every endpoint takes entries in turn, as often as its weight says, each in an order of
// its own; a key goes to the entry that its hash names. Shares are nearly exact and a pick is one look; when an endpoint leaves, its
// keys move and a few others too.
//
// The size is prime and at least 100 times the number of endpoints: 65,537 for up to 655 (2 bytes each: 128 KiB), since where it changes
// all keys move. An entry whose endpoint may not be chosen leads to another, found by the key's hash.
#pragma once

#include "upstream/balance/hash_balancer.h"

namespace sluice {

class Maglev final : public HashBalancer {
 public:
  explicit Maglev(BalancerInput input);

 private:
  // Places in the tier; one of the two has all entries, `narrow` where the places fit.
  struct Table {
    std::uint64_t size = 0;
    std::vector<std::uint16_t> narrow;
    std::vector<std::uint32_t> wide;
  };
  static std::shared_ptr<const Table> make_table(std::span<const Member> members,
                                                 std::span<const std::uint32_t> tier);
  std::uint64_t first_place(std::uint64_t hash) const override;
  std::uint32_t candidate(std::uint64_t hash, std::uint64_t& place) const override;

  std::shared_ptr<const Table> table_;
};

}  // namespace sluice
