#include "index.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace sluice::router {
namespace {

enum Scope : std::uint32_t { kExact = 0, kWildcard = 1, kAny = 2 };

// Cells with more entries are only searched for entries that ask for exactly the same; comparing all pairs would take a
// minute for a cell of 100,000.
constexpr std::size_t kCompareAll = 64;

std::size_t labels(std::string_view host) {
  return static_cast<std::size_t>(std::ranges::count(host, '.')) + 1;
}

}  // namespace

// ---- building ----

std::uint32_t Index::add_pattern(Pattern pattern) {
  if (pattern.regex) groups_ = std::max(groups_, static_cast<std::uint32_t>(pattern.names.size()));
  patterns_.push_back(std::move(pattern));
  return static_cast<std::uint32_t>(patterns_.size() - 1);
}

std::uint32_t Index::add_conditions(Conditions conditions) {
  if (conditions.list.empty()) return kNone;
  groups_ = std::max(groups_, conditions.groups());
  conditions_.push_back(std::move(conditions));
  return static_cast<std::uint32_t>(conditions_.size() - 1);
}

std::uint32_t Index::new_node() {
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t Index::table_of(std::string_view host) {
  const auto next = static_cast<std::uint32_t>(tables_.size());
  std::uint32_t found = kNone;
  if (host.starts_with("*.")) {
    const auto suffix = host.substr(2);
    least_labels_ = std::min(least_labels_, labels(suffix));
    most_labels_ = std::max(most_labels_, labels(suffix));
    found = hosts_.find_or_add(kWildcard, suffix, next);
  } else {
    found = hosts_.find_or_add(host.empty() ? kAny : kExact, host, next);
  }
  if (found == next) tables_.emplace_back().root = new_node();
  return found;
}

std::uint32_t Index::node_of(Table& table, const Pattern& pattern) {
  auto node = table.root;
  auto size = pattern.pieces.size();
  const bool drop_last = ignore_trailing_slash_ && pattern.kind == Pattern::Kind::exact && size > 1;
  if (drop_last && pattern.pieces.back().empty() && !pattern.is_param(size - 1)) --size;
  for (std::size_t i = 0; i < size; ++i) {
    if (pattern.is_param(i)) {
      if (nodes_[node].param == kNone) {
        const auto made = new_node();
        nodes_[node].param = made;
      }
      node = nodes_[node].param;
      continue;
    }
    const auto next = static_cast<std::uint32_t>(nodes_.size());
    node = edges_.find_or_add(node, pattern.pieces[i], next);
    if (node == next) new_node();
  }
  return node;
}

void Index::add(std::string_view host, std::uint32_t pattern, std::uint32_t conditions, std::uint32_t route) {
  Entry entry{route, pattern, conditions, kNone};
  if (!host.empty()) {
    entry.host = host_ids_.find_or_add(0, host, static_cast<std::uint32_t>(host_names_.size()));
    if (entry.host == host_names_.size()) host_names_.emplace_back(host);
  }
  auto& table = tables_[table_of(host)];
  const auto& taken = patterns_[pattern];
  if (taken.kind == Pattern::Kind::regex) {
    table.regex_entries.push_back(entry);
    return;
  }
  auto& node = nodes_[node_of(table, taken)];
  auto& cell = taken.kind == Pattern::Kind::prefix ? node.prefix : node.whole;
  if (cell == kNone) {
    cell = static_cast<std::uint32_t>(open_cells_.size());
    open_cells_.emplace_back();
  }
  open_cells_[cell].push_back(entry);
}

bool Index::precedes(const Entry& a, const Entry& b) const {
  const auto weight = [&](const Entry& entry) {
    return entry.conditions == kNone ? Weight{} : conditions_[entry.conditions].weight;
  };
  return weight(b) < weight(a);
}

void Index::report_shadowed(const std::vector<Entry>& entries,
                            const std::function<void(const Entry&, const Entry&)>& shadowed) const {
  const auto covers = [&](const Entry& a, const Entry& b) {
    if (a.conditions == kNone) return true;
    return b.conditions != kNone && conditions_[a.conditions].cover(conditions_[b.conditions]);
  };
  std::map<std::string, const Entry*> seen;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    const auto same = entry.conditions == kNone ? "" : conditions_[entry.conditions].canonical();
    if (const auto [first, fresh] = seen.emplace(same, &entry); !fresh) {
      shadowed(entry, *first->second);
      continue;
    }
    if (entries.size() > kCompareAll) continue;
    const auto before = std::span(entries).first(i);
    const auto by = std::ranges::find_if(before, [&](const Entry& each) { return covers(each, entry); });
    if (by != before.end()) shadowed(entry, *by);
  }
}

std::uint32_t Index::seal_cell(std::vector<Entry> entries,
                               const std::function<void(const Entry&, const Entry&)>& shadowed) {
  std::ranges::stable_sort(entries, [&](const Entry& a, const Entry& b) { return precedes(a, b); });
  report_shadowed(entries, shadowed);
  cells_.emplace_back(std::move(entries), conditions_);
  return static_cast<std::uint32_t>(cells_.size() - 1);
}

