#include "config/parts.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/ascii.h"
#include "config/problem.h"
#include "config/value.h"

namespace sluice::config {

std::expected<HashOn, std::string> parse_hash_on(std::string_view text) {
  using Part = HashOn::Part;
  if (text.empty()) return HashOn{};
  if (text == "source") return HashOn{Part::source, {}};
  if (text == "path") return HashOn{Part::path, {}};
  const auto colon = text.find(':');
  const auto kind = text.substr(0, colon);
  const auto name = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto part = kind == "header"   ? Part::header
                    : kind == "cookie" ? Part::cookie
                    : kind == "query"  ? Part::query
                                       : Part::none;
  if (part == Part::none)
    return std::unexpected(fmt::format(
        "{} is nothing to hash; needs \"source\", \"path\", \"header:NAME\", \"cookie:NAME\" or \"query:NAME\"",
        quote(text)));
  if (name.empty())
    return std::unexpected(
        fmt::format("{} names no {}; write one as in \"{}:user\"", quote(text), kind, kind));
  // Headers and cookies have tokens for names (RFC 9110 5.1, RFC 6265 4.1.1).
  if (part != Part::query && !std::ranges::all_of(name, ascii::is_tchar))
    return std::unexpected(fmt::format("{} is no name of a {}", quote(name), kind));
  return HashOn{part, std::string(name)};
}

std::expected<StatusRanges::value_type, std::string> parse_statuses(std::string_view text) {
  const auto wrong = [&text] {
    return std::unexpected(fmt::format(
        "{} is no status; needs one as in \"503\", \"5xx\" or \"500-504\", from 100 to 599", quote(text)));
  };
  if (text.size() == 3 && text[0] >= '1' && text[0] <= '5' && text.substr(1) == "xx") {
    const auto from = static_cast<std::uint16_t>((text[0] - '0') * 100);
    return StatusRanges::value_type{from, static_cast<std::uint16_t>(from + 99)};
  }
  const auto dash = text.find('-');
  const auto from = parse_int(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse_int(text.substr(dash + 1));
  if (!from || !to || *from < 100 || *to > 599 || *from > *to) return wrong();
  return StatusRanges::value_type{static_cast<std::uint16_t>(*from), static_cast<std::uint16_t>(*to)};
}

}  // namespace sluice::config
