// All routes of a snapshot as a search structure: which entry takes a request, in time that depends on the depth of its path
// and not on the number of routes.
//
//   host --hash--> table of the exact host, then of each wildcard that covers it (longest first), then of any host
//   table: a trie of path segments, each step one hash look-up:
//     1. the path itself, written out (no {param}): it alone is "Exact" in the words of the Gateway API
//     2. regular expressions of that table, one after the other
//     3. templates and prefixes in one order: from the left, where two first differ, a literal segment before {param} before
//        the "*" of a prefix. That is the order of a walk that goes down the literal edge, then the {param} edge, and takes
//        the prefix that ends at a node on its way back.
//
//        /admin/*  before  /{a}/{b}  before  /{a}/*  before  /*        of  /admin/users
//
//   each end is a cell: entries by method, most headers, most query parameters, most others, order of the file
//
// Where no entry of a table fits, the next table is asked. Built in create(), then read by all workers.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cell.h"
#include "pattern.h"
#include "string_table.h"

namespace sluice::router {

class Index {
 public:
  explicit Index(bool ignore_trailing_slash) : ignore_trailing_slash_(ignore_trailing_slash) {}

  // ---- building ----
  std::uint32_t add_pattern(Pattern pattern);
  // kNone when there are none.
  std::uint32_t add_conditions(Conditions conditions);
  // `host`: "example.com", "*.example.com" or "" for any; lower case. Entries are added in the order of the file.
  void add(std::string_view host, std::uint32_t pattern, std::uint32_t conditions, std::uint32_t route);
  // Once, after the last add. Calls `shadowed(dead, by)` for entries that no request can reach because `by` takes them all.
  void seal(const std::function<void(const Entry& dead, const Entry& by)>& shadowed);

  // ---- searching; after seal ----
  // Null when nothing takes the request, and when `trace` says that an expression gave up.
  const Entry* find(Request& request, Trace& trace) const;

  const Pattern& pattern(std::uint32_t index) const { return patterns_[index]; }
  // As written; "any host" for none.
  std::string_view host_name(const Entry& entry) const;
  bool ignores_trailing_slash() const { return ignore_trailing_slash_; }
  // Most capturing groups of any regex in it.
  std::uint32_t groups() const { return groups_; }

 private:
  struct TrieNode {
    std::uint32_t whole = kNone;   // cell of paths that end here
    std::uint32_t prefix = kNone;  // cell of prefixes that end here
    std::uint32_t param = kNone;   // child for any one segment
  };
  struct Table {
    std::uint32_t root = kNone;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> regexes;  // pattern and cell, by precedence
    std::vector<Entry> regex_entries;                              // until seal()
  };
  // One search: what it is called with at every step.
  struct Search {
    Request& request;
    Trace& trace;
    std::string_view path;  // with the trailing slash taken off if that is ignored

    bool is_over(const Entry* found) const { return found || trace.gave_up; }
  };

  std::uint32_t table_of(std::string_view host);
  std::uint32_t node_of(Table& table, const Pattern& pattern);
  std::uint32_t new_node();
  bool precedes(const Entry& a, const Entry& b) const;
  std::uint32_t seal_cell(std::vector<Entry> entries,
                          const std::function<void(const Entry&, const Entry&)>& shadowed);
  void report_shadowed(const std::vector<Entry>& entries,
                       const std::function<void(const Entry&, const Entry&)>& shadowed) const;

  const Entry* in_table(const Table& table, Search& search) const;
  const Entry* in_cell(std::uint32_t cell, Search& search) const;
  const Entry* in_regexes(const Table& table, Search& search) const;
  // Templates and prefixes that go on from `node` with the rest of the path.
  const Entry* below(std::uint32_t node, Segments at, Search& search) const;
  // Those of them that go on with a parameter, then the prefix that ends here.
  const Entry* beside(std::uint32_t node, Segments at, Search& search) const;
  std::uint32_t child(std::uint32_t node, std::string_view segment, Search& search) const;

  bool ignore_trailing_slash_;
  std::deque<Pattern> patterns_;
  std::vector<Conditions> conditions_;
  std::vector<std::string> host_names_;
  std::uint32_t groups_ = 0;

  StringTable hosts_;  // scope 0: exact, scope 1: behind "*.", scope 2: ""
  StringTable host_ids_;
  std::size_t least_labels_ = SIZE_MAX;  // of wildcards, behind "*."
  std::size_t most_labels_ = 0;
  std::vector<Table> tables_;
  StringTable edges_;  // scope: node; text: literal segment
  std::vector<TrieNode> nodes_;
  std::vector<std::vector<Entry>> open_cells_;  // until seal()
  std::vector<Cell> cells_;
};

}  // namespace sluice::router
