// A cell: all entries that take the same host and path, in order of precedence, and the test which of them a request meets.
//
//   host + path -> cell -> [GET + X-Canary: 1] [GET] [X-Canary: 1] []      first whose conditions hold
//
// A cell with many entries that ask for exact values of one header, cookie or parameter (a route per tenant, say) has a hash
// from that value to its entries, so that the search does not grow with them. Immutable once built.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "conditions.h"
#include "string_table.h"

namespace sluice::router {

inline constexpr std::uint32_t kNone = UINT32_MAX;

// One of a route's ways to match: a host, a path and conditions.
struct Entry {
  std::uint32_t route = 0;           // index in the routes ability
  std::uint32_t pattern = 0;         // into Index::patterns
  std::uint32_t conditions = kNone;  // into Index::conditions; kNone: no others
  std::uint32_t host = kNone;        // into Index::hosts, for messages; kNone: any
};

// What one search did: how much, and why candidates were passed over. Lives on the stack.
struct Trace {
  static constexpr std::size_t kKept = 4;

  struct Miss {
    const Entry* entry;
    const Condition* failing;
  };

  std::uint32_t lookups = 0;     // hash table look-ups
  std::uint32_t candidates = 0;  // entries whose conditions or regex were tested
  std::uint32_t missed = 0;      // candidates that took host and path, but not the rest
  Miss misses[kKept] = {};       // the first of them: most special first
  bool host_known = false;       // some route takes the host
  bool gave_up = false;          // an expression did, so that nothing is found: the request must fail
};

class Cell {
 public:
  // `entries` in order of precedence.
  Cell(std::vector<Entry> entries, const std::vector<Conditions>& conditions);

  // The first entry whose conditions hold; null when there is none, or when an expression gave up before.
  const Entry* find(Request& request, const std::vector<Conditions>& conditions, Trace& trace) const;
  std::span<const Entry> entries() const { return entries_; }

 private:
  struct ByValue {
    FieldIs::Where where = FieldIs::Where::header;
    std::string name;
    StringTable lists;                               // value -> index of its list
    std::vector<std::vector<std::uint32_t>> values;  // lists of positions, ascending
    std::vector<std::uint32_t> others;  // positions of entries that do not ask for an exact value of it
  };

  static const std::vector<std::string>* texts_for(const Conditions& conditions, FieldIs::Where where,
                                                   const std::string& name);
  void index(const std::vector<Conditions>& conditions);
  // Positions of the entries that ask for a value that the request has, ascending; in `merged` when it has several.
  std::span<const std::uint32_t> list_for(Request& request, Trace& trace,
                                          std::vector<std::uint32_t>& merged) const;
  static Truth holds(const Entry& entry, Request& request, const std::vector<Conditions>& conditions,
                     Trace& trace);

  std::vector<Entry> entries_;
  std::unique_ptr<ByValue> by_value_;
};

}  // namespace sluice::router
