#include "pattern.h"

#include <algorithm>

namespace sluice::router {
namespace {

constexpr std::size_t kLongestName = 58;          // "param." and it make a note's name, at most 64 bytes
constexpr std::string_view kUnreserved = "-._~";  // and letters and digits (RFC 3986 2.3)
constexpr std::string_view kPathBytes = "-._~!$&'()*+,;=:@";  // and letters and digits (RFC 3986 3.3)

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void escape(char c, std::string& out) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

// One segment in the normal form: unreserved escapes decoded, others in upper case, what no URI can hold escaped. Nothing for
// a bad escape.
std::optional<std::string> normal_segment(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c != '%') {
      if (is_alnum(c) || kPathBytes.find(c) != std::string_view::npos)
        out += c;
      else
        escape(c, out);
      continue;
    }
    const int high = i + 2 < raw.size() ? hex(raw[i + 1]) : -1;
    const int low = i + 2 < raw.size() ? hex(raw[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    const char decoded = static_cast<char>(high << 4 | low);
    if (is_alnum(decoded) || kUnreserved.find(decoded) != std::string_view::npos)
      out += decoded;
    else
      (out += '%') += {upper(raw[i + 1]), upper(raw[i + 2])};
    i += 2;
  }
  return out;
}

std::optional<std::string> param_name(std::string_view segment) {
  std::string name;
  for (char c : segment.substr(1, segment.size() - 2)) {
    if (!is_alnum(c) && c != '_') return std::nullopt;
    name += lower(c);
  }
  return name.empty() || name.size() > kLongestName ? std::nullopt : std::optional(name);
}

class PatternReader {
 public:
  PatternReader(const Node& node, std::string_view text) : node_(node), text_(text) {}

  std::optional<Pattern> path(Pattern::Kind kind, bool with_params) {
    if (!text_.starts_with('/')) return problem("must begin with \"/\"");
    if (text_.find_first_of("?#") != std::string_view::npos)
      return problem("holds \"?\" or \"#\"; a path has no query: match it with query = { NAME = \"value\" }");
    Pattern out;
    out.kind = kind;
    for (Segments segments(text_); !segments.at_end(); segments.next())
      if (!segment(segments.current(), with_params, out)) return std::nullopt;
    // A prefix is a number of whole segments: "/a/" is the same as "/a", and "/" takes everything.
    if (kind == Pattern::Kind::prefix && out.pieces.back().empty() && !out.is_param(out.pieces.size() - 1))
      out.pieces.pop_back();
    for (std::size_t i = 0; i < out.pieces.size(); ++i) {
      const bool last = i + 1 == out.pieces.size();
      if (out.pieces[i].empty() && !last && !out.is_param(i))
        return problem("has an empty segment; repeated slashes of a request are merged, so write one");
    }
    if (out.pieces.size() > kMostSegments || out.names.size() > Captures::kMost)
      return problem("has too many segments or parameters");
    out.text = std::string(text_);
    if (kind == Pattern::Kind::prefix) out.text = out.text.ends_with('/') ? out.text + "*" : out.text + "/*";
    return out;
  }

  std::optional<Pattern> regex() {
    auto compiled = Regex::compile(text_, false);
    if (!compiled) return problem("is no regular expression: " + compiled.error());
    Pattern out;
    out.kind = Pattern::Kind::regex;
    out.text = "regex " + std::string(text_);
    for (const auto& group : (*compiled)->groups()) {
      out.names.push_back(group.name);
      std::ranges::transform(group.name, out.names.back().begin(), lower);
      const auto& name = out.names.back();
      if (std::ranges::count(out.names, name) > 1)
        return problem("has the group " + in_quotes(name) + " twice (case does not count)");
    }
    if (out.names.size() > Captures::kMost)
      return problem("has more than 32 groups; use (?:...) for those not needed");
    out.regex = std::move(*compiled);
    return out;
  }

  std::optional<Pattern> problem(const std::string& what) {
    node_.problem("path " + in_quotes(text_) + " " + what);
    return std::nullopt;
  }

 private:
  bool segment(std::string_view raw, bool with_params, Pattern& out) {
    if (with_params && raw.starts_with('{') && raw.ends_with('}')) return param(raw, out);
    if (with_params && raw.find_first_of("{}*") != std::string_view::npos) {
      problem("has " + in_quotes(raw) +
              ": {name} takes a whole segment and \"*\" is the last one; for less write "
              "path = { regex = \"...\" }, for these characters themselves path = { exact = \"...\" }");
      return false;
    }
    auto normal = normal_segment(raw);
    if (!normal || *normal == "." || *normal == "..") {
      problem(normal ? "has a dot segment, which requests never keep; write the path without it"
                     : "has a bad escape; write \"%25\" for a percent sign");
      return false;
    }
    out.pieces.push_back(std::move(*normal));
    return true;
  }

