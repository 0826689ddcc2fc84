#include "words.h"

#include <algorithm>

namespace sticky_cookie {

bool is_token(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::size_t choice(const sluice::Config& config, std::string_view key,
                   std::span<const std::string_view> words, Problems& problems) {
  const auto node = config[key];
  if (!node) return 0;
  const auto text = node.as_string();
  const auto it = std::ranges::find(words, text);
  if (it != words.end()) return static_cast<std::size_t>(it - words.begin());
  std::string all;
  for (const auto word : words)
    all += (all.empty() ? "" : ", ") + in_quotes(word);
  problems.add(node, std::string(key) + " " + in_quotes(text) + " is none of " + all);
  return 0;
}

std::optional<std::chrono::seconds> seconds(const sluice::Config& config, std::string_view key,
                                            Problems& problems) {
  const auto node = config[key];
  if (!node) return std::nullopt;
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(node.as_duration());
  if (whole.count() < 1)
    problems.add(node, std::string(key) + " is less than a second; write \"1s\" or more");
  return whole;
}

}  // namespace sticky_cookie
