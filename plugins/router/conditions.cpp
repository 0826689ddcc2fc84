#include "conditions.h"

#include <algorithm>

namespace sluice::router {
namespace {

std::string_view key_of(sluice_field which) {
  return which == SLUICE_METHOD ? "method" : which == SLUICE_SCHEME ? "scheme" : "listener";
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const auto& each : words) {
    if (!out.empty()) out += between;
    out += each;
  }
  return out;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

std::string_view word(FieldIs::Where where) {
  switch (where) {
    case FieldIs::Where::header: return "header";
    case FieldIs::Where::query: return "query";
    case FieldIs::Where::cookie: return "cookie";
  }
  return "";
}

Truth WordIs::holds(Request& request) const {
  const auto value = which == SLUICE_METHOD   ? request.method()
                     : which == SLUICE_SCHEME ? request.scheme()
                                              : request.listener();
  return truth(std::ranges::find(words, value) != words.end());
}

std::string WordIs::failure(Request& request) const {
  const auto value = field(request.exchange(), which).value_or("");
  return std::string(key_of(which)) + " is " + in_quotes(value) + ", not " + joined(words, " or ");
}

std::string WordIs::canonical() const { return std::string(key_of(which)) + " " + joined(words, ","); }

Truth SourceIn::holds(Request& request) const {
  const auto ip = parse_ip(request.client());
  return truth(ip && std::ranges::any_of(ranges, [&](const Range& range) { return range.has(*ip); }));
}

std::string SourceIn::failure(Request& request) const {
  return "client " + std::string(request.client()) + " is not in source";
}

std::string SourceIn::canonical() const {
  std::string out = "source ";
  for (const auto& range : ranges)
    out.append(reinterpret_cast<const char*>(range.address.data()), range.address.size()) +=
        std::to_string(range.bits);
  return out;
}

Truth FieldIs::holds(Request& request) const {
  auto value = [&](std::size_t nth) -> std::optional<std::string_view> {
    if (where == Where::header) return request.header(name, nth);
    if (nth > 0) return std::nullopt;
    return where == Where::query ? request.query_value(name) : request.cookie(name);
  };
  return match.holds(value, request.scratch());
}

std::string FieldIs::failure(Request& request) const {
  const bool present = where == Where::header  ? request.header(name).has_value()
                       : where == Where::query ? request.query_value(name).has_value()
                                               : request.cookie(name).has_value();
  return std::string(router::word(where)) + " " + in_quotes(name) +
         (present ? " does not match" : " is absent");
}

std::string FieldIs::canonical() const {
  return std::string(router::word(where)) + " " + name + " " + match.canonical();
}

std::string canonical(const Condition& condition) {
  return std::visit([](const auto& each) { return each.canonical(); }, condition);
}

bool covers(const Condition& general, const Condition& special) {
  if (general.index() != special.index()) return false;
  if (const auto* words = std::get_if<WordIs>(&general)) {
    const auto& other = std::get<WordIs>(special);
    return words->which == other.which && std::ranges::includes(words->words, other.words);
  }
  if (const auto* source = std::get_if<SourceIn>(&general)) {
    return std::ranges::all_of(std::get<SourceIn>(special).ranges, [&](const Range& inner) {
      return std::ranges::any_of(source->ranges, [&](const Range& outer) { return outer.covers(inner); });
    });
  }
  return canonical(general) == canonical(special);
}

Truth Conditions::hold(Request& request, const Condition*& failing) const {
  auto all = Truth::yes;
  for (const auto& condition : list) {
    const auto one = std::visit([&](const auto& each) { return each.holds(request); }, condition);
    if (one == Truth::yes) continue;
    all = one;
    failing = &condition;
    if (one == Truth::no) break;
  }
  return all;
}

bool Conditions::cover(const Conditions& special) const {
  return std::ranges::all_of(list, [&](const Condition& mine) {
    return std::ranges::any_of(special.list, [&](const Condition& theirs) { return covers(mine, theirs); });
  });
}

std::string Conditions::canonical() const {
  std::vector<std::string> parts;
  for (const auto& condition : list)
    parts.push_back(router::canonical(condition));
  std::ranges::sort(parts);
  std::string out;
  for (const auto& part : parts)
    out += std::to_string(part.size()) + ":" + part;
  return out;
}

std::uint32_t Conditions::groups() const {
  std::uint32_t most = 0;
  for (const auto& condition : list)
    if (const auto* field_is = std::get_if<FieldIs>(&condition))
      most = std::max(most, field_is->match.groups());
  return most;
}

namespace {

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";  // RFC 9110 5.6.2
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

class ConditionReader {
 public:
  ConditionReader(const sluice_create& args, const Node& match) : args_(args), match_(match) {}