void Index::seal(const std::function<void(const Entry& dead, const Entry& by)>& shadowed) {
  // Cells keep their numbers: nodes point to them.
  for (auto& open : open_cells_)
    seal_cell(std::move(open), shadowed);
  open_cells_ = {};
  for (auto& table : tables_) {
    // Entries of one expression share a cell only while nothing else comes between them in precedence.
    auto& entries = table.regex_entries;
    std::ranges::stable_sort(entries, [&](const Entry& a, const Entry& b) { return precedes(a, b); });
    for (auto it = entries.begin(); it != entries.end();) {
      const auto& text = patterns_[it->pattern].text;
      const auto end = std::find_if(it, entries.end(),
                                    [&](const Entry& each) { return patterns_[each.pattern].text != text; });
      table.regexes.emplace_back(it->pattern, seal_cell({it, end}, shadowed));
      it = end;
    }
    entries = {};
  }
}

std::string_view Index::host_name(const Entry& entry) const {
  return entry.host == kNone ? std::string_view("any host") : host_names_[entry.host];
}

// ---- searching ----

const Entry* Index::find(Request& request, Trace& trace) const {
  auto path = request.path();
  if (ignore_trailing_slash_ && path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  Search search{request, trace, path};
  const auto ask = [&](std::uint32_t scope, std::string_view host) -> const Entry* {
    ++trace.lookups;
    const auto table = hosts_.find(scope, host);
    if (table == kNone) return nullptr;
    trace.host_known = true;
    return in_table(tables_[table], search);
  };
  const auto host = request.host();
  if (const auto* found = ask(kExact, host); found || trace.gave_up) return found;
  if (most_labels_ > 0) {
    auto left = labels(host);
    for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
      if (--left < least_labels_) break;
      if (left > most_labels_ || dot == 0) continue;  // the star is never empty
      if (const auto* found = ask(kWildcard, host.substr(dot + 1)); found || trace.gave_up) return found;
    }
  }
  return ask(kAny, "");
}

const Entry* Index::in_cell(std::uint32_t cell, Search& search) const {
  return cell == kNone ? nullptr : cells_[cell].find(search.request, conditions_, search.trace);
}

const Entry* Index::in_regexes(const Table& table, Search& search) const {
  for (const auto& [pattern, cell] : table.regexes) {
    ++search.trace.candidates;
    const auto taken = patterns_[pattern].regex->matches(search.request.path(), search.request.scratch());
    if (taken == Truth::no) continue;
    if (taken == Truth::unknown) {
      search.trace.gave_up = true;
      return nullptr;
    }
    const auto* found = in_cell(cell, search);
    // A condition's expression may have used the scratch since.
    if (found && found->conditions != kNone)
      patterns_[pattern].regex->matches(search.request.path(), search.request.scratch());
    if (found || search.trace.gave_up) return found;
  }
  return nullptr;
}

std::uint32_t Index::child(std::uint32_t node, std::string_view segment, Search& search) const {
  ++search.trace.lookups;
  return edges_.find(node, segment);
}

const Entry* Index::in_table(const Table& table, Search& search) const {
  // "*" (of OPTIONS *) and the empty path (of CONNECT) are only taken by what takes every path.
  if (!search.path.starts_with('/')) return in_cell(nodes_[table.root].prefix, search);

  // Down the literal edges once, keeping where something else begins.
  struct Stop {
    std::uint32_t node;
    std::size_t begin;
  };
  Stop stops[kMostSegments + 1];  // not initialised: most requests use one or two
  std::size_t count = 0;
  auto node = table.root;
  Segments at(search.path);
  for (;; at.next()) {
    if (nodes_[node].prefix != kNone || nodes_[node].param != kNone) stops[count++] = {node, at.begin()};
    if (at.at_end()) break;
    const auto next = child(node, at.current(), search);
    if (next == kNone) break;
    node = next;
  }
  if (at.at_end())
    if (const auto* found = in_cell(nodes_[node].whole, search); search.is_over(found)) return found;
  if (const auto* found = in_regexes(table, search); search.is_over(found)) return found;
  while (count > 0) {
    const auto& stop = stops[--count];
    const auto* found = beside(stop.node, Segments(search.path, stop.begin), search);
    if (search.is_over(found)) return found;
  }
  return nullptr;
}

const Entry* Index::below(std::uint32_t node, Segments at, Search& search) const {
  if (at.at_end()) {
    if (const auto* found = in_cell(nodes_[node].whole, search); search.is_over(found)) return found;
  } else if (const auto next = child(node, at.current(), search); next != kNone) {
    auto behind = at;
    behind.next();
    if (const auto* found = below(next, behind, search); search.is_over(found)) return found;
  }
  return beside(node, at, search);
}

const Entry* Index::beside(std::uint32_t node, Segments at, Search& search) const {
  const auto param = nodes_[node].param;
  if (param != kNone && !at.at_end() && !at.current().empty()) {
    auto behind = at;
    behind.next();
    if (const auto* found = below(param, behind, search); search.is_over(found)) return found;
  }
  return in_cell(nodes_[node].prefix, search);
}

}  // namespace sluice::router
