#include "config/problem.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/ascii.h"

namespace sluice::config {
namespace {

char folded(char c) { return c == '-' ? '_' : ascii::to_lower(c); }

// Edits (insert, delete, replace, swap neighbours) that turn a into b.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto same = folded(a[i - 1]) == folded(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      auto swapped =
          i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

// "warning" for "warn", "addr" for "address": one goes on where the other ends.
bool is_prefix(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return a.size() >= 3 && distance(a, b.substr(0, a.size())) == 0;
}

constexpr std::size_t kLongestName =
    64;  // bytes; longer words are no typing mistakes of a key, and the measure is quadratic
constexpr std::size_t kShown = 80;  // bytes of a bad value that a message repeats

}  // namespace

std::string Problem::text() const {
  std::string out = file;
  if (line != 0) out += fmt::format(":{}:{}", line, column);
  if (!out.empty()) out += ": ";
  if (!path.empty()) out += path + ": ";
  return out + message;
}

void Problems::add(Position at, std::string path, std::string message) {
  list_.push_back({std::string(at.file), at.line, at.column, std::move(path), std::move(message)});
}

void Problems::sort() {
  std::stable_sort(list_.begin(), list_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
}

std::string Problems::text() const {
  std::string out;
  for (const auto& each : list_)
    out += each.text() + "\n";
  return out;
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> known) {
  if (name.empty() || name.size() > kLongestName) return {};
  std::string_view best;
  auto least = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (auto each : known) {
    if (each.size() > kLongestName) continue;
    auto edits = is_prefix(name, each) ? 1 : distance(name, each);
    if (edits < least) {
      least = edits;
      best = each;
    }
  }
  return best;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  auto shown = text.substr(0, kShown);
  // Not through the middle of a UTF-8 character.
  while (shown.size() < text.size() && !shown.empty() &&
         (static_cast<unsigned char>(text[shown.size()]) & 0xc0) == 0x80)
    shown.remove_suffix(1);
  for (char c : shown) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + (shown.size() < text.size() ? "...\"" : "\"");
}

}  // namespace sluice::config
