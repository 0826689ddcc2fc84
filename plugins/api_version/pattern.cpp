#include "pattern.h"

#include <algorithm>

#include "text.h"

namespace api_version {
namespace {

constexpr std::string_view kPlace = "{version}";
// Bytes of a version's text; with one "*" it bounds the steps of a match.
constexpr std::size_t kVersionBytes = 32;

constexpr bool is_version_byte(char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; }

}  // namespace

std::optional<Pattern> Pattern::parse(std::string_view text, bool ignore_case, std::string& why) {
  Pattern out;
  out.text_ = text;
  out.ignore_case_ = ignore_case;
  int stars = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(kPlace)) {
      if (out.has_version_) {
        why = "has {version} twice; leave one";
        return std::nullopt;
      }
      out.has_version_ = true;
      out.pieces_.push_back({Kind::version, {}});
      at += kPlace.size();
    } else if (text[at] == '*') {
      if (++stars > 1) {
        why = "has \"*\" twice; leave one";
        return std::nullopt;
      }
      out.pieces_.push_back({Kind::any, {}});
      ++at;
    } else if (text[at] == '{' || text[at] == '}') {
      why = "has braces that are not {version}; write {version} where the version stands";
      return std::nullopt;
    } else {
      const auto end = std::min(text.find_first_of("{}*", at), text.size());
      out.pieces_.push_back({Kind::literal, std::string(text.substr(at, end - at))});
      at = end;
    }
  }
  return out;
}

std::optional<Pattern::Match> Pattern::match(std::string_view text, const Catalogue& catalogue) const {
  Match out;
  if (!match_from(0, text, catalogue, out)) return std::nullopt;
  return out;
}

bool Pattern::match_from(std::size_t piece, std::string_view rest, const Catalogue& catalogue,
                         Match& out) const {
  if (piece == pieces_.size()) return rest.empty();
  const auto& [kind, literal] = pieces_[piece];
  if (kind == Kind::literal) {
    if (rest.size() < literal.size()) return false;
    const auto head = rest.substr(0, literal.size());
    if (!(ignore_case_ ? iequals(head, literal) : head == literal)) return false;
    return match_from(piece + 1, rest.substr(literal.size()), catalogue, out);
  }
  if (kind == Kind::any) {
    for (std::size_t size = 1; size <= rest.size(); ++size)
      if (match_from(piece + 1, rest.substr(size), catalogue, out)) return true;
    return false;
  }
  std::size_t size = 0;
  while (size < std::min(rest.size(), kVersionBytes) && is_version_byte(rest[size]))
    ++size;
  for (; size > 0; --size) {
    if (!match_from(piece + 1, rest.substr(size), catalogue, out)) continue;
    out.number = catalogue.read(rest.substr(0, size));
    out.text = rest.substr(0, size);
    if (out.number) return true;
  }
  return false;
}

}  // namespace api_version
