#include "cookie_text.h"

#include "key_ring.h"

namespace sticky_cookie {
namespace {

// Name and value together; browsers drop longer ones (RFC 6265bis 5.6).
constexpr std::size_t kMostBytes = 4096;

bool is_quoted(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"';
}

void append(std::string& line, std::string_view piece) {
  if (!line.empty()) line += "; ";
  line += piece;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

Joined take_apart(std::string_view value) {
  const auto inner = is_quoted(value) ? value.substr(1, value.size() - 2) : value;
  if (inner.size() <= kTokenSize) return {value, {}};
  const auto joint = inner.size() - kTokenSize - 1;
  const auto token = inner.substr(joint + 1);
  if (inner[joint] != kJoint || !looks_like_token(token)) return {value, {}};
  return {inner.substr(0, joint), token};
}

std::optional<std::string> without_cookie(std::string_view line, std::string_view name) {
  std::string rest;
  bool is_changed = false;
  for_each_pair(line, [&](auto piece, auto key, auto) {
    if (key == name)
      is_changed = true;
    else
      append(rest, piece);
    return false;
  });
  return is_changed ? std::optional(std::move(rest)) : std::nullopt;
}

std::optional<std::string> without_tokens(std::string_view line, std::string_view name) {
  std::string out;
  bool is_changed = false;
  for_each_pair(line, [&](auto piece, auto key, auto value) {
    const auto joined = key == name ? take_apart(value) : Joined{};
    if (joined.token.empty()) {
      append(out, piece);
      return false;
    }
    is_changed = true;
    append(out, key);
    const std::string_view quote = is_quoted(value) ? "\"" : "";
    out.append("=").append(quote).append(joined.value).append(quote);
    return false;
  });
  return is_changed ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string> with_token(std::string_view line, std::string_view name, std::string_view token) {
  const auto end = std::min(line.find(';'), line.size());
  const auto pair = line.substr(0, end);
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) return std::nullopt;
  auto value = trim(pair.substr(equals + 1));
  if (value.empty() || value == "\"\"") return std::nullopt;
  if (name.size() + value.size() + 1 + token.size() > kMostBytes) return std::nullopt;
  const bool quoted = is_quoted(value);
  if (quoted) value.remove_suffix(1);
  std::string out(name);
  out.append("=").append(value).append(1, kJoint).append(token);
  if (quoted) out += '"';
  return out.append(line.substr(end));
}

}  // namespace sticky_cookie
