// Regular expressions: PCRE2, compiled to machine code, always matched against the whole text, with a limit on the work.
//
// A Regex is compiled in create() and then read by all workers; the memory a match needs is a Scratch, one per worker. A
// match that hits the limit is neither yes nor no (truth.h); the scratch says of what it was.
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "truth.h"

namespace sluice::router {

// One worker's memory for matching. Not thread-safe.
class Scratch {
 public:
  // `groups`: most capturing groups of any expression; `match_limit`: PCRE2's, steps of backtracking.
  Scratch(std::uint32_t groups, std::uint32_t match_limit);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  bool is_usable() const { return match_ && limits_ && stack_; }
  // The latest match that gave up: which expression, on how long a text, and why. Never the text: it may be a secret.
  const std::string& why() const { return why_; }

 private:
  friend class Regex;
  pcre2_match_data* match_;
  pcre2_match_context* limits_;
  pcre2_jit_stack* stack_;
  std::string why_;
};

class Regex {
 public:
  struct Group {
    std::string name;  // as written; "1", "2" ... for groups without a name
    std::uint32_t number;
  };

  // The error says what is wrong and where.
  static std::expected<std::unique_ptr<Regex>, std::string> compile(std::string_view pattern,
                                                                    bool ignore_case);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  // Does the whole of `text` match?
  Truth matches(std::string_view text, Scratch& scratch) const;
  // What group `number` captured in the last successful match with this scratch; empty when it took no part.
  static std::string_view captured(std::string_view text, std::uint32_t number, const Scratch& scratch);

  const std::string& pattern() const { return pattern_; }
  const std::vector<Group>& groups() const { return groups_; }

 private:
  Regex(std::string_view pattern, pcre2_code* code);

  std::string pattern_;
  pcre2_code* code_;
  std::vector<Group> groups_;
};

}  // namespace sluice::router
