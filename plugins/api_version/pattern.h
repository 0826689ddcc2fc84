// A text with a place for the version: "v{version}.api.example.org", "application/vnd.*.v{version}+json".
//
// "{version}" stands for a version's text, "*" (at most once) for one or more characters; everything else for itself, without
// regard to case if the pattern was made so. Read-only once made. [any-thread]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue.h"

namespace api_version {

class Pattern {
 public:
  struct Match {
    std::string_view text;         // of the version; empty when the pattern has no place for one
    std::optional<Number> number;  // what it asks for
  };

  // `why` says what is wrong when there is none.
  static std::optional<Pattern> parse(std::string_view text, bool ignore_case, std::string& why);

  bool has_version() const { return has_version_; }
  const std::string& text() const { return text_; }
  // The whole of `text`; where the version stands only what `catalogue` can read counts.
  std::optional<Match> match(std::string_view text, const Catalogue& catalogue) const;

 private:
  enum class Kind { literal, any, version };
  struct Piece {
    Kind kind;
    std::string text;
  };
  bool match_from(std::size_t piece, std::string_view rest, const Catalogue& catalogue, Match& out) const;

  std::string text_;
  std::vector<Piece> pieces_;
  bool ignore_case_ = false;
  bool has_version_ = false;
};

}  // namespace api_version
