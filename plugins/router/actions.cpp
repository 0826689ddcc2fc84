#include "actions.h"

#include <algorithm>

namespace sluice::router {
namespace {

// Of keys that exclude one another the second one given, with the first one's name.
void report_conflicts(const Node& route) {
  static constexpr std::string_view places[] = {"upstream", "upstreams", "redirect", "respond"};
  static constexpr std::string_view paths[] = {"strip_prefix", "rewrite", "redirect", "respond"};
  const auto one_of = [&](auto& keys, std::string_view why) {
    std::string_view first;
    for (const auto key : keys) {
      const auto node = route.get(key);
      if (!node || node.text() == "") continue;
      if (!first.empty()) return node.problem(in_quotes(key) + " and " + in_quotes(first) + std::string(why));
      first = key;
    }
  };
  one_of(places, " exclude each other: a route goes to one place");
  if (!route.get("redirect") && !route.get("respond"))
    one_of(paths, " exclude each other: both say what the upstream's path is");
}

}  // namespace

std::optional<Actions> Actions::read(const sluice_create& args, const Node& route, std::string_view name,
                                     const std::vector<const Pattern*>& patterns) {
  Actions out;
  report_conflicts(route);
  out.split_ = Split::read(args, route, name);
  if (const auto node = route.get("strip_prefix")) out.read_strip(node, patterns);
  if (const auto node = route.get("rewrite")) out.read_rewrite(node, patterns);
  if (const auto node = route.get("redirect")) out.redirect_ = Redirect::read(node, patterns);
  if (const auto node = route.get("respond")) out.fixed_ = Fixed::read(node);
  if (const auto node = route.get("request_headers"))
    out.request_ = HeaderEdits::read(node, SLUICE_REQUEST_HEADERS);
  if (const auto node = route.get("response_headers"))
    out.response_ = HeaderEdits::read(node, SLUICE_RESPONSE_HEADERS);
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

bool Actions::empty() const {
  return !split_ && !rewrite_ && rewrite_host_.empty() && strip_.empty() && !strip_matched_ && !redirect_ &&
         !fixed_ && request_.empty() && response_.empty();
}

void Actions::read_strip(const Node& node, const std::vector<const Pattern*>& patterns) {
  if (node.boolean()) {
    strip_matched_ = *node.boolean();
    const auto other = std::ranges::find_if(
        patterns, [](const Pattern* each) { return each->kind != Pattern::Kind::prefix; });
    if (strip_matched_ && other != patterns.end())
      node.problem("strip_prefix = true takes off the matched prefix, but path " + in_quotes((*other)->text) +
                   " is none; name the prefix");
    return;
  }
  const auto text = node.text().value_or("");
  if (!text.starts_with('/') || text.find_first_of("*?#{}") != std::string_view::npos) {
    node.problem("strip_prefix " + in_quotes(text) +
                 " is no path such as \"/v1\", nor true for the matched prefix");
    return;
  }
  const auto segments = read_segments(node, text);
  if (!segments) return;
  if (segments->empty()) return node.problem("strip_prefix " + in_quotes(text) + " takes nothing off");
  for (const auto& segment : *segments)
    strip_ += "/" + segment;
  const auto useful = [&](const Pattern* each) {
    if (each->kind == Pattern::Kind::regex) return true;
    for (std::size_t i = 0; i < std::min(segments->size(), each->pieces.size()); ++i)
      if (!each->is_param(i) && each->pieces[i] != (*segments)[i]) return false;
    return each->kind == Pattern::Kind::prefix || each->pieces.size() >= segments->size();
  };
  if (!patterns.empty() && std::ranges::none_of(patterns, useful))
    node.problem("strip_prefix " + in_quotes(text) + " begins no path that the route takes");
}

void Actions::read_rewrite(const Node& node, const std::vector<const Pattern*>& patterns) {
  if (const auto text = node.text()) {
    rewrite_ = Template::read(node, *text, patterns);
    return;
  }
  if (!node.is_table() || node.size() == 0)
    return node.problem("rewrite is a path, or a table of path and host");
  if (!node.has_only("path host")) return;
  if (const auto path = node.get("path")) {
    if (const auto text = path.text())
      rewrite_ = Template::read(path, *text, patterns);
    else
      path.problem("path is a string");
  }
  if (const auto name = node.get("host")) {
    rewrite_host_ = name.text().value_or("");
    const bool valid =
        !rewrite_host_.empty() && rewrite_host_.find_first_of("/?#@ \t\\") == std::string::npos &&
        std::ranges::all_of(rewrite_host_, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (!valid) name.problem("host " + in_quotes(rewrite_host_) + " is no host name");
  }
}

std::optional<std::string_view> Actions::stripped(std::string_view path, const Pattern* pattern,
                                                  const Captures& captures) const {
  std::string_view rest;
  if (strip_matched_) {
    if (!pattern || pattern->kind != Pattern::Kind::prefix) return std::nullopt;
    rest = captures.rest;
  } else {
    if (!path.starts_with(strip_)) return std::nullopt;
    rest = path.substr(strip_.size());
    if (!rest.empty() && rest.front() != '/') return std::nullopt;  // "/v1" is no prefix of "/v10"
  }
  return rest.empty() ? std::string_view("/") : rest;
}

bool Actions::write_target(Request& request, const Pattern* pattern, const Captures& captures,
                           std::string& buffer, Target& out) const {
  buffer.clear();
  if (!request.path().starts_with('/')) return true;  // "*" of OPTIONS is no path to be changed
  if (rewrite_) {
    if (!rewrite_->path(captures, buffer)) return false;
    out = {buffer.size(), rewrite_->has_query()};
    if (!out.has_query) return true;
    rewrite_->query(captures, buffer);
    if (const auto old = request.query(); !old.empty()) (buffer += '&') += old;
  } else if (!strip_.empty() || strip_matched_) {
    buffer = stripped(request.path(), pattern, captures).value_or("");
    out = {buffer.size(), false};
  }
  return true;
}

sluice_verdict Actions::apply(Request& request, const Pattern* pattern, const Captures& captures,
                              Random& random, std::string& buffer) const {
  auto* ex = request.exchange();
  const auto& exchange = *host().exchange;
  if (fixed_) return fixed_->respond(ex) ? SLUICE_RESPOND : fail(ex, "the fixed response was refused");
  if (!pattern && ((redirect_ && redirect_->needs_match()) || (rewrite_ && rewrite_->needs_match())))
    return fail(
        ex,
        "another plugin selected the route, but no path of it takes the request: nothing to rewrite from");
  if (redirect_) return redirect_->respond(request, captures, buffer);
  Target target;
  if (!write_target(request, pattern, captures, buffer, target)) return refuse(ex, Template::kDotSegment);
  // A split reads headers and query as the client sent them.
  if (split_ && !field(ex, SLUICE_UPSTREAM)) {
    if (host().routes->upstream_select(ex, split_->choose(request, random)) != SLUICE_OK)
      return fail(ex, "the upstream of a split was refused");
  }
  if (!request_.apply(ex, SLUICE_REQUEST_HEADERS)) return fail(ex, "a change of request headers was refused");
  const auto set = [&](sluice_field which, std::string_view text) {
    return exchange.set(ex, which, text.data(), text.size()) == SLUICE_OK;
  };
  // What was written is valid but for what the client sent: too long, say, or escapes cut apart by a regex.
  const std::string_view written = buffer;
  if (target.has_query && !set(SLUICE_QUERY, written.substr(target.path_size)))
    return refuse(ex, "the query cannot be rewritten");
  if (target.path_size > 0 && !set(SLUICE_PATH, written.substr(0, target.path_size)))
    return refuse(ex, "the path cannot be rewritten");
  if (!rewrite_host_.empty() && !set(SLUICE_AUTHORITY, rewrite_host_))
    return fail(ex, "host " + in_quotes(rewrite_host_) + " was refused");
  return SLUICE_CONTINUE;
}

}  // namespace sluice::router
