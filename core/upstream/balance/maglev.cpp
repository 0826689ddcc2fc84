#include "upstream/balance/maglev.h"

#include <algorithm>
#include <array>
#include <limits>

namespace sluice {
namespace {

// Primes.
constexpr std::array<std::uint64_t, 4> kSizes{65'537, 1'048'573, 16'777'213, 268'435'399};

std::uint64_t size_for(std::size_t endpoints) {
  for (auto size : kSizes)
    if (size >= 100 * endpoints) return size;
  return kSizes.back();
}

// Who takes the next entry, in rounds: an endpoint of the largest weight has a turn in each, one of a smaller weight its k-th turn in
// round ceil((k - 1/2) * largest / weight). A calendar: for each round the list of those that have a turn in it, and each is in one list.
class Calendar {
 public:
  // `weights`: in the order in which they have their turns in the first round.
  Calendar(std::vector<std::uint32_t> weights, std::uint64_t rounds)
      : weights_(std::move(weights)),
        largest_(*std::ranges::max_element(weights_)),
        taken_(weights_.size(), 0),
        next_(weights_.size(), kNone),
        lists_(rounds + 1, kNone) {
    for (auto i = static_cast<std::uint32_t>(weights_.size()); i-- > 0;)
      enlist(i);
  }
  // Calls turn(i) in order until it returns false.
  template <typename Turn>
  void run(Turn&& turn) {
    for (std::size_t round = 1; round < lists_.size(); ++round) {
      // Lists grow at their heads: turned round, those stand first that have waited longest.
      std::uint32_t first = kNone;
      for (auto i = lists_[round]; i != kNone;) {
        const auto after = next_[i];
        next_[i] = first;
        first = i;
        i = after;
      }
      for (auto i = first; i != kNone;) {
        const auto after = next_[i];
        if (!turn(i)) return;
        enlist(i);
        i = after;
      }
    }
  }

 private:
  static constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();
  void enlist(std::uint32_t i) {
    const std::uint64_t twice = 2 * std::uint64_t{weights_[i]};
    const auto round = ((2 * taken_[i]++ + 1) * largest_ + twice - 1) / twice;
    if (round >= lists_.size()) return;
    next_[i] = lists_[round];
    lists_[round] = i;
  }

  std::vector<std::uint32_t> weights_;
  std::uint64_t largest_;
  std::vector<std::uint64_t> taken_;
  std::vector<std::uint32_t> next_, lists_;
};

}  // namespace

Maglev::Maglev(BalancerInput input) : HashBalancer(input) {
  const auto* before = dynamic_cast<const Maglev*>(input.before);
  table_ = before != nullptr && std::ranges::equal(before->tier_, tier_) ? before->table_
                                                                         : make_table(members_, tier_);
}

std::shared_ptr<const Maglev::Table> Maglev::make_table(std::span<const Member> members,
                                                        std::span<const std::uint32_t> tier) {
  auto table = std::make_shared<Table>();
  if (tier.empty()) return table;
  const auto size = table->size = size_for(tier.size());
  const bool narrow = tier.size() <= std::numeric_limits<std::uint16_t>::max();
  narrow ? table->narrow.resize(size) : table->wide.resize(size);
  const auto places = by_id(members, tier);
  // Each one's permutation of the entries: from `at` on, in strides of `skip`.
  struct Walk {
    std::uint32_t at, skip;
  };
  std::vector<Walk> walks;
  std::vector<std::uint32_t> weights;
  for (auto place : places) {
    const Member& member = members[tier[place]];
    const auto offset = mix_bits(member.endpoint->id()), stride = mix_bits(~member.endpoint->id());
    walks.push_back(
        {static_cast<std::uint32_t>(offset % size), static_cast<std::uint32_t>(stride % (size - 1) + 1)});
    weights.push_back(member.weight);
  }
  // Bits rather than the table itself say what is taken: they stay in the processor's cache.
  std::vector<std::uint64_t> taken((size + 63) / 64, 0);
  std::uint64_t filled = 0;
  Calendar(std::move(weights), size).run([&](std::uint32_t i) {
    Walk& walk = walks[i];
    const auto step = [&] {
      walk.at += walk.skip;
      if (walk.at >= size) walk.at -= static_cast<std::uint32_t>(size);
    };
    while ((taken[walk.at / 64] >> (walk.at % 64) & 1) != 0)
      step();
    taken[walk.at / 64] |= std::uint64_t{1} << (walk.at % 64);
    if (narrow)
      table->narrow[walk.at] = static_cast<std::uint16_t>(places[i]);
    else
      table->wide[walk.at] = places[i];
    step();
    return ++filled < size;
  });
  return table;
}

std::uint64_t Maglev::first_place(std::uint64_t hash) const { return hash % table_->size; }

std::uint32_t Maglev::candidate(std::uint64_t hash, std::uint64_t& place) const {
  const auto entry = place;
  // By both, so that keys which share an entry part at the next.
  place = mix_bits(hash + place) % table_->size;
  return table_->narrow.empty() ? table_->wide[entry] : table_->narrow[entry];
}

}  // namespace sluice
