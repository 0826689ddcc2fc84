#include "cell.h"

#include <algorithm>
#include <map>

namespace sluice::router {
namespace {

// From so many entries on, one hash look-up is cheaper than testing half of them.
constexpr std::size_t kWorthAnIndex = 16;

}  // namespace

Cell::Cell(std::vector<Entry> entries, const std::vector<Conditions>& conditions)
    : entries_(std::move(entries)) {
  if (entries_.size() >= kWorthAnIndex) index(conditions);
}

const std::vector<std::string>* Cell::texts_for(const Conditions& conditions, FieldIs::Where where,
                                                const std::string& name) {
  for (const auto& condition : conditions.list) {
    const auto* field_is = std::get_if<FieldIs>(&condition);
    if (field_is && field_is->where == where && field_is->name == name) return field_is->match.exact_texts();
  }
  return nullptr;
}

void Cell::index(const std::vector<Conditions>& conditions) {
  std::map<std::pair<FieldIs::Where, std::string>, std::size_t> uses;
  for (const auto& entry : entries_) {
    if (entry.conditions == kNone) continue;
    for (const auto& condition : conditions[entry.conditions].list)
      if (const auto* field_is = std::get_if<FieldIs>(&condition); field_is && field_is->match.exact_texts())
        ++uses[{field_is->where, field_is->name}];
  }
  const auto most = std::ranges::max_element(uses, {}, [](const auto& each) { return each.second; });
  if (most == uses.end() || most->second < kWorthAnIndex) return;

  by_value_ = std::make_unique<ByValue>();
  std::tie(by_value_->where, by_value_->name) = most->first;
  auto& values = by_value_->values;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const auto* texts = entries_[i].conditions == kNone ? nullptr
                                                        : texts_for(conditions[entries_[i].conditions],
                                                                    by_value_->where, by_value_->name);
    if (!texts) {
      by_value_->others.push_back(i);
      continue;
    }
    for (const auto& text : *texts) {
      const auto list = by_value_->lists.find_or_add(0, text, static_cast<std::uint32_t>(values.size()));
      if (list == values.size()) values.emplace_back();
      if (values[list].empty() || values[list].back() != i) values[list].push_back(i);
    }
  }
}

Truth Cell::holds(const Entry& entry, Request& request, const std::vector<Conditions>& conditions,
                  Trace& trace) {
  ++trace.candidates;
  if (entry.conditions == kNone) return Truth::yes;
  const Condition* failing = nullptr;
  const auto holding = conditions[entry.conditions].hold(request, failing);
  if (holding == Truth::unknown) trace.gave_up = true;
  if (holding != Truth::no) return holding;
  if (trace.missed < Trace::kKept) trace.misses[trace.missed] = {&entry, failing};
  ++trace.missed;
  return Truth::no;
}

std::span<const std::uint32_t> Cell::list_for(Request& request, Trace& trace,
                                              std::vector<std::uint32_t>& merged) const {
  const auto& by = *by_value_;
  const auto value = by.where == FieldIs::Where::header  ? request.header(by.name)
                     : by.where == FieldIs::Where::query ? request.query_value(by.name)
                                                         : request.cookie(by.name);
  if (!value) return {};
  ++trace.lookups;
  const auto list = by.lists.find(0, *value);
  const bool is_only = by.where != FieldIs::Where::header || !request.header(by.name, 1);
  if (is_only) return list == StringTable::kNone ? std::span<const std::uint32_t>() : by.values[list];

  // Any of several lines may fit. Each list once, however often a client says its value.
  std::vector<std::uint32_t> lists = {list};
  for (std::size_t nth = 1; const auto more = request.header(by.name, nth); ++nth) {
    ++trace.lookups;
    lists.push_back(by.lists.find(0, *more));
  }
  std::ranges::sort(lists);
  lists.erase(std::ranges::unique(lists).begin(), lists.end());
  if (lists.back() == StringTable::kNone) lists.pop_back();
  for (const auto each : lists)
    merged.insert(merged.end(), by.values[each].begin(), by.values[each].end());
  std::ranges::sort(merged);
  merged.erase(std::ranges::unique(merged).begin(), merged.end());
  return merged;
}

const Entry* Cell::find(Request& request, const std::vector<Conditions>& conditions, Trace& trace) const {
  if (!by_value_) {
    for (const auto& entry : entries_)
      if (const auto holding = holds(entry, request, conditions, trace); holding != Truth::no)
        return holding == Truth::yes ? &entry : nullptr;
    return nullptr;
  }
  // Both lists ascend; the lower position has precedence.
  std::vector<std::uint32_t> merged;
  const auto list = list_for(request, trace, merged);
  auto mine = list.begin();
  auto other = by_value_->others.begin();
  while (mine != list.end() || other != by_value_->others.end()) {
    const bool take_mine = other == by_value_->others.end() || (mine != list.end() && *mine < *other);
    const auto& entry = entries_[take_mine ? *mine++ : *other++];
    if (const auto holding = holds(entry, request, conditions, trace); holding != Truth::no)
      return holding == Truth::yes ? &entry : nullptr;
  }
  return nullptr;
}

}  // namespace sluice::router
