#include "template.h"

#include <algorithm>

namespace sluice::router {
namespace {

// Every "%" begins an escape (RFC 3986 2.1), and none is of the null byte, which no path has.
bool has_good_escapes(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdefABCDEF";
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const auto digits = text.substr(at + 1, 2);
    if (digits.size() < 2 || digits.find_first_not_of(hex) != std::string_view::npos || digits == "00")
      return false;
  }
  return true;
}

// Is it "." or "..", an escaped dot counting as one, as the normal form has it?
bool is_dot_segment(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool escaped = segment.starts_with("%2e") || segment.starts_with("%2E");
    if (!escaped && segment.front() != '.') return false;
    segment.remove_prefix(escaped ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool has_dot_segment(std::string_view path) {
  for (Segments segments(path); !segments.at_end(); segments.next())
    if (is_dot_segment(segments.current())) return true;
  return false;
}

}  // namespace

bool Template::parse(const Node& node, std::string_view text, std::vector<Piece>& out) {
  while (!text.empty()) {
    const auto open = text.find_first_of("{}");
    if (open != 0) {
      out.push_back({Piece::Kind::text, std::string(text.substr(0, open))});
      if (open == std::string_view::npos) break;
      text.remove_prefix(open);
    }
    const auto close = text.find('}');
    const auto name = close == std::string_view::npos ? std::string_view() : text.substr(1, close - 1);
    if (text.front() != '{' || name.empty() || name.find('{') != std::string_view::npos) {
      node.problem("has " + in_quotes(text) +
                   ", where {name} of a path parameter is expected (write %7B and %7D for braces)");
      return false;
    }
    Piece piece{Piece::Kind::name, std::string(name)};
    std::ranges::transform(piece.text, piece.text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    out.push_back(std::move(piece));
    text.remove_prefix(close + 1);
  }
  return true;
}

std::optional<Template> Template::read(const Node& node, std::string_view text,
                                       const std::vector<const Pattern*>& patterns) {
  Template out;
  const auto mark = text.find('?');
  auto path = text.substr(0, mark);
  const bool valid = path.starts_with('/') &&
                     std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!valid || text.find('#') != std::string_view::npos) {
    node.problem(
        "path " + in_quotes(text) +
        " must begin with \"/\" and have no spaces, \"#\" or bytes outside ASCII; write those as %XX");
    return std::nullopt;
  }
  if (!has_good_escapes(text)) {
    node.problem("path " + in_quotes(text) + " has a bad escape; write \"%25\" for a percent sign");
    return std::nullopt;
  }
  const bool with_rest = path.ends_with("/*");
  if (with_rest) path.remove_suffix(2);
  if (path.find('*') != std::string_view::npos) {
    node.problem("path " + in_quotes(text) + " has \"*\" elsewhere than as its last segment");
    return std::nullopt;
  }
  if (!parse(node, path, out.path_)) return std::nullopt;
  if (with_rest) out.path_.push_back({Piece::Kind::rest, {}});
  std::string shape;
  for (const auto& piece : out.path_)
    shape += piece.kind == Piece::Kind::text ? piece.text : piece.kind == Piece::Kind::name ? "x" : "/x";
  if (has_dot_segment(shape)) {
    node.problem("path " + in_quotes(text) + " has a dot segment; write the path without it");
    return std::nullopt;
  }
  out.has_query_ = mark != std::string_view::npos;
  if (out.has_query_ && !parse(node, text.substr(mark + 1), out.query_)) return std::nullopt;

  for (const auto* pattern : patterns) {
    if (with_rest && pattern->kind != Pattern::Kind::prefix) {
      node.problem("path " + in_quotes(text) + " ends in \"/*\", but the route's path " +
                   in_quotes(pattern->text) + " is no prefix");
      return std::nullopt;
    }
    for (const auto* pieces : {&out.path_, &out.query_})
      for (const auto& piece : *pieces) {
        if (piece.kind != Piece::Kind::name ||
            std::ranges::find(pattern->names, piece.text) != pattern->names.end())
          continue;
        node.problem("path " + in_quotes(text) + " uses {" + piece.text + "}, which the route's path " +
                     in_quotes(pattern->text) + " does not have");
        return std::nullopt;
      }
  }
  return out;
}

bool Template::needs_match() const {
  const auto takes = [](const Piece& piece) {
    return piece.kind != Piece::Kind::text;
  };
  return std::ranges::any_of(path_, takes) || std::ranges::any_of(query_, takes);
}

std::string_view Template::value(const Piece& piece, const Captures& captures) {
  switch (piece.kind) {
    case Piece::Kind::text: return piece.text;
    case Piece::Kind::name: return captures.find(piece.text).value_or("");
    case Piece::Kind::rest: break;
  }
  return captures.rest;
}

bool Template::path(const Captures& captures, std::string& out) const {
  const auto begin = out.size();
  for (const auto& piece : path_)
    out += value(piece, captures);
  if (out.size() == begin) out += '/';
  // What a regex captured may begin with "/": "//host" in a Location would be another host (RFC 3986 4.2).
  const auto second = out.find_first_not_of('/', begin);
  const auto slashes = (second == std::string::npos ? out.size() : second) - begin;
  if (slashes > 1) out.erase(begin + 1, slashes - 1);
  return !has_dot_segment(std::string_view(out).substr(begin));
}

void Template::query(const Captures& captures, std::string& out) const {
  for (const auto& piece : query_) {
    if (piece.kind == Piece::Kind::text) {
      out += piece.text;
      continue;
    }
    for (const char c : value(piece, captures)) {
      switch (c) {
        case '&': out += "%26"; break;
        case ';': out += "%3B"; break;
        case '=': out += "%3D"; break;
        case '+': out += "%2B"; break;
        default: out += c;
      }
    }
  }
}

}  // namespace sluice::router
