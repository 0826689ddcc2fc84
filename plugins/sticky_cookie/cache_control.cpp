#include "cache_control.h"

#include <string>

#include "cookie_text.h"
#include "words.h"

namespace sticky_cookie {
namespace {

// Cuts the next member off `list`; commas in quoted strings do not count.
std::string_view take_member(std::string_view& list) {
  bool is_quoted = false;
  std::size_t end = 0;
  for (; end < list.size() && (is_quoted || list[end] != ','); ++end) {
    if (list[end] == '"') is_quoted = !is_quoted;
    if (is_quoted && list[end] == '\\') ++end;
  }
  const auto member = trim(list.substr(0, std::min(end, list.size())));
  list.remove_prefix(std::min(end + 1, list.size()));
  return member;
}

}  // namespace

void mark_private(sluice::Headers response, std::string_view field) {
  for (std::size_t nth = 0; auto line = response.get("cache-control", nth); ++nth) {
    while (!line->empty()) {
      const auto member = lower(take_member(*line));
      if (member == "no-store" || member == "private") return;
    }
  }
  response.add("Cache-Control", "private=\"" + std::string(field) + "\"");
}

}  // namespace sticky_cookie
