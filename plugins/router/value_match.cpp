#include "value_match.h"

#include <algorithm>

namespace sluice::router {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view a, std::string_view lowered, bool ignore_case) {
  if (!ignore_case) return a == lowered;
  return std::ranges::equal(a, lowered, {}, lower);
}

bool contains(std::string_view value, std::string_view part, bool ignore_case) {
  if (!ignore_case) return value.find(part) != std::string_view::npos;
  return std::ranges::search(value, part, {}, lower).begin() != value.end() || part.empty();
}

}  // namespace

std::optional<ValueMatch> ValueMatch::read(const Node& node) {
  ValueMatch out;
  if (const auto present = node.boolean()) {
    out.negated_ = !*present;
    return out;
  }
  if (node.is_table()) return out.read_table(node) ? std::optional(std::move(out)) : std::nullopt;
  out.how_ = How::exact;
  return out.read_texts(node) ? std::optional(std::move(out)) : std::nullopt;
}

bool ValueMatch::read_texts(const Node& node) {
  bool ok = !node.is_list() || node.size() > 0;
  node.for_one_or_each([&](const Node& each) {
    if (const auto text = each.text())
      texts_.emplace_back(*text);
    else if (const auto number = each.integer())
      texts_.push_back(std::to_string(*number));
    else
      ok = false;
  });
  if (!ok)
    node.problem(
        "a value is matched by a string, a list of strings (any of them), true (present), false (absent), or a "
        "table such as { regex = \"...\" }");
  if (ignore_case_)
    for (auto& text : texts_)
      std::ranges::transform(text, text.begin(), lower);
  std::ranges::sort(texts_);
  return ok;
}

bool ValueMatch::read_table(const Node& node) {
  static constexpr std::pair<std::string_view, How> ways[] = {
      {"exact", How::exact},       {"prefix", How::prefix}, {"suffix", How::suffix},
      {"contains", How::contains}, {"regex", How::regex},   {"present", How::any}};
  if (!node.has_only("exact prefix suffix contains regex present not ignore_case")) return false;
  Node chosen;
  for (const auto& [word, how] : ways) {
    const auto value = node.get(word);
    if (!value) continue;
    if (chosen) {
      node.problem(
          "has more than one of exact, prefix, suffix, contains, regex, present; each goes into a match of its own");
      return false;
    }
    chosen = value;
    how_ = how;
  }
  const auto flag = [&](std::string_view key, bool& out) {
    const auto value = node.get(key);
    if (!value) return true;
    if (const auto given = value.boolean()) return out = *given, true;
    value.problem(in_quotes(key) + " is true or false");
    return false;
  };
  if (!flag("not", negated_) || !flag("ignore_case", ignore_case_)) return false;
  if (!chosen) {
    node.problem(
        "says nothing of the value; it needs one of exact, prefix, suffix, contains, regex, present");
    return false;
  }
  if (how_ == How::any) {
    bool present = true;
    if (!flag("present", present)) return false;
    negated_ = negated_ == present;
    return true;
  }
  if (how_ != How::regex) return read_texts(chosen);
  const auto pattern = chosen.text();
  auto compiled = Regex::compile(pattern.value_or(""), ignore_case_);
  if (!pattern || !compiled) {
    chosen.problem(!pattern ? "a regex is a string"
                            : in_quotes(*pattern) + " is no regular expression: " + compiled.error());
    return false;
  }
  regex_ = std::move(*compiled);
  return true;
}

Truth ValueMatch::fits(std::string_view value, Scratch& scratch) const {
  if (how_ == How::any) return Truth::yes;
  return how_ == How::regex ? regex_->matches(value, scratch) : truth(fits_text(value));
}

bool ValueMatch::fits_text(std::string_view value) const {
  for (const auto& text : texts_) {
    switch (how_) {
      case How::exact:
        if (same(value, text, ignore_case_)) return true;
        break;
      case How::prefix:
        if (value.size() >= text.size() && same(value.substr(0, text.size()), text, ignore_case_))
          return true;
        break;
      case How::suffix:
        if (value.size() >= text.size() && same(value.substr(value.size() - text.size()), text, ignore_case_))
          return true;
        break;
      default:
        if (contains(value, text, ignore_case_)) return true;
    }
  }
  return false;
}

const std::vector<std::string>* ValueMatch::exact_texts() const {
  return how_ == How::exact && !negated_ && !ignore_case_ ? &texts_ : nullptr;
}

std::string ValueMatch::canonical() const {
  std::string out =
      std::to_string(static_cast<int>(how_)) + (negated_ ? "!" : "=") + (ignore_case_ ? "i" : "c");
  for (const auto& text : texts_)
    out += std::to_string(text.size()) + ":" + text;
  return regex_ ? out + regex_->pattern() : out;
}

}  // namespace sluice::router
