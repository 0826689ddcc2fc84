// What a header, query parameter or cookie must be like: present or absent, one of some texts, a part, or a regex.
//
// Immutable after reading; shared by the workers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host.h"
#include "regex.h"
#include "truth.h"

namespace sluice::router {

class ValueMatch {
 public:
  // From "text", a number, true (present), false (absent), a list of texts (any of them), or a table with one of exact, prefix,
  // suffix, contains, regex, present, and perhaps `not` and `ignore_case`. Reports what is wrong and gives nothing then.
  static std::optional<ValueMatch> read(const Node& node);

  // `value(nth)` gives the nth value or nothing: one that fits is enough; with `not` none may fit.
  template <class Values>
  Truth holds(Values value, Scratch& scratch) const {
    auto any = Truth::no;
    for (std::size_t nth = 0; any != Truth::yes; ++nth) {
      const auto each = value(nth);
      if (!each) break;
      if (const auto one = fits(*each, scratch); one != Truth::no) any = one;
    }
    return negated_ ? !any : any;
  }

  // The texts when it is "exactly one of these, by case": what an index can be made of. Null otherwise.
  const std::vector<std::string>* exact_texts() const;
  // The same text for the same meaning; for finding routes that can never be hit.
  std::string canonical() const;
  std::uint32_t groups() const { return regex_ ? static_cast<std::uint32_t>(regex_->groups().size()) : 0; }

 private:
  enum class How : std::uint8_t { any, exact, prefix, suffix, contains, regex };

  bool read_table(const Node& node);
  bool read_texts(const Node& node);
  Truth fits(std::string_view value, Scratch& scratch) const;
  bool fits_text(std::string_view value) const;

  How how_ = How::any;
  bool negated_ = false;
  bool ignore_case_ = false;
  std::vector<std::string> texts_;  // sorted; lower case when case is ignored
  std::shared_ptr<const Regex> regex_;
};

}  // namespace sluice::router
