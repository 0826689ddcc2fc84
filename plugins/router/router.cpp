#include "router.h"

#include <algorithm>
#include <random>
#include <set>

#include "ranges.h"

namespace sluice::router {
namespace {

bool is_label_text(std::string_view host) {
  return !host.empty() && host.find("..") == std::string_view::npos && !host.starts_with('.') &&
         !host.ends_with('.') && std::ranges::all_of(host, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
         });
}

// Lower case; "" for any. Reports what is wrong and gives nothing then.
std::optional<std::string> read_host(const Node& node) {
  const auto text = node.text();
  if (!text) {
    node.problem("host is a string or a list of strings");
    return std::nullopt;
  }
  std::string host(*text);
  std::ranges::transform(host, host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (host == "*") return "";
  if (auto ip6 = normal_ip6(host)) return ip6;
  const auto name = host.starts_with("*.") ? std::string_view(host).substr(2) : std::string_view(host);
  if (is_label_text(name)) return host;
  std::string remedy = "write a name such as \"example.com\" or \"*.example.com\"";
  if (host.starts_with('[') && host.ends_with(']'))
    remedy = "between the brackets is no IPv6 address";
  else if (std::ranges::any_of(host, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    remedy = "write international names in their \"xn--\" form";
  else if (host.find(':') != std::string::npos)
    remedy = "leave the port out; `listener` tells ports apart";
  else if (host.find('*') != std::string::npos)
    remedy = "\"*\" stands for whole labels at the beginning only, as in \"*.example.com\"";
  node.problem("host " + in_quotes(*text) + " cannot match: " + remedy);
  return std::nullopt;
}

std::string described(const Router& router, const Entry& entry) {
  const auto host = router.index().host_name(entry);
  return std::string(host) + ", path " + router.index().pattern(entry.pattern).text;
}

}  // namespace

// ---- reading ----

std::unique_ptr<Router> Router::create(const sluice_create& args) {
  Report report;
  const Node own(args.config, report);
  const auto& routes = *host().routes;
  const auto flag = [&](std::string_view key) {
    return own.get(key).boolean().value_or(false);
  };
  std::unique_ptr<Router> out(new Router(flag("ignore_trailing_slash")));
  out->explains_ = flag("explain");
  const auto limit = own.get("regex_match_limit");
  const auto limit_value = limit.integer().value_or(0);
  if (limit_value < 1 || limit_value > UINT32_MAX)
    limit.problem("regex_match_limit " + std::to_string(limit_value) + " is not 1 to 4294967295");
  out->match_limit_ = static_cast<std::uint32_t>(limit_value);

  const auto count = routes.count(&args);
  out->routes_.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    out->read_route(args, Node(routes.config(&args, i), report), static_cast<std::uint32_t>(i));
  out->check_conflicts(args, own.get("on_conflict").text().value_or(""), report);
  const auto policy = own.get("on_conflict");
  if (policy.text() != "warn" && policy.text() != "error" && policy.text() != "ignore")
    policy.problem("on_conflict is \"warn\", \"error\" or \"ignore\"");
  return report.problems == 0 ? std::move(out) : nullptr;
}

void Router::read_route(const sluice_create& args, const Node& node, std::uint32_t route) {
  sluice_str name{};
  host().routes->name(&args, route, &name);
  routes_[route].name = view(name);
  const auto match = node.get("match");
  if (!match) {
    routes_[route].patterns.push_back(index_.add_pattern(Pattern::any()));
    index_.add("", routes_[route].patterns.back(), kNone, route);
  } else if (match.is_list() && match.size() == 0) {
    match.problem("match is an empty list and takes nothing; leave it out to take everything");
  } else {
    match.for_one_or_each([&](const Node& each) { read_match(args, each, route); });
  }
  read_actions(args, node, route);
}

void Router::read_match(const sluice_create& args, const Node& match, std::uint32_t route) {
  std::vector<std::string> hosts;
  if (const auto node = match.get("host")) {
    node.for_one_or_each([&](const Node& each) {
      if (auto host = read_host(each)) hosts.push_back(std::move(*host));
    });
    if (node.is_list() && node.size() == 0)
      node.problem("host is empty and matches nothing; leave it out for any");
  } else {
    hosts.emplace_back();
  }
  std::vector<std::uint32_t> patterns;
  if (const auto node = match.get("path")) {
    node.for_one_or_each([&](const Node& each) {
      if (auto pattern = read_pattern(each)) patterns.push_back(index_.add_pattern(std::move(*pattern)));
    });
    if (node.is_list() && node.size() == 0)
      node.problem("path is empty and matches nothing; leave it out for any");
  } else {
    patterns.push_back(index_.add_pattern(Pattern::any()));
  }
  const auto conditions = index_.add_conditions(read_conditions(args, match));
  for (const auto& host : hosts)
    for (const auto pattern : patterns)
      index_.add(host, pattern, conditions, route);
  routes_[route].patterns.insert(routes_[route].patterns.end(), patterns.begin(), patterns.end());
}

void Router::read_actions(const sluice_create& args, const Node& node, std::uint32_t route) {
  auto& kept = routes_[route];
  std::vector<const Pattern*> patterns;
  for (const auto pattern : kept.patterns)
    patterns.push_back(&index_.pattern(pattern));
  kept.actions = Actions::read(args, node, kept.name, patterns);
  if (!kept.actions) return;
  edits_responses_ = edits_responses_ || kept.actions->edits_response();

  const auto* scheme = kept.actions->redirected_scheme();
  const auto match = node.get("match");
  bool bounded = match && scheme;
  if (bounded)
    match.for_one_or_each(
        [&](const Node& each) { bounded = bounded && (each.get("scheme") || each.get("listener")); });
  if (scheme && !bounded)
    node.get("redirect")
        .problem("redirect to " + *scheme + " would meet its own target again and again; add scheme = \"" +
                 (*scheme == "https" ? "http" : "https") + "\" to the route's match");
}

void Router::check_conflicts(const sluice_create& args, std::string_view policy, Report& report) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> said;  // once per pair of routes
  index_.seal([&](const Entry& dead, const Entry& by) {
    if (policy == "ignore" || !said.emplace(dead.route, by.route).second) return;
    const Node dead_node(host().routes->config(&args, dead.route), report);
    const Node by_node(host().routes->config(&args, by.route), report);
    std::string text = "route " + in_quotes(routes_[dead.route].name);
    if (dead.route == by.route)
      text += " says the same twice";
    else
      text += " is never reached, because route " + in_quotes(routes_[by.route].name) + " (" +
              by_node.place() + ") comes first";
    text += " for " + described(*this, dead);
    if (policy == "error")
      dead_node.problem(text + "; change one match, or set on_conflict = \"warn\"");
    else
      warn(dead_node.place() + ": " + text);
  });
}

// ---- deciding ----

Worker::Worker(const Router& router)
    : router_(router),
      scratch_(router.index().groups(), router.match_limit()),
      random_(std::random_device{}()) {
  random_ = Random(random_.next() ^ reinterpret_cast<std::uintptr_t>(this));
}

sluice_verdict Worker::on_route(sluice_exchange* ex) {
  const auto& routes = *host().routes;
  if (const auto selected = routes.selected(ex); selected >= 0)
    return on_selected(ex, static_cast<std::size_t>(selected));

  Request request(ex, scratch_);
  Trace trace;
  const auto* found = router_.index().find(request, trace);
  if (trace.gave_up) return undecided(ex);
  if (!found || router_.explains()) note(ex, "router", explain(router_, request, found, trace));
  if (!found) return SLUICE_CONTINUE;  // the host answers 404

  const auto& pattern = router_.index().pattern(found->pattern);
  Captures captures;
  pattern.bind(request.path(), scratch_, captures);
  note_params(ex, captures);
  if (routes.select(ex, found->route) != SLUICE_OK) return fail(ex, "the host refused the route");
  const auto* actions = router_.actions(found->route);
  return actions ? actions->apply(request, &pattern, captures, random_, buffer_) : SLUICE_CONTINUE;
}

sluice_verdict Worker::on_selected(sluice_exchange* ex, std::size_t route) {
  const auto* actions = router_.actions(route);
  if (!actions) return SLUICE_CONTINUE;
  Request request(ex, scratch_);
  Captures captures;
  for (const auto index : router_.patterns_of(route)) {
    const auto& pattern = router_.index().pattern(index);
    const auto taken = pattern.matches(request.path(), router_.index().ignores_trailing_slash(), scratch_);
    if (taken == Truth::unknown) return undecided(ex);
    if (taken == Truth::no) continue;
    pattern.bind(request.path(), scratch_, captures);
    note_params(ex, captures);
    return actions->apply(request, &pattern, captures, random_, buffer_);
  }
  return actions->apply(request, nullptr, captures, random_, buffer_);
}

sluice_verdict Worker::undecided(sluice_exchange* ex) const {
  note(ex, "router", scratch_.why());
  return fail(ex, scratch_.why());
}

void Worker::note_params(sluice_exchange* ex, const Captures& captures) const {
  constexpr std::string_view before = "param.";
  char name[64];  // a note's name is no longer (exchange.h)
  std::ranges::copy(before, name);
  for (std::size_t i = 0; i < captures.count; ++i) {
    const auto& piece = captures.pieces[i];
    const bool numbered = piece.name.front() >= '0' && piece.name.front() <= '9';  // a group without a name
    if (numbered || before.size() + piece.name.size() > sizeof name) continue;
    std::ranges::copy(piece.name, name + before.size());
    note(ex, {name, before.size() + piece.name.size()}, piece.value);
  }
}

sluice_verdict Worker::on_response(sluice_exchange* ex) const {
  const auto selected = host().routes->selected(ex);
  if (selected < 0) return SLUICE_CONTINUE;
  const auto* actions = router_.actions(static_cast<std::size_t>(selected));
  if (actions && !actions->edit_response(ex)) return fail(ex, "a change of response headers was refused");
  return SLUICE_CONTINUE;
}

// ---- saying why ----

namespace {

std::string failure(const Condition& condition, Request& request) {
  return std::visit([&](const auto& each) { return each.failure(request); }, condition);
}

std::string missed(const Router& router, Request& request, const Trace::Miss& miss) {
  return in_quotes(router.route_name(miss.entry->route)) + ": " + failure(*miss.failing, request);
}

}  // namespace

std::string explain(const Router& router, Request& request, const Entry* found, const Trace& trace) {
  const auto kept = std::min<std::size_t>(trace.missed, Trace::kKept);
  std::string out;
  if (found) {
    out = "route " + in_quotes(router.route_name(found->route)) + " takes " + described(router, *found);
  } else if (kept > 0) {
    out = "no route; " + missed(router, request, trace.misses[0]);
  } else if (trace.host_known) {
    out = "no route has a path for " + in_quotes(request.path()) + " on host " + in_quotes(request.host());
  } else {
    out = "no route takes host " + in_quotes(request.host());
  }
  if (!router.explains()) return out;
  for (std::size_t i = found ? 0 : 1; i < kept; ++i)
    out += "; passed over " + missed(router, request, trace.misses[i]);
  if (trace.missed > kept) out += "; and " + std::to_string(trace.missed - kept) + " more";
  return out + " (" + std::to_string(trace.lookups) + " lookups, " + std::to_string(trace.candidates) +
         " candidates)";
}

}  // namespace sluice::router
