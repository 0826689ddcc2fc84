// One path of a route's `match`: exact, {param} template, prefix, or regex; how it is written, and what it captures.
//
// Patterns are compared with SLUICE_PATH, the normal form (core/http/normalise.h): the text of a pattern is brought into that
// form when it is read, so that "/caf\u00e9" in the file matches "/caf%c3%a9" on the wire. Immutable after reading.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "captures.h"
#include "host.h"
#include "regex.h"

namespace sluice::router {

inline constexpr std::size_t kMostSegments = 128;  // of one pattern; bounds the walk through the trie

// The segments of a path: "/a/b/" is "a", "b", "". Cheap; views into the path.
class Segments {
 public:
  // `path` begins with "/".
  explicit Segments(std::string_view path) : path_(path) {}
  // Where begin() of another one over this path was.
  Segments(std::string_view path, std::size_t begin) : path_(path), begin_(begin) {}
  std::size_t begin() const { return begin_; }
  bool at_end() const { return begin_ > path_.size(); }
  std::string_view current() const {
    const auto end = path_.find('/', begin_);
    return path_.substr(begin_, end == std::string_view::npos ? end : end - begin_);
  }
  void next() {
    const auto end = path_.find('/', begin_);
    begin_ = end == std::string_view::npos ? path_.size() + 1 : end + 1;
  }
  // From the "/" before the current segment on; "" at the end.
  std::string_view rest() const { return at_end() ? std::string_view() : path_.substr(begin_ - 1); }

 private:
  std::string_view path_;
  std::size_t begin_ = 1;
};

struct Pattern {
  enum class Kind : std::uint8_t { exact, prefix, regex };  // exact and prefix may hold params

  struct Param {
    std::size_t segment;
    std::string name;
  };

  Kind kind = Kind::prefix;
  std::string text;                 // as it is shown: "/users/{id}/*", "regex ^/x"
  std::vector<std::string> pieces;  // its segments, those of params empty; for regex none
  std::vector<Param> params;        // in the order of segments
  std::unique_ptr<Regex> regex;
  // Params or groups that become notes and can be used in a rewrite; lower case.
  std::vector<std::string> names;

  bool is_param(std::size_t segment) const;
  // Does the pattern take this path? For patterns met by chance; the index does it for all at once.
  Truth matches(std::string_view path, bool ignore_trailing_slash, Scratch& scratch) const;
  // Fill `out` from a path that it matches (for a regex: that `scratch` matched last).
  void bind(std::string_view path, const Scratch& scratch, Captures& out) const;

  // The pattern that takes every path: "/*".
  static Pattern any();

 private:
  bool takes(std::string_view path, bool ignore_trailing_slash) const;
};

// The segments of a plain path, in the normal form; the slash at its end does not count. Reports what is wrong and gives nothing
// then.
std::optional<std::vector<std::string>> read_segments(const Node& node, std::string_view text);

// A string ("/a", "/a/*", "/a/{id}") or a table with one of exact, prefix, regex. Reports what is wrong and gives
// nothing then.
std::optional<Pattern> read_pattern(const Node& node);

}  // namespace sluice::router
