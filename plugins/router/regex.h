// Regular expressions: PCRE2, compiled to machine code, always matched against the whole text, with a limit on the work.
//
// A Regex is compiled in create() and then read by all workers; the memory a match needs is a Scratch, one per worker. A
// match that hits the limit counts as no match, and the first one of each expression is logged.
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

 private:
  friend class Regex;
  pcre2_match_data* match_;
  pcre2_match_context* limits_;
  pcre2_jit_stack* stack_;
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
  bool matches(std::string_view text, Scratch& scratch) const;
  // What group `number` captured in the last successful match with this scratch; empty when it took no part.
  static std::string_view captured(std::string_view text, std::uint32_t number, const Scratch& scratch);

  const std::string& pattern() const { return pattern_; }
  const std::vector<Group>& groups() const { return groups_; }

 private:
  Regex(std::string_view pattern, pcre2_code* code);

  std::string pattern_;
  pcre2_code* code_;
  std::vector<Group> groups_;
  mutable std::atomic<bool> warned_ = false;
};

}  // namespace sluice::router
