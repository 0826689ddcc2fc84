// A path to be written, with pieces of the matched one: "/new/{id}", "/v2/*", "/show?item={id}".
//
// {name} is a parameter or regex group of the route's path, "/*" at the end what stood behind its prefix. What follows "?" is
// a query, in which "&", ";", "=" and "+" of what was matched become escapes: they would be more parameters, or a space.
//
// The pieces of a path in its normal form can be put together to one that is not: "/data/" and "../etc". A "." or ".." segment
// made so is refused, never resolved: it would lead out of the part of the tree that the route was given. Immutable after
// reading; shared by the workers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "captures.h"
#include "host.h"
#include "pattern.h"

namespace sluice::router {

class Template {
 public:
  // For the client, when path() says false.
  static constexpr std::string_view kDotSegment = "the path would become one with a \".\" or \"..\" segment";

  // Reports what is wrong, also names that one of `patterns` does not have, and gives nothing then.
  static std::optional<Template> read(const Node& node, std::string_view text,
                                      const std::vector<const Pattern*>& patterns);

  // Appends the path. It begins with exactly one "/". False when it has a dot segment: then it must not be used.
  [[nodiscard]] bool path(const Captures& captures, std::string& out) const;
  bool has_query() const { return has_query_; }
  // Whether it takes anything from the matched path.
  bool needs_match() const;
  // Appends the query, without "?".
  void query(const Captures& captures, std::string& out) const;

 private:
  struct Piece {
    enum class Kind : std::uint8_t { text, name, rest };
    Kind kind;
    std::string text;
  };

  static bool parse(const Node& node, std::string_view text, std::vector<Piece>& out);
  static std::string_view value(const Piece& piece, const Captures& captures);

  std::vector<Piece> path_;
  std::vector<Piece> query_;
  bool has_query_ = false;
};

}  // namespace sluice::router