  bool param(std::string_view raw, Pattern& out) {
    const auto name = param_name(raw);
    if (!name || std::ranges::find(out.names, *name) != out.names.end()) {
      problem(name ? "has the parameter " + in_quotes(*name) + " twice (case does not count)"
                   : "has " + in_quotes(raw) +
                         "; a parameter's name is made of letters, digits and \"_\", at most 58");
      return false;
    }
    out.params.push_back({out.pieces.size(), *name});
    out.names.push_back(*name);
    out.pieces.emplace_back();
    return true;
  }

  const Node& node_;
  std::string_view text_;
};

std::optional<Pattern> read_short(const Node& node, std::string_view text) {
  PatternReader reader(node, text);
  if (text == "*") return reader.problem("takes everything when written \"/*\"");
  if (text.starts_with('~') || text.starts_with('^'))
    return reader.problem("looks like a regular expression; write path = { regex = \"...\" }");
  if (!text.ends_with("/*")) return reader.path(Pattern::Kind::exact, true);
  auto prefix = PatternReader(node, text.substr(0, text.size() - (text.size() == 2 ? 1 : 2)));
  return prefix.path(Pattern::Kind::prefix, true);
}

}  // namespace

Pattern Pattern::any() {
  Pattern out;
  out.text = "/*";
  return out;
}

bool Pattern::is_param(std::size_t segment) const {
  return std::ranges::any_of(params, [&](const Param& each) { return each.segment == segment; });
}

Truth Pattern::matches(std::string_view path, bool ignore_trailing_slash, Scratch& scratch) const {
  return kind == Kind::regex ? regex->matches(path, scratch) : truth(takes(path, ignore_trailing_slash));
}

bool Pattern::takes(std::string_view path, bool ignore_trailing_slash) const {
  if (!path.starts_with('/')) return pieces.empty();
  auto trim = [&](std::size_t size) {
    return ignore_trailing_slash && size > 1;
  };
  if (trim(path.size()) && path.ends_with('/')) path.remove_suffix(1);
  const auto wanted = trim(pieces.size()) && pieces.back().empty() && !is_param(pieces.size() - 1)
                          ? pieces.size() - 1
                          : pieces.size();
  Segments segments(path);
  for (std::size_t i = 0; i < wanted; ++i, segments.next()) {
    if (segments.at_end()) return false;
    if (is_param(i) ? segments.current().empty() : segments.current() != pieces[i]) return false;
  }
  return kind == Kind::prefix || segments.at_end();
}

void Pattern::bind(std::string_view path, const Scratch& scratch, Captures& out) const {
  out.count = 0;
  if (kind == Kind::regex) {
    for (std::size_t i = 0; i < names.size(); ++i)
      out.add(names[i], Regex::captured(path, regex->groups()[i].number, scratch));
    return;
  }
  if (!path.starts_with('/')) return;
  Segments segments(path);
  auto next = params.begin();
  for (std::size_t i = 0; i < pieces.size() && !segments.at_end(); ++i, segments.next()) {
    if (next == params.end() || next->segment != i) continue;
    out.add(next->name, segments.current());
    ++next;
  }
  out.rest = segments.rest();
}

std::optional<std::vector<std::string>> read_segments(const Node& node, std::string_view text) {
  auto prefix = PatternReader(node, text).path(Pattern::Kind::prefix, false);
  if (!prefix) return std::nullopt;
  return std::move(prefix->pieces);
}

std::optional<Pattern> read_pattern(const Node& node) {
  if (const auto text = node.text()) return read_short(node, *text);
  if (!node.is_table() || node.size() != 1) {
    node.problem("a path is a string, or a table with one of exact, prefix, regex");
    return std::nullopt;
  }
  std::string_view key;
  const auto value = node.at(0, &key);
  if (!node.has_only("exact prefix regex")) return std::nullopt;
  const auto text = value.text();
  if (!text) {
    value.problem("a path is a string");
    return std::nullopt;
  }
  PatternReader reader(value, *text);
  if (key == "regex") return reader.regex();
  return reader.path(key == "exact" ? Pattern::Kind::exact : Pattern::Kind::prefix, false);
}

}  // namespace sluice::router
