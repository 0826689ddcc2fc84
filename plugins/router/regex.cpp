#include "regex.h"

#include "host.h"

namespace sluice::router {
namespace {

// Bytes of stack for machine-code matching: what it begins with and may grow to. PCRE2's own default is 32 KiB in all,
// which nested repetitions over a long path exceed.
constexpr std::size_t kStackStart = 32 << 10;
constexpr std::size_t kStackMost = 512 << 10;

std::string error_text(int code) {
  char buffer[256];
  pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(buffer), sizeof buffer);
  return buffer;
}

PCRE2_SPTR bytes(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data() ? text.data() : "");
}

}  // namespace

Scratch::Scratch(std::uint32_t groups, std::uint32_t match_limit)
    : match_(pcre2_match_data_create(groups + 1, nullptr)),
      limits_(pcre2_match_context_create(nullptr)),
      stack_(pcre2_jit_stack_create(kStackStart, kStackMost, nullptr)) {
  if (!is_usable()) return;
  pcre2_set_match_limit(limits_, match_limit);
  pcre2_jit_stack_assign(limits_, nullptr, stack_);
}

Scratch::~Scratch() {
  pcre2_match_data_free(match_);
  pcre2_match_context_free(limits_);
  pcre2_jit_stack_free(stack_);
}

std::expected<std::unique_ptr<Regex>, std::string> Regex::compile(std::string_view pattern,
                                                                  bool ignore_case) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF |
                                (ignore_case ? PCRE2_CASELESS : 0);
  auto* code = pcre2_compile(bytes(pattern), pattern.size(), options, &error, &offset, nullptr);
  if (!code) return std::unexpected(error_text(error) + " at offset " + std::to_string(offset));
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // where there is no JIT, pcre2_match interprets
  return std::unique_ptr<Regex>(new Regex(pattern, code));
}

Regex::Regex(std::string_view pattern, pcre2_code* code) : pattern_(pattern), code_(code) {
  std::uint32_t groups = 0;
  std::uint32_t names = 0;
  std::uint32_t entry_size = 0;
  PCRE2_SPTR table = nullptr;
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
  pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &names);
  pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
  pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
  for (std::uint32_t i = 1; i <= groups; ++i)
    groups_.push_back({std::to_string(i), i});
  for (std::uint32_t i = 0; i < names; ++i) {
    const auto* entry =
        table + std::size_t{i} * entry_size;  // two bytes of number, then the name, terminated
    groups_[(entry[0] << 8 | entry[1]) - 1].name = reinterpret_cast<const char*>(entry + 2);
  }
}

Regex::~Regex() { pcre2_code_free(code_); }

Truth Regex::matches(std::string_view text, Scratch& scratch) const {
  const int found = pcre2_match(code_, bytes(text), text.size(), 0, 0, scratch.match_, scratch.limits_);
  if (found > 0) return Truth::yes;
  if (found == PCRE2_ERROR_NOMATCH) return Truth::no;
  scratch.why_ = "regex " + in_quotes(pattern_) + " gave up on " + std::to_string(text.size()) + " bytes (" +
                 error_text(found) + "); see regex_match_limit";
  return Truth::unknown;
}

std::string_view Regex::captured(std::string_view text, std::uint32_t number, const Scratch& scratch) {
  if (number >= pcre2_get_ovector_count(scratch.match_)) return {};
  const auto* pairs = pcre2_get_ovector_pointer(scratch.match_);
  const auto begin = pairs[2 * number];
  const auto end = pairs[2 * number + 1];
  return begin == PCRE2_UNSET || end < begin ? std::string_view() : text.substr(begin, end - begin);
}

}  // namespace sluice::router