  Conditions read() {
    words("method", SLUICE_METHOD);
    words("scheme", SLUICE_SCHEME);
    words("listener", SLUICE_LISTENER);
    source();
    fields(FieldIs::Where::header, out_.weight.headers);
    fields(FieldIs::Where::query, out_.weight.query);
    fields(FieldIs::Where::cookie, out_.weight.others);
    return std::move(out_);
  }

 private:
  void words(std::string_view key, sluice_field which) {
    const auto node = match_.get(key);
    if (!node) return;
    WordIs condition{which, {}};
    node.for_one_or_each([&](const Node& each) {
      if (const auto text = each.text(); text && check_word(each, which, *text))
        condition.words.emplace_back(*text);
      if (!each.text()) each.problem(in_quotes(key) + " is a string or a list of strings");
    });
    if (node.is_list() && node.size() == 0)
      node.problem(in_quotes(key) + " is empty and matches nothing; leave it out for any");
    std::ranges::sort(condition.words);
    ++(which == SLUICE_METHOD ? out_.weight.method : out_.weight.others);
    out_.list.emplace_back(std::move(condition));
  }

  bool check_word(const Node& node, sluice_field which, std::string_view text) {
    if (which == SLUICE_SCHEME && text != "http" && text != "https") {
      node.problem("scheme " + in_quotes(text) + " is neither \"http\" nor \"https\"");
      return false;
    }
    if (which == SLUICE_METHOD &&
        (!is_token(text) || std::ranges::any_of(text, [](char c) { return c >= 'a' && c <= 'z'; }))) {
      node.problem("method " + in_quotes(text) +
                   " would match no usual request: methods are case-sensitive; write \"GET\"");
      return false;
    }
    if (which == SLUICE_LISTENER && !listener_exists(text)) {
      node.problem("listener " + in_quotes(text) + " is not configured; name one of the [[listener]] tables");
      return false;
    }
    return true;
  }

  bool listener_exists(std::string_view name) const {
    const auto& routes = *host().routes;
    const bool can_ask = routes.size > offsetof(sluice_routes_api, listener_find) && routes.listener_find;
    return !can_ask || routes.listener_find(&args_, name.data(), name.size()) >= 0;
  }

  void source() {
    const auto node = match_.get("source");
    if (!node) return;
    SourceIn condition;
    node.for_one_or_each([&](const Node& each) {
      const auto text = each.text();
      if (!text) return each.problem("source is a string or a list of strings such as \"10.0.0.0/8\"");
      if (auto range = Range::parse(*text))
        condition.ranges.push_back(*range);
      else
        each.problem(range.error());
    });
    if (node.is_list() && node.size() == 0)
      node.problem("source is empty and matches nobody; leave it out for any");
    std::ranges::sort(condition.ranges, {},
                      [](const Range& each) { return std::pair(each.address, each.bits); });
    ++out_.weight.others;
    out_.list.emplace_back(std::move(condition));
  }

  void fields(FieldIs::Where where, std::uint16_t& count) {
    const auto table = match_.get(word(where));
    if (!table) return;
    for (std::size_t i = 0; i < table.size(); ++i) {
      std::string_view name;
      const auto value = table.at(i, &name);
      if (where == FieldIs::Where::query ? name.empty() : !is_token(name)) {
        value.problem(std::string(word(where)) + " name " + in_quotes(name) + " cannot occur in a request");
        continue;
      }
      auto match = ValueMatch::read(value);
      if (!match) continue;
      std::string kept(name);
      if (where == FieldIs::Where::header) std::ranges::transform(kept, kept.begin(), lower);
      ++count;
      out_.list.emplace_back(FieldIs{where, std::move(kept), std::move(*match)});
    }
  }

  const sluice_create& args_;
  const Node& match_;
  Conditions out_;
};

}  // namespace

Conditions read_conditions(const sluice_create& args, const Node& match) {
  return ConditionReader(args, match).read();
}

}  // namespace sluice::router
